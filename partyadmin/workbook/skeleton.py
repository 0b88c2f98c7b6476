"""The workbook around the rows: XlsxWriter makes styles, headings, panes, filter and page, and no row."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import quote_sheetname, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from partyadmin.workbook.layout import Kind, Layout

# The title stands on the printed page only: with the headings in row 1 the sheet sorts and filters at once.
HEADER_ROW, FIRST_ROW = 0, 1
_A4 = 9
_CHOICES = 3
"""The first column of the record's sheet that holds choices; one for each column of the roster."""
_SHEET_NAME_LENGTH = 31
_PAGE_TEXT_LENGTH = 255
_PROPERTY_LENGTH = 255
_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
# It is written before the number of rows is known, and readers believe it.
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_ROWS_END = b"</sheetData>"
_FONT = "宋体"
_BODY: dict[str, object] = {"font_name": _FONT, "border": 1, "valign": "vcenter"}
# With the prefix a text that begins like a formula stays text when it is edited.
_FORMATS: dict[Kind, dict[str, object]] = {
    Kind.TEXT: {"num_format": "@", "quote_prefix": True},
    Kind.NUMBER: {},
    Kind.DAY: {"num_format": "yyyy-mm-dd"},
    Kind.MOMENT: {"num_format": "yyyy-mm-dd hh:mm"},
}
_HEADING = _BODY | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#EEEEEE"}


@dataclass(frozen=True)
class Skeleton:
    """The parts of a workbook whose sheets hold their headings only; `styles` are those of the cells."""

    sheets: dict[str, tuple[bytes, bytes]]
    """Part name → what stands before and after its rows."""

    others: dict[str, bytes]
    styles: dict[Kind, int]


def skeleton(layout: Layout, rows: Sequence[int]) -> Skeleton:
    """A workbook with one sheet for each number of rows; equal but for filters and lists of sheets."""
    whole = io.BytesIO()
    workbook = Workbook(whole, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = {kind: workbook.add_format(_BODY | own) for kind, own in _FORMATS.items()}
    # The library lists a format in the workbook when its index is first asked for.
    styles = {kind: format_._get_xf_index() for kind, format_ in formats.items()}
    heading = workbook.add_format(_HEADING)
    for number, count in enumerate(rows, start=1):
        sheet = workbook.add_worksheet(_sheet_name(layout.title, number))
        _lay_out(sheet, layout, heading)
        last = FIRST_ROW + max(count, 1) - 1
        sheet.autofilter(HEADER_ROW, 0, last, len(layout.columns) - 1)
        _offer(sheet, layout, last)
    _describe(workbook, layout)
    workbook.close()
    with zipfile.ZipFile(whole) as made:
        parts = {name: made.read(name) for name in made.namelist()}
    names = [sheet_part(number) for number in range(1, len(rows) + 1)]
    sheets = {name: _opened(parts.pop(name)) for name in names}
    return Skeleton(sheets, parts, styles)


def sheet_part(number: int) -> str:
    """The name of a sheet's part; sheets count from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def _opened(sheet: bytes) -> tuple[bytes, bytes]:
    before, end, after = _DIMENSION.sub(b"", sheet).partition(_ROWS_END)
    assert end
    return before, end + after


def _sheet_name(title: str, number: int) -> str:
    suffix = f" ({number})" if number > 1 else ""
    name = _FORBIDDEN_IN_SHEET_NAME.sub(" ", title).strip() or "Sheet1"
    return name[: _SHEET_NAME_LENGTH - len(suffix)] + suffix


def _lay_out(sheet: Worksheet, layout: Layout, heading: Format) -> None:
    for number, column in enumerate(layout.columns):
        sheet.set_column(number, number, column.width)
        sheet.write_string(HEADER_ROW, number, column.heading, heading)
    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)
    # The size stands before the font: digits at the head of a title would be read as part of it.
    sheet.set_header(_page_text(f'&C&16&"{_FONT}"', [layout.title], _page_text("&R&9", layout.mark)))
    pages = _page_text("&R&9", [layout.page_words]).format(page="&P", pages="&N")
    sheet.set_footer(_page_text("&L&9", layout.footer, pages))


def _offer(sheet: Worksheet, layout: Layout, last: int) -> None:
    """The drop-down lists of columns with choices; a list typed into the rule could hold 255 characters."""
    for number, column in enumerate(layout.columns):
        if column.choices:
            listed = xl_range_abs(0, _CHOICES + number, len(column.choices) - 1, _CHOICES + number)
            source = f"={quote_sheetname(layout.record_name)}!{listed}"
            sheet.data_validation(FIRST_ROW, number, last, number, {"validate": "list", "source": source})


def _page_text(code: str, lines: Iterable[str], rest: str = "") -> str:
    """Lines of a page header or footer behind their code, cut where a sheet holds no more before the rest."""
    text = "\n".join(lines)
    if code[-1].isdigit() and text[:1].isdigit():
        code += " "
    room = _PAGE_TEXT_LENGTH - len(code) - len(rest)
    while len(_printable(text)) > room:
        text = text.removesuffix("…")[:-1] + "…"
    return code + _printable(text) + rest


def _printable(text: str) -> str:
    """Text for a page header or footer, where & begins a command."""
    return text.replace("&", "&&")


def _describe(workbook: Workbook, layout: Layout) -> None:
    workbook.set_properties({"title": layout.title, **layout.properties})
    for name, value in layout.record:
        workbook.set_custom_property(name, value[:_PROPERTY_LENGTH], "text")
    if layout.record:
        sheet = workbook.add_worksheet(layout.record_name)
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 90)
        for row, (name, value) in enumerate(layout.record):
            sheet.write_string(row, 0, name)
            sheet.write_string(row, 1, value)
        for number, column in enumerate(layout.columns, _CHOICES):
            for row, choice in enumerate(column.choices):
                sheet.write_string(row, number, choice)
        sheet.hide()
