"""The structure of a day: random orders, entered on their day or late, against a slow book of two clocks."""

from copy import deepcopy
from typing import Any, NamedTuple

import psycopg
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.schema.test_spells import A_DAY_PASSES, SAME_ROW_AGAIN
from tests.schema.world import INSTALLER, MEMBERS, ORGANISATIONS, Connection, act, new_organisation

EARLIEST = -2
"""The first day that is asked about; the first day of the diary is 0."""

REFUSALS = {
    "an_organisation_ends_empty",
    "organisation_sits_where_it_may",
    "organisation_ends_after_founding",
}
"""What a random order may run into; anything else is a fault of the spells."""

# The effective day of the order that a step stands for.
ENTERED_LATE = """
    CREATE OR REPLACE FUNCTION effective_day() RETURNS date LANGUAGE sql STABLE
    RETURN current_date - coalesce(nullif(current_setting('test.ago', true), ''), '0')::int"""
MOVED = """
    UPDATE organisation SET code = {to} || substr(code, length({old}) + 1),
           parent_id = CASE WHEN id = {id} THEN {superior} ELSE parent_id END
     WHERE code >= {old} AND code < {old} || '~'"""


class Place(NamedTuple):
    """What is so of an organisation on a day."""

    parent: int | None
    code: str
    name: str
    kind: str


class Book:
    """Organisations and members by day, kept by changing every single day."""

    def __init__(self, session: Connection) -> None:
        self.today = 0
        days = range(EARLIEST, 1)
        rows = session.execute("SELECT id, parent_id, code, name, kind FROM organisation").fetchall()
        self.now = {row[0]: Place(*row[1:]) for row in rows}
        self.ended: dict[int, int] = {}
        self.true: dict[int, dict[int, Place | None]] = {
            each: dict.fromkeys(days, place) for each, place in self.now.items()
        }
        roll = session.execute("SELECT id, branch_id FROM member").fetchall()
        self.branch: dict[int, dict[int, int]] = {
            member: dict.fromkeys(days, branch) for member, branch in roll
        }
        self.known: list[tuple[Any, Any]] = []

    def begins(self) -> None:
        """The next day begins as the last one ended."""
        self.today += 1
        for each, days in self.true.items():
            days[self.today] = None if each in self.ended else self.now[each]
        for branches in self.branch.values():
            branches[self.today] = branches[self.today - 1]

    def ends(self) -> None:
        self.known.append((deepcopy(self.true), deepcopy(self.branch)))

    def is_so(self, each: int, since: int, **changes: Any) -> None:
        """From a day on."""
        self.now[each] = self.now[each]._replace(**changes)
        for day, place in self.true[each].items():
            if day >= since and place is not None:
                self.true[each][day] = place._replace(**changes)

    def below(self, top: int) -> list[int]:
        """As the organisations stand now."""
        code = self.now[top].code
        return [each for each, place in self.now.items() if place.code.startswith(code)]


def reaches(true: dict[int, dict[int, Place | None]], each: int, top: int, day: int) -> bool:
    """Whether one comes to the top, asking for superior after superior on that day."""
    at: int | None = each
    seen: set[int] = set()
    while at is not None and at not in seen and (place := true[at].get(day)) is not None:
        if at == top:
            return True
        seen.add(at)
        at = place.parent
    return False


orders = st.tuples(
    st.sampled_from(["rename", "move", "abolish", "restore", "found", "turn"]),
    st.integers(1, 40),
    st.sampled_from([name for name, (_, kind, *_) in ORGANISATIONS.items() if kind in ("X40", "611", "621")]),
    st.integers(0, -EARLIEST),
)
people = st.tuples(st.just("transfer"), st.integers(1, 40), st.sampled_from(sorted(MEMBERS)), st.just(0))
diaries = st.lists(st.lists(orders | people, max_size=4), min_size=1, max_size=4)
Step = tuple[str, int, str, int]


def tried(session: Connection, statement: str, ago: int) -> bool:
    """Carries out an order with its effective day; whether the rules let it pass."""
    try:
        with session.transaction():
            session.execute("SELECT set_config('test.ago', %s, true)", [str(ago)])
            session.execute(statement.encode())
            session.execute("SET CONSTRAINTS ALL IMMEDIATE")
            session.execute("SET CONSTRAINTS ALL DEFERRED")
    except psycopg.errors.IntegrityError as refused:
        assert refused.diag.constraint_name in REFUSALS, refused
        return False
    return True


def take(session: Connection, world: dict[str, Any], book: Book, step: Step) -> None:
    what, which, name, ago = step
    each = sorted(book.now)[which % len(book.now)]
    here, since = book.now[each], book.today - ago
    if what == "rename":
        name = f"改名{each}之{which}"
        if tried(session, f"UPDATE organisation SET name = '{name}' WHERE id = {each}", ago):
            book.is_so(each, since, name=name)
    elif what == "turn" and here.kind == "631":
        if tried(session, f"UPDATE organisation SET kind = '632' WHERE id = {each}", ago):
            book.is_so(each, since, kind="632")
    elif what == "move" and here.parent is not None and world[name] not in book.below(each):
        move(session, book, each, world[name], ago)
    elif what == "abolish" and each not in book.ended:
        if tried(session, f"UPDATE organisation SET ended = current_date - {ago} WHERE id = {each}", 0):
            book.ended[each] = since
            book.true[each] |= {day: None for day in book.true[each] if day >= since}
    elif what == "restore" and each in book.ended:
        if tried(session, f"UPDATE organisation SET ended = NULL WHERE id = {each}", ago):
            again = max(since, book.ended.pop(each))
            book.true[each] |= dict.fromkeys(range(again, book.today + 1), here)
    elif what == "found":
        found(session, book, world[name], ago)
    elif what == "transfer" and here.kind == "631" and each not in book.ended:
        change = f"UPDATE member SET branch_id = {each} WHERE id = {world[name]}"
        if tried(session, change, 0):
            book.branch[world[name]][book.today] = each


def move(session: Connection, book: Book, each: int, superior: int, ago: int) -> None:
    """The whole subtree goes, under new codes."""
    below, old = book.below(each), book.now[each].code
    to = one(session, f"SELECT next_code({superior})")
    texts = {"to": f"'{to}'", "old": f"'{old}'", "id": each, "superior": superior}
    if tried(session, MOVED.format(**texts), ago):
        for one_below in below:
            code = to + book.now[one_below].code[len(old) :]
            book.is_so(one_below, book.today - ago, code=code)
        book.is_so(each, book.today - ago, parent=superior)


def found(session: Connection, book: Book, superior: int, ago: int) -> None:
    code = one(session, f"SELECT next_code({superior})")
    place, since = Place(superior, code, f"新{code}", "631"), book.today - ago
    day = one(session, f"SELECT current_date - {ago}")
    values = {"code": code, "parent_id": superior, "name": place.name, "founded": day}
    if tried(session, new_organisation(**values), 0):
        new = one(session, "SELECT max(id) FROM organisation")
        book.now[new] = place
        days = range(EARLIEST, book.today + 1)
        book.true[new] = {each: place if each >= since else None for each in days}


def one(session: Connection, query: str) -> Any:
    row = session.execute(query.encode()).fetchone()
    assert row
    return row[0]


@given(diary=diaries)
@example(
    diary=[
        [("abolish", 10, "root", 2)],
        [("restore", 10, "root", 0), ("rename", 11, "root", 0), ("move", 9, "second_county_committee", 1)],
        [("rename", 9, "root", 2), ("move", 4, "other_county", 0), ("transfer", 11, "wei", 0)],
    ]
)
@settings(SAME_ROW_AGAIN, max_examples=12)
def test_the_structure_of_a_day_is_that_of_a_diary(
    diary: list[list[Step]], registry: Any, world: dict[str, Any]
) -> None:
    with registry.connect("superuser") as session:
        session.execute(ENTERED_LATE)
        act(session, INSTALLER)
        book = Book(session)
        for day, steps in enumerate(diary):
            if day:
                session.execute(A_DAY_PASSES)
                book.begins()
            for step in steps:
                take(session, world, book, step)
            book.ends()
        for moment in range(len(diary)):
            for day in range(EARLIEST, moment + 1):
                for top in ("root", "county_org", "committee_org", "general_org"):
                    assert_stood(session, book, world[top], day, moment)
        session.rollback()


def assert_stood(session: Connection, book: Book, top: int, day: int, moment: int) -> None:
    true, branches = book.known[moment]
    below = {each for each in true if reaches(true, each, top, day)}
    asked = (
        f"'{book.now[top].code}', current_date - {book.today - day},"
        f" now() - interval '{book.today - moment} days'"
    )
    told = f"SELECT id, parent_id, code, name, kind FROM organisations_as_of({asked})"
    rows = session.execute(told.encode()).fetchall()
    assert {row[0]: row[1:] for row in rows} == {each: true[each][day] for each in below}, (day, moment)
    places = [branch[day] for branch in branches.values()]
    expected = {
        each: sum(place in below and reaches(true, place, each, day) for place in places) for each in below
    }
    counts = f"SELECT organisation_id, counted FROM organisation_counts_as_of({asked})"
    assert dict(session.execute(counts.encode()).fetchall()) == expected, (day, moment)
    total = one(session, f"SELECT counted FROM members_then_below_as_of({asked})")
    assert total == expected.get(top, 0)


def test_the_structure_of_a_day_is_told_in_scope_only(app: Connection, world: dict[str, Any]) -> None:
    for who, code, seen in (
        ("committee", "001001001", 6),
        ("committee", "001001", 0),
        ("branch", "001001001001", 1),
        ("branch", "001001001", 0),
        ("system", "001", 0),
    ):
        act(app, who)
        for name in ("organisations_as_of", "organisation_counts_as_of"):
            told = f"SELECT count(*) FROM {name}('{code}', current_date, now())"
            assert one(app, told) == seen, (who, code, name)
        app.rollback()
