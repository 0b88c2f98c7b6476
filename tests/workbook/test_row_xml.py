"""Rows written the fast way are what plain XlsxWriter writes: value, type and style, by two readers."""

from __future__ import annotations

import io
import math
from datetime import date, datetime
from itertools import chain
from typing import Any

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from partyadmin.workbook.layout import Cell, Column, Kind, Layout
from partyadmin.workbook.writing import RosterNotWritten, stream_roster
from tests.workbook.plain_xlsxwriter import plain_roster

KINDS = (Kind.TEXT, Kind.TEXT, Kind.DAY, Kind.MOMENT, Kind.NUMBER)
LAYOUT = Layout("名册", [Column(f"列{number}", kind) for number, kind in enumerate(KINDS)])
PLAIN: tuple[Cell, ...] = ("张三", "007", date(1998, 7, 1), datetime(2026, 10, 12, 9, 30), 3)
NASTY: list[Cell] = [
    *("=1+1", "+1", "-1", "@x", "=cmd|' /C calc'!A0", "'quoted", '"', "&", "<", ">", "<r>x</r>x", "]]>"),
    *("%s %d", "&lt;", "a|b", "|", "||", "_x0041_", "_x", "_xZZZZ_", "\x00", "\x01\x1f", "\t", "\n", "\r\n"),
    *("a\rb", "𠮷野𡈼", "😀", "𠀀" * 16_383, "中" * 32_767, "x" * 32_767, "007", "1e5", "TRUE"),
    *("12345678901234567890", " x", "x ", "\u3000x", "x\u00a0", " ", "\ufeffx", "a\u200bb", "e\u0301"),
    *("\u2028", "\x7f", "\x85", "\ufffe", "", None, True, False, 0, -1, 10**15, -(10**15), 2**53 + 1, 10**30),
    *(0.1, -0.0, 1e-300, 1.5, 1 / 3, date(1899, 12, 31), date(1, 1, 1), date(1900, 1, 1)),
    *(date(1900, 2, 28), date(1900, 3, 1), date(9999, 12, 31), datetime(1900, 1, 2, 12)),
    *(datetime(1900, 2, 28, 23, 59), datetime(1900, 3, 1), datetime(2026, 1, 1, 0, 0, 1)),
]  # fmt: skip


def by_openpyxl(data: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]

    def told(cell: Any) -> Any:
        return (
            cell.value, type(cell.value), cell.data_type, cell.number_format, cell.quotePrefix,
            cell.font.name, cell.border.left.style, cell.alignment.vertical,
        )  # fmt: skip

    return [[told(cell) for cell in row] for row in sheet.iter_rows(min_row=2, max_col=len(KINDS))]


def by_calamine(data: bytes) -> list[list[Any]]:
    sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0)
    return [[(value, type(value)) for value in row] for row in sheet.to_python()[1:]]


def ours(rows: list[tuple[Cell, ...]]) -> bytes:
    return b"".join(stream_roster(LAYOUT, iter(rows)))


def assert_equal(rows: list[tuple[Cell, ...]]) -> None:
    written, wanted = ours(rows), plain_roster(LAYOUT, rows)
    for reader in (by_openpyxl, by_calamine):
        assert reader(written) == reader(wanted), reader.__name__


def test_nasty_values_are_written_as_the_library_does() -> None:
    """Each in every column, between harmless ones, which take the fast way."""
    rows = [PLAIN]
    for value in NASTY:
        rows += [(*PLAIN[:column], value, *PLAIN[column + 1 :]) for column in range(len(PLAIN))]
        rows.append(PLAIN)
    assert_equal(rows)
    assert_equal([(value,) * len(PLAIN) for value in NASTY])


LINES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
CELLS = st.one_of(
    LINES, st.none(), st.booleans(), st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False), st.dates(),
    # At 1900-01-01 the library loses the day of a moment.
    st.datetimes(datetime(1900, 1, 2)).map(lambda moment: moment.replace(microsecond=0)),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(*[CELLS] * len(PLAIN)), max_size=6))
def test_any_values_are_written_as_the_library_does(rows: list[tuple[Cell, ...]]) -> None:
    # What begins and ends like the library's rich text is taken for it there.
    assert_equal([row for row in rows if not any(str(cell).startswith("<r>") for cell in row)])


def test_what_looks_like_rich_text_stays_text() -> None:
    assert by_openpyxl(ours([("<r>x</r>", *PLAIN[1:])]))[0][0][0] == "<r>x</r>"


@pytest.mark.parametrize("value", ["x" * 32_768, "𠀀" * 16_384, math.nan, math.inf, -math.inf])
def test_what_does_not_fit_is_said_and_not_dropped(value: Cell) -> None:
    for column in range(len(PLAIN)):
        with pytest.raises(RosterNotWritten):
            ours([PLAIN, (*PLAIN[:column], value, *PLAIN[column + 1 :])])


def test_a_row_of_another_width_is_said() -> None:
    for row in (PLAIN[:-1], (*PLAIN, None), ()):
        with pytest.raises(RosterNotWritten):
            ours([PLAIN, row])


def test_every_row_is_written_in_its_place() -> None:
    rows = [(f"人{number}", f"{number:06}", *PLAIN[2:4], number) for number in range(2500)]
    read = by_calamine(ours(list(chain(rows))))
    assert [(row[0][0], row[1][0], row[4][0]) for row in read] == [(row[0], row[1], row[4]) for row in rows]
