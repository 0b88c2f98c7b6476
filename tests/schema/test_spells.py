"""Spells and counts of members, by random days of moves, against a slow second book-keeping."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.schema.chains import broken_chains, wrong_counts
from tests.schema.world import INSTALLER, Connection, Ref, act, new_member, number, run

BRANCHES = ("branch_org", "second_branch", "empty_branch", "other_branch")
STATUSES = ("1", "2", "3", "4", "5", "6")
KEPT = {"1", "2", "6"}
PEOPLE = range(3)
SAME_ROW_AGAIN = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

Step = tuple[int, str | None, str | None]
steps = st.tuples(
    st.sampled_from(PEOPLE), st.none() | st.sampled_from(BRANCHES), st.none() | st.sampled_from(STATUSES)
)
days = st.lists(st.lists(steps, max_size=4), min_size=1, max_size=5)
A_DAY_PASSES = """
    DO $$ DECLARE s membership_spell; BEGIN
      FOR s IN SELECT * FROM membership_spell WHERE NOT isempty(during)
               ORDER BY lower(during) NULLS FIRST LOOP
        UPDATE membership_spell SET during = daterange(lower(during) - 1, upper(during) - 1) WHERE id = s.id;
      END LOOP; END $$"""


@dataclass
class Person:
    branch: str
    status: str = "1"
    past: list[tuple[str, str] | None] = field(default_factory=list)
    """Branch and status at the end of each day, nothing when off the roll."""


def begin(session: Connection, world: dict[str, Any]) -> list[Person]:
    for sequence, branch in zip(PEOPLE, BRANCHES, strict=False):
        run(session, new_member(id_number=number(701 + 2 * sequence), branch_id=Ref(branch)), world)
        world[f"person{sequence}"] = run(session, "SELECT max(id) FROM member", world)[0][0]
    return [Person(branch) for _, branch in zip(PEOPLE, BRANCHES, strict=False)]


def take(session: Connection, world: dict[str, Any], people: list[Person], step: Step) -> None:
    who, branch, status = step
    person = people[who]
    person.branch, person.status = branch or person.branch, status or person.status
    values = {"branch": world[person.branch], "status": person.status, "id": world[f"person{who}"]}
    session.execute("UPDATE member SET branch_id = %(branch)s, status = %(status)s WHERE id = %(id)s", values)


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
            for step in day:
                take(session, world, people, step)
            for person in people:
                person.past.append((person.branch, person.status) if person.status in KEPT else None)
        assert wrong_counts(session) == set()
        assert broken_chains(session) == []
        for who, person in enumerate(people):
            query = """
                SELECT branch_id, status FROM membership_spell
                 WHERE member_id = %s AND during @> current_date - %s::int"""
            for ago, expected in enumerate(reversed(person.past)):
                found = session.execute(query, [world[f"person{who}"], ago]).fetchall()
                assert found == ([(world[expected[0]], expected[1])] if expected else []), (who, ago)
        session.rollback()


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
