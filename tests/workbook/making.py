"""Workbooks made on the fly: ordinary ones by a library, hostile ones by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from partyadmin.workbook.cleaning import check_character
from partyadmin.workbook.headings import recognise
from partyadmin.workbook.reading import open_workbook
from partyadmin.workbook.rows import Row, Skipped, read_rows

MEMBER_HEADINGS = ("姓名", "性别", "公民身份证号", "出生日期", "人员类别", "所在党支部编码", "手机号")
MEMBER = ("张三", "男", "11010519491231002X", "1949-12-31", "正式党员", "001001", "13912345678")
NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def valid_number(first_17: str) -> str:
    """The 18 characters of a sound ID number."""
    return first_17 + check_character(first_17)


def workbook(rows: Iterable[Sequence[Any]], sheet: str = "党员", **others: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with the values as they are: text as text, numbers as numbers, None as nothing."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"default_date_format": "yyyy-mm-dd", "strings_to_urls": False}) as book:
        for name, its in {sheet: rows, **others}.items():
            target = book.add_worksheet(name)
            for number, cells in enumerate(its):
                for column, value in enumerate(cells):
                    if value is not None:
                        target.write(number, column, value)
    return buffer.getvalue()


def members(*rows: Sequence[Any]) -> bytes:
    """A sheet of members with the usual headings."""
    return workbook([MEMBER_HEADINGS, *rows])


def changed(data: bytes, parts: Mapping[str, bytes | None], add: Mapping[str, bytes] | None = None) -> bytes:
    """The container with parts replaced, left out (None) or added."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = parts.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return buffer.getvalue()


def with_sheet_xml(rows_xml: str, head: str = "", tail: str = "") -> bytes:
    """A workbook whose only sheet has this XML between `<sheetData>` and its end."""
    xml = f"<worksheet {NS}>{head}<sheetData>{rows_xml}</sheetData>{tail}</worksheet>"
    return changed(workbook([("x",)]), {"xl/worksheets/sheet1.xml": xml.encode()})


def text_row(number: int, texts: Sequence[str]) -> str:
    """A row of inline strings as XML, from column A."""
    cells = "".join(
        f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
        for column, text in enumerate(texts)
    )
    return f'<row r="{number}">{cells}</row>'


def rows_of(data: bytes) -> list[Row | Skipped]:
    """All rows of all recognised tables."""
    tables = (recognise(sheet) for sheet in open_workbook(data).sheets)
    return [row for table in tables if table for row in read_rows(table)]


def only_row(data: bytes) -> Row:
    """The one row of the workbook."""
    (row,) = rows_of(data)
    assert isinstance(row, Row)
    return row
