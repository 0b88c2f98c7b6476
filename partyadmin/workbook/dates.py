"""Reading dates: every form people write, and a plain refusal where a form has two readings."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache

from partyadmin.workbook import messages
from partyadmin.workbook.cleaning import clean_text, plain_text
from partyadmin.workbook.reading import Scalar
from partyadmin.workbook.refusal import UNREADABLE_DATE, CellRefused

_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(3654, 73_051)
"""1910 to 2099: below lie the numbers that are years, above those that are 199807 or 19980701."""
_DAYS_TO_1904 = 1462

_BETWEEN = r"\s*[-‐-―−/.年月、]\s*|\s+"
_DAY = re.compile(
    rf"(?P<year>\d{{4}})(?:{_BETWEEN})(?P<month>\d{{1,2}})(?:{_BETWEEN})(?P<day>\d{{1,2}})\s*[日号.]?"
    r"(?:[T\s]\s*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_EIGHT_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_MONTH = re.compile(rf"(?P<year>\d{{4}})(?:{_BETWEEN})(?P<month>\d{{1,2}})\s*[月.]?")
_SIX_DIGITS = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})")


@lru_cache(maxsize=100_000, typed=True)
def clean_date(value: Scalar) -> date | str | None:
    """A date; the text itself when it names only year and month; CellRefused (UNREADABLE_DATE).

    A month is never turned into its first day, and a two-digit year is never completed.
    """
    if isinstance(value, date):
        if value.year < _FIRST_YEAR:
            return None  # day 0 of the spreadsheet's calendar: an empty cell formatted as a date
        return _in_range(value.year, value.month, value.day, value)
    if isinstance(value, int | float) and _SERIALS.start <= value < _SERIALS.stop:
        return _SERIAL_ZERO + timedelta(days=int(value))
    text = clean_text(value)
    if text is None:
        return None
    narrow = unicodedata.normalize("NFKC", text).lstrip("'")
    if found := _DAY.fullmatch(narrow) or _EIGHT_DIGITS.fullmatch(narrow):
        return _in_range(int(found["year"]), int(found["month"]), int(found["day"]), value)
    year_and_month(value)
    return narrow


def clean_date_from_1904(value: Scalar) -> date | str | None:
    """The same in a workbook whose calendar begins in 1904: only plain numbers read differently."""
    if isinstance(value, int | float) and _SERIALS.start <= value + _DAYS_TO_1904 < _SERIALS.stop:
        value += _DAYS_TO_1904
    return clean_date(value)


@lru_cache(maxsize=10_000, typed=True)
def clean_month(value: Scalar) -> str | None:
    """A month as `1998-07`, also from a full date; CellRefused (UNREADABLE_DATE)."""
    cleaned = clean_date(value)
    if isinstance(cleaned, date):
        return f"{cleaned:%Y-%m}"
    return cleaned and "{:04}-{:02}".format(*year_and_month(cleaned))


def year_and_month(value: Scalar) -> tuple[int, int]:
    """Year and month of a text that names nothing else; CellRefused (UNREADABLE_DATE)."""
    narrow = unicodedata.normalize("NFKC", plain_text(value)).lstrip("'")
    found = _MONTH.fullmatch(narrow) or _SIX_DIGITS.fullmatch(narrow)
    # The number 1998.1 may have been typed as 1998.10: as a number both look alike.
    if found is None or (isinstance(value, float) and narrow.endswith(".1")):
        raise _unreadable(value)
    _in_range(int(found["year"]), int(found["month"]), 1, value)
    return int(found["year"]), int(found["month"])


def _in_range(year: int, month: int, day: int, value: Scalar) -> date:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise _unreadable(value)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise _unreadable(value) from error


def _unreadable(value: Scalar) -> CellRefused:
    return CellRefused(UNREADABLE_DATE, messages.UNREADABLE_DATE, value=plain_text(value)[:40])
