from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from partyadmin.workbook import writing
from partyadmin.workbook.writing import Cell, RosterNotWritten, write_roster
from tests.workbook.making import rows_of

HEADINGS = ("姓名", "公民身份证号", "出生日期", "所在党支部编码", "党龄")
ROW: tuple[Cell, ...] = ("张三", "11010519491231002X", date(1949, 12, 31), "001001", 3)


def roster(rows: Iterator[tuple[Cell, ...]], title: str = "党员花名册") -> bytes:
    buffer = io.BytesIO()
    write_roster(
        buffer,
        HEADINGS,
        rows,
        title=title,
        footer_lines=["台账 17 & 18", "制表人：李四"],
        widths=[10, 22],
        text_columns={1, 3},
        date_columns={2},
    )
    return buffer.getvalue()


def opened(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


def test_values_keep_their_kind() -> None:
    sheet = opened(roster(iter([ROW])))
    assert [cell.value for cell in sheet[1]] == list(HEADINGS)
    number, day, code, years = sheet[2][1:5]
    assert (number.value, number.data_type, number.number_format) == ("11010519491231002X", "s", "@")
    assert (day.is_date, day.number_format) == (True, "yyyy-mm-dd")
    assert (code.value, code.data_type, years.value) == ("001001", "s", 3)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "{=1}", "http://x.cn", "=cmd|' /C calc'!A0", "007", "是"]
)
def test_text_is_never_more_than_text(text: str) -> None:
    sheet = opened(roster(iter([(text, text, "1949年12月", text, text)])))
    assert {(cell.value, cell.data_type) for cell in sheet[2] if cell.column != 3} == {(text, "s")}
    assert sheet["C2"].value == "1949年12月"
    assert not sheet._hyperlinks


def test_ready_to_print() -> None:
    sheet = opened(roster(iter([ROW, ROW])))
    assert sheet.oddHeader is not None and sheet.oddHeader.center.text == "党员花名册"
    assert (sheet.freeze_panes, sheet.auto_filter.ref, sheet.print_title_rows) == ("A2", "A1:E3", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.oddFooter is not None
    assert (
        sheet.oddFooter.left.text == "台账 17 && 18\n制表人：李四" and sheet.oddFooter.right.text == "&P / &N"
    )
    assert sheet.column_dimensions["B"].width == pytest.approx(22, abs=1)


def test_what_is_written_can_be_read_back() -> None:
    (row,) = rows_of(roster(iter([ROW])))
    assert row.number == 2
    assert "11010519491231002X" in str(row) and "1949, 12, 31" in str(row)


def test_no_rows_is_still_a_roster() -> None:
    assert opened(roster(iter([])))["A1"].value == "姓名"


def test_a_full_sheet_is_continued_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "ROWS_PER_SHEET", 2)
    book = openpyxl.load_workbook(io.BytesIO(roster(iter([ROW] * 5), "名册: a/b[1]*" + "长" * 40)))
    assert [sheet.max_row - 1 for sheet in book.worksheets] == [2, 2, 1]
    assert all(len(name) <= 31 for name in book.sheetnames) and len(set(book.sheetnames)) == 3


def test_what_does_not_fit_is_said_and_not_dropped() -> None:
    with pytest.raises(RosterNotWritten):
        roster(iter([("x" * 32_768, *ROW[1:])]))


def test_a_day_before_the_spreadsheets_calendar_is_text() -> None:
    assert opened(roster(iter([(*ROW[:2], date(1899, 1, 1), *ROW[3:])])))["C2"].value == "1899-01-01"


def test_a_footer_that_is_too_long_is_said() -> None:
    with pytest.raises(RosterNotWritten):
        write_roster(io.BytesIO(), HEADINGS, iter([ROW]), title="x", footer_lines=["长" * 300])


def test_temporary_files_are_private_and_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes: list[int] = []

    def rows() -> Iterator[tuple[Cell, ...]]:
        modes.extend(folder.stat().st_mode & 0o777 for folder in tmp_path.iterdir())
        yield ROW

    write_roster(tmp_path / "out.xlsx", HEADINGS, rows(), title="x")
    assert modes and set(modes) == {0o700}
    assert os.listdir(tmp_path) == ["out.xlsx"]
