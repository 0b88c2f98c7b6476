"""Spells and counts of members, by random days of moves, against a slow book-keeping with two clocks."""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.chains import broken_chains, wrong_counts
from tests.schema.world import INSTALLER, Connection, Ref, act, new_member, number, run

BRANCHES = ("branch_org", "second_branch", "empty_branch", "other_branch")
KEPT = {"1", "2", "6"}
LEGAL = {
    # what may follow what, and the reason that it asks for
    ("1", "2"): {"ended_by": "43"},
    ("1", "3"): {"ended_by": "36"},
    ("2", "3"): {"ended_by": "351"},
    ("1", "4"): {"ended_by": "5"},
    ("2", "4"): {"ended_by": "5"},
    ("1", "7"): {"ended_by": "61"},
    ("2", "7"): {"ended_by": "62"},
    ("2", "1"): {"began_by": "3"},
    ("3", "1"): {"began_by": "6"},
    ("1", "6"): {},
    ("6", "1"): {},
    ("6", "5"): {},
    ("1", "5"): {},
    ("5", "1"): {},
}
PEOPLE = range(3)
LONG_AGO = -1000
SAME_ROW_AGAIN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

steps = st.tuples(
    st.sampled_from(PEOPLE),
    st.none() | st.sampled_from(BRANCHES),
    st.none() | st.sampled_from(sorted({becomes for _, becomes in LEGAL})),
    st.integers(0, 2),
)
Step = tuple[int, str | None, str | None, int]
days = st.lists(st.lists(steps, max_size=4), min_size=1, max_size=5)
_SPELLS_MOVE_BACK = """
    UPDATE {0} SET during = daterange(lower(during) - 1, upper(during) - 1)
     WHERE replaced_at IS NOT NULL AND NOT isempty(during);
    DO $$ DECLARE s {0}; BEGIN
      FOR s IN SELECT * FROM {0} WHERE NOT isempty(during) AND replaced_at IS NULL
               ORDER BY lower(during) NULLS FIRST LOOP
        UPDATE {0} SET during = daterange(lower(during) - 1, upper(during) - 1) WHERE id = s.id;
      END LOOP; END $$;
    UPDATE {0}
       SET recorded_at = recorded_at - interval '1 day', replaced_at = replaced_at - interval '1 day';"""
A_DAY_PASSES = (
    "SET LOCAL session_replication_role = replica;"
    + _SPELLS_MOVE_BACK.format("membership_spell")
    + _SPELLS_MOVE_BACK.format("organisation_spell")
    + """
    UPDATE transaction SET issued_at = issued_at - interval '1 day';
    UPDATE member SET since = since - 1;
    UPDATE member_version SET since = since - 1;
    UPDATE organisation SET ended = ended - 1, founded = founded - 1;
    SET LOCAL session_replication_role = origin"""
)


@dataclass
class Person:
    branch: str
    status: str = "1"
    since: int = LONG_AGO
    true: dict[int, tuple[str, str] | None] = field(default_factory=dict)
    """Branch and status by day, as known now; nothing when off the roll."""

    known: list[dict[int, tuple[str, str] | None]] = field(default_factory=list)
    """What was known so at the end of each day."""

    def changes(self, branch: str, status: str, since: int) -> None:
        if (branch, status) != (self.branch, self.status):
            self.branch, self.status, self.since = branch, status, since
            self.true |= dict.fromkeys(range(since, len(self.known) + 1), self.place)

    @property
    def place(self) -> tuple[str, str] | None:
        return (self.branch, self.status) if self.status in KEPT else None


def begin(session: Connection, world: dict[str, Any]) -> list[Person]:
    for sequence, branch in zip(PEOPLE, BRANCHES, strict=False):
        run(session, new_member(id_number=number(701 + 2 * sequence), branch_id=Ref(branch)), world)
        world[f"person{sequence}"] = run(session, "SELECT max(id) FROM member", world)[0][0]
    return [
        Person(branch, true=dict.fromkeys(range(-2, 1), (branch, "1")))
        for _, branch in zip(PEOPLE, BRANCHES, strict=False)
    ]


def take(session: Connection, world: dict[str, Any], people: list[Person], step: Step) -> None:
    who, branch, status, ago = step
    person = people[who]
    branch, status = branch or person.branch, status or person.status
    reasons = LEGAL.get((person.status, status), {})
    since = len(person.known) - ago
    if since == person.since:
        since = len(person.known)  # a date that stays was not given, and means today
    if (status != person.status and (person.status, status) not in LEGAL) or since < person.since:
        return
    values = {"branch": world[branch], "status": status, "ago": ago, "id": world[f"person{who}"]}
    given = "".join(f", {column} = '{reason}'" for column, reason in reasons.items())
    change = f"""
        UPDATE member SET branch_id = %(branch)s, status = %(status)s, since = current_date - %(ago)s{given}
         WHERE id = %(id)s AND (branch_id, status) <> (%(branch)s, %(status)s)"""
    session.execute(change.encode(), values)
    person.changes(branch, status, since)


@given(diary=days)
@SAME_ROW_AGAIN
def test_spells_and_counts_tell_the_same_as_a_diary(
    diary: list[list[Step]], registry: Any, world: dict[str, Any]
) -> None:
    with registry.connect("superuser") as session:
        act(session, INSTALLER)
        people = begin(session, world)
        for number_of_day, day in enumerate(diary):
            if number_of_day:
                session.execute(A_DAY_PASSES)
            for person in people:
                person.true[number_of_day] = person.place
            for step in day:
                take(session, world, people, step)
            for person in people:
                person.known.append(deepcopy(person.true))
        assert wrong_counts(session) == set()
        assert broken_chains(session) == []
        for who, person in enumerate(people):
            assert_known(session, world, world[f"person{who}"], person.known)
        session.rollback()


def assert_known(
    session: Connection, world: dict[str, Any], member: int, known: list[dict[int, Any]]
) -> None:
    """What was true on each day, as known at the end of each day, is what the functions for readers say."""
    as_of = "SELECT branch_id, status FROM membership_as_of('001', {}, {}) WHERE member_id = {}"
    alone = "SELECT branch_id, status FROM member_as_of({2}, {0}, {1}) WHERE id IS NOT NULL"
    looked_at = (
        "SELECT p.branch_id, p.status FROM set_config('app.looked_at_day', ({})::text, true) AS day,"
        " set_config('app.looked_at_as_known', ({})::text, true) AS known"
        " CROSS JOIN LATERAL (SELECT * FROM past_member WHERE day > '' AND known > '') AS p WHERE p.id = {}"
    )
    for moment, told in enumerate(known):
        for day, place in told.items():
            asked = (
                f"current_date - {len(known) - 1 - day}",
                f"now() - interval '{len(known) - 1 - moment} days'",
                member,
            )
            expected = [(world[place[0]], place[1])] if place else []
            for query in (as_of, alone, looked_at):
                assert session.execute(query.format(*asked).encode()).fetchall() == expected, (day, moment)


def test_a_member_without_status_counts_as_normal(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    run(owner, new_member(intake="stock", status=None), world)
    assert wrong_counts(owner) == set()
    run(owner, "UPDATE member SET status = '1' WHERE status IS NULL", world)
    assert wrong_counts(owner) == set()
    spells = "SELECT count(*) FROM membership_spell WHERE member_id = (SELECT max(id) FROM member)"
    assert run(owner, spells, world) == [(1,)]


@pytest.mark.parametrize(
    ("status", "counts"), [("1", (1, 1, 0)), ("2", (1, 0, 0)), ("3", (0, 0, 0)), ("6", (1, 1, 0))]
)
def test_what_counts(status: str, counts: tuple[int, ...], owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    run(owner, new_member(status=status, branch_id=Ref("empty_branch")), world)
    assert owner.execute(
        "SELECT kept, counted, probationary FROM members_below('001001001004')"
    ).fetchall() == [counts]
    run(
        owner,
        "UPDATE member SET person_type = '2', full_date = NULL WHERE branch_id = %(empty_branch)s",
        world,
    )
    probationary = (*counts[:2], counts[1])
    assert owner.execute("SELECT * FROM members_below('001001001004')").fetchall() == [probationary]


def test_a_subtree_is_counted_by_its_branches(app: Connection, world: dict[str, Any]) -> None:
    act(app, "city")
    asked = [
        app.execute("SELECT * FROM members_below(%s)", [code]).fetchall()[0]
        for code in ("001", "001001", "001003")
    ]
    assert asked == [(4, 4, 1), (3, 3, 1), (1, 1, 0)]
    act(app, "neighbour")
    assert app.execute("SELECT * FROM members_below('001')").fetchall() == [(1, 1, 0)]
