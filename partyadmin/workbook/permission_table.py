"""The permission table as a workbook for filing: the table, what left the initial one, and the legend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import BinaryIO, NamedTuple

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

_A4 = 9
_LINE_HEIGHT = 15.5
"""Of a line of text, in points."""
_FUNCTION_WIDTH, _LEVEL_WIDTH = 46, 11
_WIDTHS = (40, 18, 30, 30, 17, 24, 36, 36)
"""Of the columns of the differences."""
_LEGEND_WIDTHS = (20, 80)


class Printed(NamedTuple):
    """A cell as text, and whether it left the initial table."""

    text: str
    differs: bool


@dataclass(frozen=True)
class PermissionBook:
    """Three sheets in the reader's language, each under its name.

    `headings` are those of the table; `groups` its rows below the names of their subsystems.
    """

    title: str
    headings: Sequence[str]
    groups: Sequence[tuple[str, Sequence[tuple[str, Sequence[Printed]]]]]
    differences_title: str
    differences_headings: Sequence[str]
    differences: Sequence[Sequence[str]]
    legend_title: str
    legend_headings: Sequence[str]
    legend: Sequence[tuple[str, str]]
    foot: str


def write_permission_table(out: BinaryIO, book: PermissionBook) -> None:
    """Writes it; all cells are text, so that no reason of a change can become a formula."""
    workbook = Workbook(out, {"in_memory": True})
    styles = _Styles(workbook)
    _table(_sheet(workbook, book, book.title), book, styles)
    differences = _sheet(workbook, book, book.differences_title)
    _head(differences, book.differences_headings, _WIDTHS, styles)
    _body(differences, 1, book.differences, _WIDTHS, styles)
    differences.autofilter(0, 0, len(book.differences), len(_WIDTHS) - 1)
    legend = _sheet(workbook, book, book.legend_title)
    _head(legend, book.legend_headings, _LEGEND_WIDTHS, styles)
    _body(legend, 1, book.legend, _LEGEND_WIDTHS, styles)
    workbook.close()


class _Styles:
    def __init__(self, workbook: Workbook) -> None:
        def style(**more: str | int | bool) -> Format:
            return workbook.add_format({"border": 1, "text_wrap": True, "valign": "top", **more})

        self.heading = style(bold=True, bg_color="#ECEEF1", align="center", valign="vcenter")
        self.subsystem = style(bold=True, bg_color="#F3F4F6", text_wrap=False)
        self.text = style()
        self.letter = style(align="center")
        self.differs = style(align="center", bold=True, bg_color="#FCF2DA")


def _sheet(workbook: Workbook, book: PermissionBook, name: str) -> Worksheet:
    """A sheet for A4 landscape, one page wide, with who printed it at the foot of each page."""
    sheet = workbook.add_worksheet(name)
    sheet.set_paper(_A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_header(f"&C{book.title.replace('&', '&&')}")
    sheet.set_footer(f"&L{book.foot.replace('&', '&&')}&R&P / &N")
    return sheet


def _table(sheet: Worksheet, book: PermissionBook, styles: _Styles) -> None:
    widths = (_FUNCTION_WIDTH, *(_LEVEL_WIDTH for _ in book.headings[1:]))
    _head(sheet, book.headings, widths, styles)
    sheet.freeze_panes(1, 1)
    row = 1
    for subsystem, functions in book.groups:
        for column in range(len(book.headings)):
            sheet.write_string(row, column, "" if column else subsystem, styles.subsystem)
        row += 1
        for function, cells in functions:
            sheet.set_row(row, _height((function, *(cell.text for cell in cells)), widths))
            sheet.write_string(row, 0, function, styles.text)
            for column, cell in enumerate(cells, 1):
                sheet.write_string(row, column, cell.text, styles.differs if cell.differs else styles.letter)
            row += 1


def _head(sheet: Worksheet, headings: Sequence[str], widths: Sequence[int], styles: _Styles) -> None:
    sheet.set_row(0, _height(headings, widths))
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, styles.heading)
    sheet.freeze_panes(1, 0)


def _body(
    sheet: Worksheet, first: int, rows: Sequence[Sequence[str]], widths: Sequence[int], styles: _Styles
) -> None:
    for number, row in enumerate(rows, first):
        sheet.set_row(number, _height(row, widths))
        for column, text in enumerate(row):
            sheet.write_string(number, column, text, styles.text)


def _height(texts: Iterable[str], widths: Sequence[int]) -> float:
    """The height of a row; spreadsheet programs other than Excel do not find it by themselves."""
    lines = (
        sum(max(1, ceil(_breadth(line) / width)) for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )
    return _LINE_HEIGHT * max(lines)


def _breadth(text: str) -> int:
    """How many digits a text is as broad as: a Chinese character takes two."""
    return sum(1 if letter.isascii() else 2 for letter in text)
