"""Rosters as spreadsheets, ready to print: text stays text, dates are dates, memory stays bounded."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | bool | date | None

# The title stands on the printed page only: with the headings in row 1 the sheet sorts and filters at once.
HEADER_ROW, FIRST_ROW = 0, 1
ROWS_PER_SHEET = 1_048_576 - FIRST_ROW
_A4 = 9
_SHEET_NAME_LENGTH = 31
_FOOTER_LENGTH = 255
_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_FIRST_YEAR = 1900
"""The spreadsheet's calendar begins here; earlier days are written as text."""
_FONT = "宋体"
_DEFAULT_WIDTH = 14
_NOTHING_IS_GUESSED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


class RosterNotWritten(Exception):
    """A value the spreadsheet cannot hold; the library itself would leave it out without a word."""


def write_roster(
    out: str | Path | BinaryIO,
    headings: Sequence[str],
    rows: Iterable[tuple[Cell, ...]],
    *,
    title: str,
    footer_lines: Sequence[str] = (),
    widths: Sequence[float] = (),
    text_columns: Collection[int] = (),
    date_columns: Collection[int] = (),
) -> int:
    """Write rows of as many cells as headings, and return how many; further sheets when one is full.

    `text_columns` and `date_columns` count from 0; text columns keep leading zeros when edited. The
    footer lines stand at the bottom left of each page beside the page number. Raises RosterNotWritten.
    """
    written = 0
    with tempfile.TemporaryDirectory(prefix="roster-") as folder:  # readable by its owner alone
        options = {"constant_memory": True, "tmpdir": folder, "default_date_format": "yyyy-mm-dd"}
        complete = Path(folder) / "roster.xlsx"
        workbook = Workbook(complete, options | _NOTHING_IS_GUESSED)
        try:
            formats = _column_formats(workbook, len(headings), text_columns, date_columns)
            footer = _footer(footer_lines)
            for number, part in enumerate(_parts(iter(rows)), start=1):
                sheet = workbook.add_worksheet(_sheet_name(title, number))
                _lay_out(workbook, sheet, headings, title, footer, widths)
                count = _write_rows(sheet, part, formats)
                sheet.autofilter(HEADER_ROW, 0, FIRST_ROW + max(count, 1) - 1, len(headings) - 1)
                written += count
        finally:
            workbook.close()
        _hand_over(complete, out)
    return written


def _hand_over(complete: Path, out: str | Path | BinaryIO) -> None:
    """Only a whole roster leaves the private folder, never the stump of one that failed."""
    if isinstance(out, str | Path):
        shutil.copyfile(complete, out)
    else:
        with complete.open("rb") as file:
            shutil.copyfileobj(file, out)


def _parts(rows: Iterator[tuple[Cell, ...]]) -> Iterator[Iterator[tuple[Cell, ...]]]:
    """The rows of each sheet; one empty part when there are none, so that the headings are still written."""
    first = next(rows, None)
    if first is None:
        yield iter(())
    while first is not None:
        yield islice(chain((first,), rows), ROWS_PER_SHEET)
        first = next(rows, None)


def _sheet_name(title: str, number: int) -> str:
    suffix = f" ({number})" if number > 1 else ""
    name = _FORBIDDEN_IN_SHEET_NAME.sub(" ", title).strip() or "Sheet1"
    return name[: _SHEET_NAME_LENGTH - len(suffix)] + suffix


def _column_formats(
    workbook: Workbook, count: int, text_columns: Collection[int], date_columns: Collection[int]
) -> list[Format]:
    base = {"font_name": _FONT, "border": 1, "valign": "vcenter"}
    plain = workbook.add_format(base)
    text = workbook.add_format(base | {"num_format": "@", "quote_prefix": True})
    day = workbook.add_format(base | {"num_format": "yyyy-mm-dd"})
    return [
        text if column in text_columns else day if column in date_columns else plain
        for column in range(count)
    ]


def _footer(lines: Sequence[str]) -> str:
    footer = "&L" + _printable("\n".join(lines)) + "&R&P / &N"
    if len(footer) > _FOOTER_LENGTH:
        raise RosterNotWritten(f"the page footer holds {_FOOTER_LENGTH} characters, these are {len(footer)}")
    return footer


def _printable(text: str) -> str:
    """Text for a page header or footer, where & begins a command."""
    return text.replace("&", "&&")


def _lay_out(
    workbook: Workbook,
    sheet: Worksheet,
    headings: Sequence[str],
    title: str,
    footer: str,
    widths: Sequence[float],
) -> None:
    header_format = workbook.add_format(
        {
            "font_name": _FONT,
            "bold": True,
            "border": 1,
            "align": "center",
            "text_wrap": True,
            "bg_color": "#EEEEEE",
        }
    )
    for column in range(len(headings)):
        sheet.set_column(column, column, widths[column] if column < len(widths) else _DEFAULT_WIDTH)
    for column, heading in enumerate(headings):
        _checked(sheet.write_string(HEADER_ROW, column, heading, header_format), heading)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    _checked(sheet.set_header(f'&C&"{_FONT}"&16{_printable(title)}'), title)
    _checked(sheet.set_footer(footer), footer)


def _write_rows(sheet: Worksheet, rows: Iterator[tuple[Cell, ...]], formats: Sequence[Format]) -> int:
    count = 0
    for count, cells in enumerate(rows, start=1):
        for column, (value, format_) in enumerate(zip(cells, formats, strict=True)):
            _write(sheet, FIRST_ROW + count - 1, column, value, format_)
    return count


def _write(sheet: Worksheet, row: int, column: int, value: Cell, format_: Format) -> None:
    if value is None or value == "":
        sheet.write_blank(row, column, None, format_)
    elif isinstance(value, date) and value.year >= _FIRST_YEAR:
        _checked(sheet.write_datetime(row, column, value, format_), value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _checked(sheet.write_number(row, column, value, format_), value)
    else:
        _checked(sheet.write_string(row, column, str(value), format_), value)


def _checked(code: int | None, value: Cell) -> None:
    if code:
        raise RosterNotWritten(f"the spreadsheet cannot hold {str(value)[:40]!r} (code {code})")
