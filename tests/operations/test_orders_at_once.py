"""Two who change the same organisations at once: one is done, the other is told, nothing is mixed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from partyadmin import install
from partyadmin.db import Actor, work_as
from partyadmin.db import act as begin
from partyadmin.dictionary import Refused
from partyadmin.models import ChangeOrder
from partyadmin.operations import acting
from partyadmin.operations.change_order import Line, Ordered, Replanned, apply, draft, place, preview
from tests.operations.order_clerk import more_of
from tests.schema.chains import broken_chains, wrong_counts
from tests.schema.test_concurrency import PATIENCE, meanwhile
from tests.schema.world import ACTORS, INSTALLER, Ref, act, insert, new_member, new_organisation, number, run

DAY = date(2026, 11, 2)
Ids = dict[str, Any]
MORE_ACTORS = {"second": ("second", "basic@001001002")}
MOVED_IN = "UPDATE member SET branch_id = %(to)s WHERE id = %(who)s"


class Desk(NamedTuple):
    """Somebody who works in a session of their own."""

    app: Flask
    engine: sa.Engine

    @contextmanager
    def of(self, who: str) -> Iterator[Session]:
        login, post = MORE_ACTORS.get(who) or ACTORS[who]
        with self.app.test_request_context(), Session(self.engine, expire_on_commit=False) as session:
            work_as(session, Actor(login, post))
            yield session


@pytest.fixture(scope="module")
def desk(app: Flask, registry: Any, world: Ids) -> Iterator[Desk]:
    """Sessions of the application; the second committee of the county has somebody who acts, too."""
    more_of(registry, world)
    engine = sa.create_engine(
        install.engine_url(registry.config, "app"), connect_args={"prepare_threshold": None}
    )
    yield Desk(app, engine)
    engine.dispose()


def previewed(desk: Desk, who: str, paper: int, kind: str, **said: Any) -> int:
    """The key of an order that waits for its application."""
    with desk.of(who) as session:
        with acting(session, "草拟"):
            order = draft(session, Ordered(kind, paper, DAY, **said))
        with acting(session, "预览"):
            preview(session, order)
        return order.id


def begun(session: Session, order_id: int) -> None:
    """Applies an order in an act that stays open."""
    paper = session.get_one(ChangeOrder, order_id).document_id
    begin(session, "执行", paper)
    apply(session, session.get_one(ChangeOrder, order_id), {})


def applied(desk: Desk, who: str, order_id: int) -> Refused | None:
    """Applies an order and commits; what it is told instead."""
    with desk.of(who) as session:
        try:
            order = session.get_one(ChangeOrder, order_id)
            with acting(session, "执行", order.document_id):
                apply(session, order, {})
        except Refused as refused:
            return refused
    return None


def while_open(registry: Any, desk: Desk, who: str, first: int, second: Callable[[], Any]) -> Any:
    """What the second hears that begins while the first order is being applied."""
    with desk.of(who) as session, ThreadPoolExecutor(1) as pool:
        begun(session, first)
        connection = session.connection().connection.driver_connection
        waiting = meanwhile(registry, connection, second, pool)
        session.commit()
        return waiting.result(PATIENCE)


def merge(kept: int, *joins: int) -> dict[str, Any]:
    return {"organisation_id": kept, "lines": [Line(each) for each in joins]}


@pytest.fixture
def three(registry: Any, world: Ids) -> Iterator[Ids]:
    """Three new branches of the committee with somebody in each; afterwards all books agree."""
    ids = dict(world)
    with registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for place in ("first", "second", "third"):
            code = run(owner, "SELECT next_code(%(committee_org)s)", ids)[0][0]
            founded = new_organisation(code=code, name=f"中共{code}", unit_situation="1")
            ids[place] = run(owner, f"{founded} RETURNING id", ids)[0][0]
            person = new_member(branch_id=Ref(place), id_number=number(101 + 2 * int(code[-3:])))
            ids[f"of_{place}"] = run(owner, f"{person} RETURNING id", ids)[0][0]
    yield ids
    with registry.connect("superuser") as session:
        assert broken_chains(session) == []
        assert wrong_counts(session) == set()
        nowhere = "SELECT FROM member m JOIN organisation o ON o.id = m.branch_id WHERE o.ended IS NOT NULL"
        assert session.execute(nowhere).fetchall() == []


def stands(registry: Any, member: int) -> int:
    with registry.connect("superuser") as session:
        return int(run(session, "SELECT branch_id FROM member WHERE id = %(id)s", {"id": member})[0][0])


def moved_in(registry: Any, ids: Ids, who: str, to: str) -> str | None:
    """Moves a member to another branch and commits; the rule that refused it."""
    with registry.connect("app") as session:
        try:
            act(session, "committee")
            run(session, MOVED_IN, {"to": ids[to], "who": ids[who]})
            session.commit()
        except psycopg.errors.IntegrityError as refused:
            return refused.diag.constraint_name
    return None


def test_two_mergers_do_not_share_a_branch(desk: Desk, registry: Any, three: Ids) -> None:
    paper = three["approval_of_committee_org"]
    one = previewed(desk, "committee", paper, "merge", **merge(three["first"], three["second"]))
    other = previewed(desk, "committee", paper, "merge", **merge(three["third"], three["second"]))
    told = while_open(registry, desk, "committee", one, lambda: applied(desk, "committee", other))
    assert isinstance(told, Replanned)
    assert (three["of_second"], {"branch_id": three["third"], "since": "2026-11-02"}) in [
        (change.key, change.becomes) for change in told.gone
    ]
    assert stands(registry, three["of_second"]) == three["first"]


def test_who_comes_in_while_a_merger_waits_changes_its_plan(desk: Desk, registry: Any, three: Ids) -> None:
    paper = three["approval_of_committee_org"]
    order = previewed(desk, "committee", paper, "merge", **merge(three["first"], three["second"]))
    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        act(first, "committee")
        run(first, MOVED_IN, {"to": three["second"], "who": three["of_third"]})
        waiting = meanwhile(registry, first, lambda: applied(desk, "committee", order), pool)
        first.commit()
        told = waiting.result(PATIENCE)
    assert isinstance(told, Replanned)
    assert three["of_third"] in [change.key for change in told.come]
    assert stands(registry, three["of_second"]) == three["second"]


def test_nobody_comes_into_a_branch_that_is_being_merged(desk: Desk, registry: Any, three: Ids) -> None:
    paper = three["approval_of_committee_org"]
    order = previewed(desk, "committee", paper, "merge", **merge(three["first"], three["second"]))
    told = while_open(
        registry, desk, "committee", order, lambda: moved_in(registry, three, "of_third", "second")
    )
    assert told == "a_member_stands_in_a_branch"
    assert stands(registry, three["of_third"]) == three["third"]


@pytest.fixture
def target(registry: Any, three: Ids) -> Ids:
    """A new committee of the second one, and of the first one another with a branch two levels below."""
    with registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for place, above, kind in (
            ("target", "second_county_committee", "611"),
            ("source", "committee_org", "611"),
            ("below", "source", "621"),
            ("full", "below", "631"),
        ):
            code = run(owner, f"SELECT next_code(%({above})s)", three)[0][0]
            said = {"kind": kind, "parent_id": Ref(above), "unit_situation": "1"}
            founded = new_organisation(code=code, name=f"中共{code}", **said)
            three[place] = run(owner, f"{founded} RETURNING id", three)[0][0]
    return three


def orders_of_both_ends(desk: Desk, registry: Any, ids: Ids) -> tuple[int, int]:
    """A move to the target, and the target's abolition."""
    with registry.connect("owner") as owner:
        act(owner, INSTALLER, "paper")
        paper = insert(
            "document", kind="approval", number=f"云{ids['target']}", title="批复",
            organisation_id=Ref("second_county_committee"),
        )  # fmt: skip
        other_paper = run(owner, f"{paper} RETURNING id", ids)[0][0]
    moves = {"organisation_id": ids["source"], "superior_id": ids["target"]}
    return (
        previewed(desk, "county", ids["workbook_of_county_org"], "move", **moves),
        previewed(desk, "second", other_paper, "abolish", organisation_id=ids["target"]),
    )


def test_the_target_of_a_move_is_not_abolished(desk: Desk, registry: Any, target: Ids) -> None:
    move, abolition = orders_of_both_ends(desk, registry, target)
    told = while_open(registry, desk, "county", move, lambda: applied(desk, "second", abolition))
    assert told.rule == "an_organisation_ends_empty" and str(told) != told.rule
    assert codes(registry, target["below"]).startswith(codes(registry, target["target"]))


def test_nothing_moves_under_what_is_being_abolished(desk: Desk, registry: Any, target: Ids) -> None:
    move, abolition = orders_of_both_ends(desk, registry, target)
    told = while_open(registry, desk, "second", abolition, lambda: applied(desk, "county", move))
    assert told.rule == "an_order_is_about_an_organisation_in_being" and str(told) != told.rule


def test_a_move_waits_for_what_is_being_founded_far_below(desk: Desk, registry: Any, target: Ids) -> None:
    move, _ = orders_of_both_ends(desk, registry, target)
    people = [target["of_second"], target["of_third"]]
    for who in ("of_second", "of_third"):
        assert moved_in(registry, target, who, "full") is None
    parted = Line(items={"name": f"中共新{target['full']}", "kind": "631", "unit_situation": "1"})
    with desk.of("committee") as session:
        paper = target["approval_of_committee_org"]
        with acting(session, "草拟"):
            said = Ordered("split", paper, date.today(), organisation_id=target["full"], lines=[parted])
            split = draft(session, said)
            new = session.scalar(sa.text(f"SELECT id FROM change_line WHERE order_id = {split.id}"))
            place(session, split, {people[0]: None, people[1]: new})
        with acting(session, "预览"):
            preview(session, split)
    told = while_open(registry, desk, "committee", split.id, lambda: applied(desk, "county", move))
    assert isinstance(told, Replanned)
    assert [set(change.becomes) for change in told.come] == [{"code"}]


def test_others_read_while_a_move_is_being_applied(desk: Desk, registry: Any, target: Ids) -> None:
    move, _ = orders_of_both_ends(desk, registry, target)
    before = codes(registry, target["below"])
    with desk.of("county") as session, registry.connect("app") as reader:
        begun(session, move)
        reader.execute("SET lock_timeout = '100ms'")
        act(reader, "committee")
        seen = run(reader, "SELECT code FROM organisation WHERE id = %(below)s", target)
        assert seen == [(before,)]
        assert run(reader, "SELECT kept FROM members_below('001001001')", target)[0][0] > 0
        assert run(reader, "SELECT count(*) FROM member", target)[0][0] > 0
        session.commit()
    assert codes(registry, target["below"]) != before


def codes(registry: Any, organisation: int) -> str:
    with registry.connect("superuser") as session:
        return str(
            run(session, "SELECT code FROM organisation WHERE id = %(id)s", {"id": organisation})[0][0]
        )
