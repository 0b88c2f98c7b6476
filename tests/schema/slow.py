"""The rules of numbers and dates once more, written slowly from the standards and not from schema.sql."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta

WEIGHTS = [2 ** (17 - position) % 11 for position in range(17)]
"""ISO 7064 MOD 11-2: a digit's weight is a power of two."""

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

ERAS = (
    # first day, least months of probation, whether that is so for everybody
    (date(1921, 7, 1), 0, True),
    (date(1923, 6, 10), 3, False),
    (date(1927, 4, 27), 0, False),
    (date(1928, 6, 18), 0, True),
    (date(1945, 4, 23), 6, False),
    (date(1956, 9, 15), 12, True),
    (date(1969, 4, 1), 0, True),
    (date(1977, 8, 12), 12, True),
    (date(1982, 9, 6), 12, True),
)


def check_character(digits: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    for value, character in enumerate("0123456789X"):
        if (total + value) % 11 == 1:
            return character
    raise AssertionError(digits)


def id_number(region: str, birth: date, sequence: int) -> str:
    digits = f"{region}{birth:%Y%m%d}{sequence:03}"
    return digits + check_character(digits)


def id_number_18(number: str) -> str:
    if len(number) != 15 or not number.isascii() or not number.isdigit():
        return number
    century = "18" if int(number[-3:]) >= 996 else "19"
    digits = number[:6] + century + number[6:]
    return digits + check_character(digits)


def birth_in(number: str) -> date | None:
    long = id_number_18(number)
    if len(long) != 18 or not (long[:17].isascii() and long[:17].isdigit()) or long[17] not in "0123456789X":
        return None
    try:
        return date(int(long[6:10]), int(long[10:12]), int(long[12:14]))
    except ValueError:
        return None


def credit_check_character(body: str) -> str:
    total = sum(CREDIT_ALPHABET.index(character) * 3**position for position, character in enumerate(body))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def era(join: date) -> tuple[int | None, bool]:
    """The least months of probation, None before the Party was founded, and whether nobody had any."""
    months: int | None = None
    nobody = False
    for first, least, everybody in ERAS:
        if first <= join:
            months, nobody = least, everybody and least == 0
    return months, nobody


def is_near_border(join: date) -> bool:
    return any(abs((join - first).days) <= 30 for first, _, _ in ERAS[1:])


def add_workdays(event: date, n: int, calendar: Mapping[date, str]) -> date:
    day = event
    while n:
        day += timedelta(days=1)
        if calendar.get(day, "work" if day.isoweekday() < 6 else "off") == "work":
            n -= 1
    return day
