"""Numbers, eras, months and working days: the functions of schema.sql against a slow second version."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partyadmin.config import PROJECT
from tests.schema import slow
from tests.schema.world import Connection

MANY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

VALID_NUMBERS = ("11010519491231002X", "440524188001010014")
"""Printed in GB 11643-1999."""

LIVING_CODES = "340702 340703 340721 340705 340706 340722 340823"
"""Tongling: three districts that ended in 2015, three that began then, one that came from Anqing."""

WORKING_DAYS = {
    # event: the 10th and the 15th working day after it
    "2018-01-09": ("2018-01-23", "2018-01-30"),
    "2018-02-08": ("2018-02-27", "2018-03-06"),
    "2018-04-28": ("2018-05-15", "2018-05-22"),
    "2018-09-28": ("2018-10-17", "2018-10-24"),
    "2018-12-28": ("2019-01-14", "2019-01-21"),
    "2020-01-22": ("2020-02-13", "2020-02-20"),
    "2024-02-07": ("2024-02-27", "2024-03-05"),
    "2026-02-10": ("2026-03-02", "2026-03-09"),
    "2026-09-24": ("2026-10-15", "2026-10-22"),
}

digits = st.text("0123456789", min_size=17, max_size=17)
dates = st.dates(date(1900, 1, 1), date(2100, 12, 31))
numbers_18 = st.builds(lambda body: body + slow.check_character(body), digits)
numbers_15 = st.text("0123456789", min_size=15, max_size=15)
births = st.builds(slow.id_number, st.sampled_from(LIVING_CODES.split()), dates, st.integers(0, 999))
shorts = st.builds(lambda number: number[:6] + number[8:17], births)
texts = (
    numbers_18
    | numbers_15
    | births
    | shorts
    | digits
    | st.text("0123456789Xx ", max_size=19)
    | st.just("１" * 18)
)
joins = st.dates(date(1900, 1, 1), date(2030, 12, 31))
borders = st.sampled_from([first for first, _, _ in slow.ERAS]).flatmap(
    lambda first: st.integers(-32, 32).map(lambda days: first + timedelta(days=days))
)


@pytest.fixture(scope="module")
def session(registry: Any) -> Iterator[Connection]:
    with registry.connect("app") as session:
        yield session


def answers(session: Connection, expression: str, kind: str, values: list[Any]) -> list[Any]:
    """The expression, written with v, for each value."""
    query = f"SELECT {expression} FROM unnest(%s::{kind}[]) WITH ORDINALITY AS t(v, n) ORDER BY n"
    rows = session.execute(query.encode(), [values]).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def pair_answers(session: Connection, function: str, pairs: list[tuple[date, int]]) -> list[date]:
    """A function of a day and a number for each pair."""
    days, counts = map(list, zip(*pairs, strict=True))
    query = f"""
        SELECT {function}(d, c) FROM unnest(%s::date[], %s::int[]) WITH ORDINALITY AS t(d, c, n) ORDER BY n"""
    return [day for (day,) in session.execute(query.encode(), [days, counts]).fetchall()]


def seeds(file: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / file).open(encoding="utf-8-sig", newline="") as rows:
        return list(csv.DictReader(rows))


@given(st.lists(texts, min_size=20, max_size=60))
@MANY
def test_the_18_characters_of_a_number(session: Connection, values: list[str]) -> None:
    assert answers(session, "id_number_18(v)", "text", values) == [
        slow.id_number_18(value) for value in values
    ]
    assert answers(session, "id_number_birth(v)", "text", values) == [
        slow.birth_in(value) for value in values
    ]


@given(st.lists(digits, min_size=20, max_size=60))
@MANY
def test_the_check_character(session: Connection, values: list[str]) -> None:
    expected = [slow.check_character(value) for value in values]
    assert answers(session, "id_number_check_character(v)", "text", values) == expected
    right = [value + character for value, character in zip(values, expected, strict=True)]
    assert answers(session, "rule_m06(v)", "text", right) == [True] * len(right)
    wrong = [
        value + character
        for value, right in zip(values, expected, strict=True)
        for character in "0123456789X"
        if character != right
    ]
    assert answers(session, "rule_m06(v)", "text", wrong) == [False] * len(wrong)


@given(births, st.integers(0, 16), st.integers(1, 9))
@MANY
def test_one_mistyped_digit_is_always_found(session: Connection, number: str, place: int, by: int) -> None:
    mistyped = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert answers(session, "rule_m06(v)", "text", [number, mistyped]) == [True, False]


@given(births)
@MANY
def test_sex_is_the_parity_of_the_sequence(session: Connection, number: str) -> None:
    sex = "1" if int(number[16]) % 2 else "2"
    assert answers(session, "id_number_sex(v)", "text", [number, number[:6] + number[8:17]]) == [sex, sex]
    asked = "rule_m04('1', v), rule_m04('2', v), rule_m04('0', v), rule_m04(NULL, v)"
    assert answers(session, asked, "text", [number]) == [(sex == "1", sex == "2", True, True)]


@pytest.mark.parametrize("number", VALID_NUMBERS)
def test_the_numbers_of_the_standard(number: str, session: Connection) -> None:
    assert answers(session, "rule_m05(v) AND rule_m06(v) AND rule_m08(v)", "text", [number]) == [True]
    assert slow.check_character(number[:17]) == number[17]


def test_old_numbers_of_15_digits(session: Connection) -> None:
    assert answers(
        session, "id_number_18(v)", "text", ["110105491231002", "440524800101996", "11010549123100"]
    ) == [
        "11010519491231002X",
        slow.id_number_18("440524800101996"),
        "11010549123100",
    ]
    assert slow.id_number_18("440524800101996")[6:10] == "1880"
    assert answers(session, "rule_m09(v, '2012-12-31')", "text", ["110105491231002"]) == [True]
    assert answers(session, "rule_m09(v, '2013-01-01')", "text", ["110105491231002", VALID_NUMBERS[0]]) == [
        False,
        True,
    ]


def test_provinces_are_those_of_the_region_list(session: Connection) -> None:
    provinces = {row["code"][:2] for row in seeds("codes/region.csv") if row["code"].isdigit()} - {
        "81",
        "82",
        "83",
    }
    every = [f"{prefix:02}" for prefix in range(100)]
    numbers = [slow.id_number(prefix + "0101", date(1980, 1, 1), 1) for prefix in every]
    accepted = {
        prefix
        for prefix, sound in zip(every, answers(session, "rule_m08(v)", "text", numbers), strict=True)
        if sound
    }
    assert accepted == provinces


def test_codes_that_ended_are_in_the_region_list() -> None:
    assert set(LIVING_CODES.split()) <= {row["code"] for row in seeds("codes/region.csv")}


@pytest.mark.parametrize("code", ["91110000600037341L"])
def test_a_known_credit_code(code: str, session: Connection) -> None:
    assert slow.credit_check_character(code[:17]) == code[17]
    damaged = [
        code[:-1] + "M",
        code.lower(),
        code[:-1],
        code + "0",
        "I" + code[1:],
        code.replace("9", "O", 1),
    ]
    assert answers(session, "credit_code_is_valid(v)", "text", [code, *damaged]) == [True] + [False] * len(
        damaged
    )
    assert answers(session, "rule_o01(v)", "text", [code, None]) == [True, True]


@given(st.text(slow.CREDIT_ALPHABET, min_size=17, max_size=17))
@MANY
def test_credit_codes(session: Connection, body: str) -> None:
    codes = [body + last for last in slow.CREDIT_ALPHABET]
    valid = [last == slow.credit_check_character(body) for last in slow.CREDIT_ALPHABET]
    assert answers(session, "credit_code_is_valid(v)", "text", codes) == valid


@given(st.lists(joins | borders, min_size=30, max_size=80))
@MANY
def test_probation_eras(session: Connection, values: list[date]) -> None:
    asked = "probation_months(v), had_no_probation(v), is_near_era_border(v)"
    expected = [(*slow.era(value), slow.is_near_border(value)) for value in values]
    assert answers(session, asked, "date", values) == expected


@given(joins | borders, st.integers(-40, 800))
@MANY
def test_probation_rules(session: Connection, join: date, later: int) -> None:
    full = join + timedelta(days=later)
    months, nobody = slow.era(join)
    excused = slow.is_near_border(join)
    long_enough = not months or full >= slow.add_months(join, months) or excused
    same_day = not nobody or full == join or excused
    row = session.execute(
        "SELECT rule_m01(%(full)s, %(join)s), rule_m02(%(full)s, %(join)s), rule_m17(%(full)s, %(join)s)",
        {"full": full, "join": join},
    )
    assert row.fetchone() == (long_enough, same_day, full >= join)


def test_the_seeded_eras_agree(session: Connection) -> None:
    rows = session.execute(
        "SELECT date_from, coalesce(date_to, '2026-12-31'), months FROM probation_period"
    ).fetchall()
    assert rows
    by_first: dict[date, list[str]] = {}
    for first, last, months in rows:
        by_first.setdefault(first, []).extend(months.split("|"))
        for day in (first, last):
            same_era = [r for r in rows if r[0] <= day <= r[1]]
            least = min(int(m) for r in same_era for m in r[2].split("|"))
            nobody = all(set(r[2].split("|")) == {"0"} for r in same_era)
            asked = answers(session, "probation_months(v), had_no_probation(v)", "date", [day])
            assert asked == [(least, nobody)], day
    lasts = sorted({row[1] for row in rows})
    assert [last + timedelta(days=1) for last in lasts[:-1]] == sorted(by_first)[1:], (
        "no gap between two eras"
    )


@given(st.lists(st.tuples(dates, st.integers(-600, 600)), min_size=20, max_size=60))
@MANY
def test_months_later(session: Connection, pairs: list[tuple[date, int]]) -> None:
    assert pair_answers(session, "add_months", pairs) == [
        slow.add_months(day, number) for day, number in pairs
    ]


def test_a_leap_day_ends_with_its_month(session: Connection) -> None:
    assert session.execute(
        "SELECT add_months('2024-02-29', 12), add_months('2024-02-29', 48)"
    ).fetchone() == (
        date(2025, 2, 28),
        date(2028, 2, 29),
    )


@pytest.mark.parametrize(("event", "due"), WORKING_DAYS.items())
def test_known_due_dates(event: str, due: tuple[str, str], session: Connection) -> None:
    found = session.execute(
        "SELECT add_workdays(%(e)s, 10)::text, add_workdays(%(e)s, 15)::text", {"e": event}
    )
    assert found.fetchone() == due


@given(
    st.lists(
        st.tuples(st.dates(date(2003, 12, 1), date(2028, 1, 31)), st.integers(1, 60)),
        min_size=10,
        max_size=30,
    )
)
@settings(MANY, max_examples=15)
def test_due_dates(session: Connection, pairs: list[tuple[date, int]]) -> None:
    calendar = {date.fromisoformat(row["day"]): row["kind"] for row in seeds("calendar.csv")}
    assert pair_answers(session, "add_workdays", pairs) == [
        slow.add_workdays(day, count, calendar) for day, count in pairs
    ]


def test_years_without_a_calendar_are_known(session: Connection) -> None:
    assert answers(session, "calendar_is_published(v)", "int", [2003, 2004, 2026, 2027]) == [
        False,
        True,
        True,
        False,
    ]


def test_numbers_are_masked(session: Connection) -> None:
    masked = ["110105********002X", "110105*****1002", "*********", "", None]
    whole = [VALID_NUMBERS[0], "110105491231002", "123456789", "", None]
    assert answers(session, "id_number_masked(v)", "text", whole) == masked
    assert answers(session, "phone_masked(v)", "text", ["13812345678", "5550100"]) == [
        "138****5678",
        "*******",
    ]
