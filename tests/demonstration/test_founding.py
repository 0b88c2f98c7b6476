"""The demonstration city: as large as asked, and sound but for the faults that were planted."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from partyadmin.demonstration import found_demonstration
from partyadmin.dictionary import Refused
from tests.conftest import Registry

Connection = psycopg.Connection[Any]
MEMBERS, SEED = 2_000, 7

ALSO_BROKEN = {"M17": {"M01"}, "M33": {"M15"}, "M34": {"M05"}}
"""Faults that cannot be had without another one."""
NOT_IN_THE_ROW = {"M03", "M10", "M11", "M12", "M20", "M24", "M32", "M34"}
"""Doubts, and faults that show only beside other rows or the clock: member_faults does not tell them."""


@pytest.fixture(scope="module")
def city(registry: Registry, settle: Callable[[Connection], None]) -> Iterator[Connection]:
    told: list[str] = []
    # A transaction of ours around it: the plan stays readable, and nothing is committed.
    with registry.connect("owner") as connection, connection.transaction(force_rollback=True):
        found_demonstration(connection, MEMBERS, SEED, told.append)
        settle(connection)
        assert told[-1] == "committing"
        yield connection


def ask(connection: Connection, question: str) -> list[Any]:
    with connection.transaction():
        rows = connection.execute(question.encode()).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def test_it_has_the_wished_members_and_their_history(city: Connection) -> None:
    for table in ("member", "membership_spell"):
        assert ask(city, f"SELECT count(*) FROM {table}") == [MEMBERS], table
    states = ask(city, "SELECT DISTINCT state FROM report ORDER BY 1")
    assert states == ["accepted", "entered", "paused", "reported", "returned"]
    (entered,) = ask(city, "SELECT count(*) FROM report WHERE state = 'entered'")
    assert ask(city, "SELECT count(*) FROM member_version") == [MEMBERS + entered]
    for table in ("organisation", "unit"):
        rows = ask(city, f"SELECT count(*) FROM {table}")
        assert rows == ask(city, f"SELECT count(*) FROM {table}_version"), table
    assert ask(city, "SELECT sum(kept) FROM branch_count") == [MEMBERS]
    assert ask(city, "SELECT demonstration FROM installation") == [True]


def test_every_member_stands_in_a_branch_that_counts_them(city: Connection) -> None:
    assert not ask(
        city,
        """SELECT m.id FROM member m JOIN organisation o ON o.id = m.branch_id
           WHERE o.kind NOT IN ('631', '632') OR o.code <> m.branch_code""",
    )
    assert not ask(
        city,
        """SELECT branch_id FROM branch_count c
             JOIN (SELECT branch_id, count(*) AS kept, count(*) FILTER (WHERE status = '1') AS counted,
                          count(*) FILTER (WHERE status = '1' AND person_type = '2') AS probationary
                     FROM member GROUP BY 1) AS m USING (branch_id)
            WHERE (c.kept, c.counted, c.probationary) <> (m.kept, m.counted, m.probationary)""",
    )


def test_members_break_the_rules_that_were_planted_and_no_other(city: Connection) -> None:
    rows = ask(
        city,
        """SELECT planted.rule, m.intake::text,
                  EXISTS (SELECT FROM planted AS pair WHERE pair.rule = 'M11' AND n IN (pair.n, pair.twin)),
                  ARRAY(SELECT split_part(f, '|', 1) FROM unnest(member_faults(m, '2026-11-01')) AS f)
             FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM member) AS numbered
             JOIN member m USING (id) LEFT JOIN planted USING (n)""",
    )
    for rule, intake, is_paired, broken in rows:
        expected = ALSO_BROKEN.get(rule, set()) | ({rule} - NOT_IN_THE_ROW - {None})
        assert set(broken) == expected, rule
        # Of a pair, whoever was loaded first is registered.
        assert is_paired or (intake == "stock") == bool(expected), rule
    planted = set(ask(city, "SELECT rule FROM planted"))
    error_rules = set(ask(city, "SELECT code FROM rule WHERE scope = 'member' AND severity LIKE 'error%'"))
    # M27 cannot be stored: codes are keys of their lists.
    assert error_rules - {"M27"} <= planted


def test_duplicates_stand_in_pairs(city: Connection) -> None:
    wanted = ask(city, "SELECT rule, count(*) FROM planted WHERE twin IS NOT NULL GROUP BY 1 ORDER BY 1")
    same_number = ask(city, "SELECT count(*) - count(DISTINCT id_key) FROM member")
    same_person = ask(city, "SELECT count(*) - count(DISTINCT (name, sex, birth_date)) FROM member")
    assert wanted == [("M11", same_number[0]), ("M12", same_person[0] - same_number[0])]


SIZE_FAULTS = {
    "B01": "kind = '631' AND members BETWEEN 1 AND 2",
    "B02": "kind = '632' AND members BETWEEN 1 AND 2",
    "B03": "members > 100",
    "B07": "members = 0",
}


@pytest.mark.parametrize("rule", SIZE_FAULTS)
def test_branches_have_the_sizes_that_were_planted(city: Connection, rule: str) -> None:
    in_registry = ask(
        city,
        f"""SELECT code FROM (
              SELECT code, kind, coalesce(kept, 0) AS members
                FROM organisation o LEFT JOIN branch_count c ON c.branch_id = o.id) AS branch
            WHERE kind IN ('631', '632') AND {SIZE_FAULTS[rule]} ORDER BY code""",
    )
    assert in_registry == ask(city, f"SELECT code FROM planned WHERE fault = '{rule}' ORDER BY code") != []


def test_credit_codes_are_sound_but_for_the_planted(city: Connection) -> None:
    faults = ask(city, "SELECT split_part(f, '|', 1) FROM unit u, unnest(unit_faults(u)) AS f")
    assert set(faults) == {"O01", "O02"}
    assert ask(city, "SELECT count(*) FROM unit WHERE intake = 'stock'") == [len(faults)]
    assert ask(city, "SELECT count(*) FROM organisation WHERE intake = 'stock'") == [0]


def test_it_holds_what_a_real_city_holds(city: Connection) -> None:
    kinds = ask(city, "SELECT DISTINCT kind FROM organisation")
    assert {"X30", "X40", "X50", "611", "621", "631", "632"} <= set(kinds)
    assert ask(city, "SELECT name FROM organisation WHERE code = '001'") == ["中共云岭市委员会"]
    assert set(ask(city, "SELECT unit_situation FROM organisation")) >= {"1", "2", "3"}
    for some in ("lost", "status = '2'", "destination IS NOT NULL", "id_number LIKE '340721%'"):
        assert ask(city, f"SELECT count(*) FROM member WHERE {some}") > [0], some
    (share,) = ask(city, "SELECT avg((person_type = '2')::int) FROM member")
    assert 0.02 < share < 0.05


def test_the_showcase_posts_stand_where_the_accounts_expect_them(city: Connection) -> None:
    posts = {
        "001": "city",
        "001001": "county",
        "001003": "city_committee",
        "001001001": "basic",
        "001001001003": "general",
        "001001001001": "branch",
    }
    levels = "SELECT code, level_of(id) FROM organisation"
    assert posts.items() <= dict(ask(city, levels)).items()
    assert 18 <= ask(city, "SELECT kept FROM branch_count WHERE branch_code = '001001001001'")[0] <= 24


def test_a_registry_in_use_is_left_alone(city: Connection) -> None:
    with pytest.raises(Refused, match="already holds"):
        found_demonstration(city, 10, SEED, print)
    assert ask(city, "SELECT count(*) FROM member") == [MEMBERS]
