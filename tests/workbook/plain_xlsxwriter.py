"""The same roster as an ordinary user of XlsxWriter writes it, one cell after the other."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import xlsxwriter

from partyadmin.workbook.layout import Cell, Kind, Layout

BODY = {"font_name": "宋体", "border": 1, "valign": "vcenter"}
TEXT = BODY | {"num_format": "@", "quote_prefix": True}
DAY = BODY | {"num_format": "yyyy-mm-dd"}
MOMENT = BODY | {"num_format": "yyyy-mm-dd hh:mm"}


def plain_roster(layout: Layout, rows: Iterable[tuple[Cell, ...]]) -> bytes:
    """Text, numbers, days, moments and blanks by the library's own methods, each with its format."""
    whole = io.BytesIO()
    book = xlsxwriter.Workbook(whole, {"constant_memory": True})
    text, day, moment, number = (book.add_format(each) for each in (TEXT, DAY, MOMENT, BODY))
    blank = {Kind.TEXT: text, Kind.DAY: day, Kind.MOMENT: moment, Kind.NUMBER: number}
    sheet = book.add_worksheet()

    def write(row: int, column: int, value: Cell) -> Any:
        if value is None or value == "":
            return sheet.write_blank(row, column, None, blank[layout.columns[column].kind])
        if isinstance(value, bool):
            return sheet.write_boolean(row, column, value, number)
        if isinstance(value, date) and value.year >= 1900:
            return sheet.write_datetime(row, column, value, moment if isinstance(value, datetime) else day)
        if isinstance(value, int | float):
            return sheet.write_number(row, column, value, number)
        return sheet.write_string(row, column, str(value), text)

    for column, its in enumerate(layout.columns):
        sheet.write_string(0, column, its.heading)
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            assert not write(place, column, value)
    book.close()
    return whole.getvalue()
