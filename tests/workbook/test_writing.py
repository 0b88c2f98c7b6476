"""Rosters as files: laid out for print, told apart by their mark, streamed without a trace."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from partyadmin.workbook import writing
from partyadmin.workbook.layout import Cell, Column, Kind, Layout
from partyadmin.workbook.writing import stream_roster
from tests.workbook.making import rows_of

LAYOUT = Layout(
    title="2026年党员花名册",
    columns=[
        Column("姓名", width=10), Column("公民身份证号", width=22), Column("出生日期", Kind.DAY),
        Column("所在党支部编码"), Column("党龄", Kind.NUMBER),
    ],
    mark=["内部资料", "台账 17 号"],
    footer=["制表人：李四 & 王五", "用途：核对"],
    page_words="第 {page} 页，共 {pages} 页",
    properties={"author": "李四"},
    record_name="台账",
    record=[("台账编号", "17"), ("用途", "核对" * 200)],
)  # fmt: skip
ROW: tuple[Cell, ...] = ("张三", "11010519491231002X", date(1949, 12, 31), "001001", 3)


def roster(rows: Iterator[tuple[Cell, ...]], layout: Layout = LAYOUT) -> bytes:
    return b"".join(stream_roster(layout, rows))


def opened(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "{=1}", "http://x.cn", "=cmd|' /C calc'!A0", "007", "是"]
)
def test_text_is_never_more_than_text(text: str) -> None:
    sheet = opened(roster(iter([(text, text, "1949年12月", text, text)])))
    assert {(cell.value, cell.data_type) for cell in sheet[2] if cell.column != 3} == {(text, "s")}
    assert all(cell.quotePrefix and cell.number_format == "@" for cell in sheet[2])
    assert not sheet._hyperlinks


def test_ready_to_print() -> None:
    sheet = opened(roster(iter([ROW, ROW])))
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A2", "A1:E3", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
    assert {cell.font.name for row in sheet.iter_rows() for cell in row} == {"宋体"}
    assert sheet.column_dimensions["B"].width == pytest.approx(22, abs=1)


def page_texts(layout: Layout) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(roster(iter([ROW]), layout))) as book:
        xml = book.read("xl/worksheets/sheet1.xml").decode()
    parts = [xml.split(f"<{tag}>")[1].split(f"</{tag}>")[0] for tag in ("oddHeader", "oddFooter")]
    return [part.replace("&amp;", "&").replace("&quot;", '"') for part in parts]


def test_each_page_is_marked() -> None:
    assert page_texts(LAYOUT) == [
        '&C&16&"宋体"2026年党员花名册&R&9内部资料\n台账 17 号',
        "&L&9制表人：李四 && 王五\n用途：核对&R&9第 &P 页，共 &N 页",
    ]


def test_a_page_holds_what_fits_on_it() -> None:
    long = Layout("长" * 400, LAYOUT.columns, mark=["台账 17 号"], footer=["&" * 200])
    for text in page_texts(long):
        assert len(text) <= 255
    header, footer = page_texts(long)
    assert header.endswith("长…&R&9台账 17 号")
    assert footer.startswith("&L&9&&") and footer.endswith("&&…&R&9&P / &N")


def test_a_size_before_digits_does_not_take_them_in() -> None:
    header, footer = page_texts(Layout("名册", LAYOUT.columns, mark=["17 号"], footer=["2026-10-12"]))
    assert header.endswith("&R&9 17 号") and footer.startswith("&L&9 2026")


def test_the_mark_survives_in_the_file() -> None:
    data = roster(iter([ROW]))
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert (book.properties.creator, book.properties.title) == ("李四", "2026年党员花名册")
    assert {each.name: each.value for each in book.custom_doc_props.props}["台账编号"] == "17"
    hidden = book.worksheets[-1]
    assert (hidden.title, hidden.sheet_state) == ("台账", "hidden")
    assert [[cell.value for cell in row] for row in hidden.iter_rows()] == list(map(list, LAYOUT.record))
    assert book.active is book.worksheets[0]


def test_what_is_written_can_be_read_back() -> None:
    (row,) = rows_of(roster(iter([ROW])))
    assert row.number == 2
    assert "11010519491231002X" in str(row) and "1949, 12, 31" in str(row)


def test_no_rows_is_still_a_roster() -> None:
    assert opened(roster(iter([])))["A1"].value == "姓名"


@pytest.mark.parametrize(("rows", "sheets"), [(1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_a_full_sheet_is_continued_on_the_next(
    monkeypatch: pytest.MonkeyPatch, rows: int, sheets: list[int]
) -> None:
    monkeypatch.setattr(writing, "ROWS_PER_SHEET", 2)
    layout = Layout("名册: a/b[1]*" + "长" * 40, LAYOUT.columns)
    book = openpyxl.load_workbook(io.BytesIO(roster(iter([ROW] * rows), layout)))
    assert [sheet.max_row - 1 for sheet in book.worksheets] == sheets
    assert [sheet.auto_filter.ref for sheet in book.worksheets] == [f"A1:E{1 + count}" for count in sheets]
    assert all(sheet["A1"].value == "姓名" and sheet.freeze_panes == "A2" for sheet in book.worksheets)
    assert all(len(name) <= 31 for name in book.sheetnames) and len(set(book.sheetnames)) == len(sheets)


def test_a_sheet_ends_before_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "LARGEST_SHEET", 1)
    monkeypatch.setattr(writing, "_BLOCK", 2)
    book = openpyxl.load_workbook(io.BytesIO(roster(iter([ROW] * 5))))
    assert [sheet.max_row - 1 for sheet in book.worksheets[:-1]] == [2, 2, 1]


def test_the_first_piece_comes_before_the_first_row() -> None:
    asked: list[int] = []

    def rows() -> Iterator[tuple[Cell, ...]]:
        for number in range(3000):
            asked.append(number)
            yield ROW

    pieces = stream_roster(LAYOUT, rows())
    assert next(pieces).startswith(b"PK") and asked == []
    next(pieces)
    assert 0 < len(asked) < 2000


def test_no_file_is_made_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pieces = stream_roster(LAYOUT, iter([ROW] * 3000))
    for _ in range(3):
        next(pieces)
        assert os.listdir(tmp_path) == []
    pieces.close()
    assert os.listdir(tmp_path) == []
