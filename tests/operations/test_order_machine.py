"""Change orders as a state machine: whatever is ordered in whichever order, the tree and the rolls agree."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.operations.order_book import BRANCHES, Book, Illegal, Said
from tests.operations.order_clerk import MEMBERSHIPS, POSTS, STRUCTURE, Clerk, more_of
from tests.schema.chains import broken_chains, wrong_counts

FEW_AND_THE_SAME = settings(
    max_examples=16,
    stateful_step_count=14,
    deadline=None,
    derandomize=True,  # a run that failed fails again, here and there
    phases=[Phase.generate],  # making a failure shorter takes minutes, and 14 steps are read as they are
    suppress_health_check=list(HealthCheck),
)
anything = st.integers(0, 60)
ago = st.sampled_from((0, 0, 0, 1, 6, 300, -1))
whose = st.sampled_from(("maker",) * 9 + ("another",))
HOMELESS = """
    SELECT 'member', s.member_id, s.branch_id, s.during FROM membership_spell s
     WHERE s.replaced_at IS NULL AND NOT isempty(s.during) AND NOT s.during <@ (
       SELECT range_agg(o.during) FROM organisation_spell o JOIN organisation_kind k ON k.code = o.kind
        WHERE o.organisation_id = s.branch_id AND o.replaced_at IS NULL AND k.holds_members)
    UNION ALL
    SELECT 'organisation', s.organisation_id, s.parent_id, s.during FROM organisation_spell s
     WHERE s.replaced_at IS NULL AND NOT isempty(s.during) AND s.parent_id IS NOT NULL AND NOT s.during <@ (
       SELECT range_agg(o.during) FROM organisation_spell o
        WHERE o.organisation_id = s.parent_id AND o.replaced_at IS NULL)"""
LEVELS = {"611": "general", "621": "general", "X30": "city", "X40": "county", "X51": "city_committee"}


@pytest.fixture(scope="module")
def party(registry: Any, world: dict[str, Any]) -> dict[str, Any]:
    """The small party with more in it."""
    return more_of(registry, world)


class Orders(Clerk, RuleBasedStateMachine):
    """Orders of the rightful maker or somebody else, each beside the book, which says whether it may be."""

    def __init__(self, app: Flask, url: str, party: dict[str, Any]) -> None:
        RuleBasedStateMachine.__init__(self)
        Clerk.__init__(self, app, url, party)
        self.applied: list[tuple[int, Said, int]] = []

    # -- drawing ---------------------------------------------------------------------------------------------

    def one(self, index: int, *kinds: str, ended: bool = False) -> int:
        """An organisation of some kinds, or any where there is none."""
        keys = [
            place.key
            for place in self.book.places.values()
            if (not kinds or place.kind in kinds) and (place.ended is not None) == ended
        ]
        keys = sorted(keys) or sorted(self.book.places)
        return keys[index % len(keys)]

    def day(self, ago: int) -> date:
        return self.book.today - timedelta(ago)

    def name(self) -> str:
        self.names += 1
        return f"中共云岭第{self.names}支部"

    # -- ordering --------------------------------------------------------------------------------------------

    @rule(index=anything, kind=st.sampled_from(("631", "632", "621", "611", "X51")), ago=ago, who=whose)
    def establish(self, index: int, kind: str, ago: int, who: str) -> None:
        superior = self.one(index)
        said = Said("establish", self.day(ago), superior=superior, founds=((self.name(), kind),))
        self.order(said, who)

    @rule(index=anything, others=st.integers(1, 2), ago=ago, who=whose, joint=st.booleans())
    def merge(self, index: int, others: int, ago: int, who: str, joint: bool) -> None:
        about = self.one(index, *BRANCHES)
        parent = self.book.places[about].parent
        near = [place.key for place in self.book.below(parent or 0) if place.kind in BRANCHES]
        joins = tuple(sorted(set(near) - {about})[:others]) or (self.one(index + 1),)
        items = {"kind": "632"} if joint else {}
        self.order(Said("merge", self.day(ago), about, joins=joins, items=items), who)

    @rule(index=anything, into=st.integers(1, 2), turn=anything, ago=ago, who=whose)
    def split(self, index: int, into: int, turn: int, ago: int, who: str) -> None:
        full = [key for key in self.book.places if len(self.book.members(key)) > into]
        about = full[index % len(full)] if full else self.one(index)
        sides: list[int | None] = [None, *range(into)]
        goes = {member: sides[(n + turn) % len(sides)] for n, member in enumerate(self.book.members(about))}
        founds = tuple((self.name(), "631") for _ in range(into))
        self.order(Said("split", self.day(ago), about, founds=founds, goes=goes), who)

    @rule(index=anything, kind=st.sampled_from(("621", "611")), ago=ago, who=whose)
    def upgrade(self, index: int, kind: str, ago: int, who: str) -> None:
        about = self.one(index, "631", "632", "621")
        members = self.book.members(about)
        founds = tuple((self.name(), "631") for _ in range(2 if members else 0))
        goes: dict[int, int | None] = {member: n % 2 for n, member in enumerate(members)}
        self.order(Said("upgrade", self.day(ago), about, founds=founds, goes=goes, items={"kind": kind}), who)

    @rule(index=anything, kind=st.sampled_from(("631", "632", "621")), ago=ago, who=whose)
    def downgrade(self, index: int, kind: str, ago: int, who: str) -> None:
        about = self.one(index, "621", "611")
        items: dict[str, Any] = {"kind": kind}
        if self.book.places[about].admits:
            items["can_admit"] = False
        self.order(Said("downgrade", self.day(ago), about, items=items), who)

    @rule(index=anything, ago=ago, who=whose)
    def abolish(self, index: int, ago: int, who: str) -> None:
        empty = [
            place.key
            for place in self.book.places.values()
            if place.ended is None and not self.book.below(place.key) and not self.book.members(place.key)
        ]
        about = empty[index % len(empty)] if empty and index % 4 else self.one(index)
        self.order(Said("abolish", self.day(ago), about), who)

    @rule(index=anything, ago=ago, who=whose)
    def restore(self, index: int, ago: int, who: str) -> None:
        self.order(Said("restore", self.day(ago), self.one(index, ended=True)), who)

    @rule(index=anything, what=st.integers(0, 4), ago=ago, who=whose)
    def change(self, index: int, what: int, ago: int, who: str) -> None:
        about = self.one(index)
        taken = self.book.places[self.one(index + 1)].name
        items = (
            {"phone": f"555{self.names}"}, {"name": self.name()}, {"name": taken}, {"kind": "632"},
            {"can_admit": not self.book.places[about].admits},
        )[what]  # fmt: skip
        self.order(Said("change", self.day(ago), about, items=items), who)

    @rule(index=anything, ago=ago, who=whose)
    def term(self, index: int, ago: int, who: str) -> None:
        items = {"began": "2026-11-01", "ends": "2029-11-01", "secretary": "王伟"}
        self.order(Said("term", self.day(ago), self.one(index), items=items), who)

    @rule(index=anything, to=anything, ago=ago, who=whose)
    def move(self, index: int, to: int, ago: int, who: str) -> None:
        about, others = self.one(index), ("611", "621", "X40", "X51")
        self.order(Said("move", self.day(ago), about, self.one(to, *others)), who)

    @rule(index=anything, to=anything)
    def transfer(self, index: int, to: int) -> None:
        """Somebody goes to another branch outside all orders, today."""
        members, branches = sorted(self.book.roll), self.book.places.values()
        open_branches = [each.key for each in branches if each.kind in BRANCHES and each.ended is None]
        member, branch = members[index % len(members)], open_branches[to % len(open_branches)]
        if branch == self.book.roll[member]:
            return
        self.ask("SELECT act('installation', NULL, '转移')")
        self.connection.execute(
            sa.text("UPDATE member SET branch_id = :to, since = current_date WHERE id = :id"),
            {"to": branch, "id": member},
        )
        self.book = self.read()

    @precondition(lambda self: self.applied)
    @rule(back=st.sampled_from((0, 1, 2, 5)))
    def undo(self, back: int) -> None:
        order = self.applied[-1 - back % len(self.applied)]
        before = self.book
        if self.undone(order):
            self.applied.remove(order)
        self.book = self.read()
        assert self.book.roll.keys() == before.roll.keys()

    # -- carrying out ----------------------------------------------------------------------------------------

    def order(self, said: Said, who: str) -> None:
        """Orders, and compares what stands afterwards with the book."""
        maker = self.book.maker(said)
        if who == "another":
            maker = next(key for key in self.papers if key != maker and self.holder(key) is not None)
        actor = self.holder(maker)
        if actor is None or maker not in self.papers:
            return
        expected: Book | None
        try:
            if who == "another":
                raise Illegal("another's")
            expected, why = self.book.after(said), ""
        except Illegal as illegal:
            expected, why = None, str(illegal)
        last = max(self.book.places)
        before = self.state(last)
        order, refused = self.carried_out(actor, said, self.papers[maker])
        assert (expected is None) == (refused is not None), (said, why, refused)
        found = self.read()
        if expected is None or order is None:
            assert found == self.book
            return
        assert self.told(found) == self.told(expected)
        self.book = found
        self.applied.append((order, said, maker))
        savepoint = self.connection.begin_nested()
        assert self.undone(self.applied[-1]), "an order is taken back as long as nothing else has happened"
        assert self.state(last) == before
        savepoint.rollback()

    def told(self, book: Book) -> tuple[Any, Any]:
        """All but codes and keys, which a new organisation gets at the entry."""
        names = {place.key: place.name for place in book.places.values()}
        places = {
            (names.get(place.parent or 0), place.kind, place.admits, place.name, place.founded, place.ended)
            for place in book.places.values()
        }
        return places, {member: names[branch] for member, branch in book.roll.items()}

    # -- what always holds -----------------------------------------------------------------------------------

    @invariant()
    def the_tree_is_a_tree_of_codes(self) -> None:
        places = self.book.places
        codes = {place.code: place.key for place in places.values()}
        assert len(codes) == len(places)
        for place in places.values():
            assert codes.get(place.code[:-3]) == place.parent
            assert place.ended is not None or place.parent is None or places[place.parent].ended is None

    @invariant()
    def everybody_stands_in_a_branch_in_being(self) -> None:
        spells: dict[int, list[Any]] = {}
        for member, *spell in self.ask(MEMBERSHIPS):
            spells.setdefault(member, []).append(spell)
        assert spells.keys() == self.book.roll.keys()
        for member, branch in self.book.roll.items():
            place = self.book.places[branch]
            assert place.kind in BRANCHES and place.ended is None
            assert spells[member][-1][0] == branch and spells[member][-1][2] is None
            for one, next_one in zip(spells[member], spells[member][1:], strict=False):
                assert one[2] == next_one[1], "gap or overlap"

    @invariant()
    def spells_end_in_what_is_so_now(self) -> None:
        last: dict[int, Any] = {}
        for key, *spell in self.ask(STRUCTURE):
            if key in last and last[key][5] != spell[4]:
                assert last[key][5] < spell[4], "overlap"
            last[key] = spell
        for key, place in self.book.places.items():
            if place.ended is None:
                assert last[key][:4] == [place.parent, place.code, place.name, place.kind]
            if key in last:
                assert last[key][5] == place.ended, place

    @invariant()
    def on_no_day_did_anything_stand_nowhere(self) -> None:
        assert self.ask(HOMELESS) == []

    @invariant()
    def posts_stand_with_their_organisations(self) -> None:
        places = self.book.places
        for level, code, key, technical, login in self.ask(POSTS):
            place = places[key]
            assert place.ended is None and place.code == code
            if not technical:
                level_of_kind = "branch" if place.kind in BRANCHES else LEVELS[place.kind]
                assert level == ("basic" if place.admits else level_of_kind)
            if login is None:
                continue
            self.ask(f"SELECT enter('{login}', '{level}@{code}')")
            scope = self.ask("SELECT acting_scope()")[0][0]
            if technical and scope is None:
                continue
            seen = {each.key for each in places.values() if each.code.startswith(scope)}
            assert seen == {each.key for each in places.values() if place in self.book.above(each.key)}

    @invariant()
    def counts_equal_a_recount(self) -> None:
        self.connection.execute(sa.text("RESET ROLE"))
        assert wrong_counts(self.raw) == set()

    def teardown(self) -> None:
        try:
            self.connection.execute(sa.text("RESET ROLE"))
            assert broken_chains(self.raw) == []
        finally:
            self.outer.rollback()
            self.connection.close()


def test_whatever_is_ordered_the_tree_and_the_rolls_agree(
    app: Flask, registry: Any, party: dict[str, Any]
) -> None:
    run_state_machine_as_test(
        lambda: Orders(app, registry.url("superuser"), party), settings=FEW_AND_THE_SAME
    )
