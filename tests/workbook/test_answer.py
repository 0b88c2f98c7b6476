from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from partyadmin.workbook.answer import Refusal, answer
from partyadmin.workbook.reading import open_workbook
from tests.workbook.making import (
    MEMBER,
    MEMBER_HEADINGS,
    changed,
    members,
    rows_of,
    text_row,
    with_sheet_xml,
    workbook,
)

RED = "FFFF6666"
HEADING = "错误说明"
WRONG = "校验码不对 <&> \"'"


def answered(data: bytes, *refusals: Refusal, **options: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    answer(data, refusals, buffer, heading=HEADING, **options)
    return buffer.getvalue()


def opened(data: bytes, sheet: str = "党员") -> Worksheet:
    found = openpyxl.load_workbook(io.BytesIO(data))[sheet]
    assert isinstance(found, Worksheet)
    return found


def is_red(sheet: Worksheet, cell: str) -> bool:
    return bool(sheet[cell].fill.fill_type == "solid" and sheet[cell].fill.fgColor.rgb == RED)


def a_users_workbook() -> bytes:
    """With everything a user is fond of: widths, formats, hidden rows, a second sheet, a note, a formula."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "党员"
    sheet.append(["党员花名册"])
    sheet.append([*MEMBER_HEADINGS, "党龄"])
    for _ in range(4):
        sheet.append([*MEMBER, "=1+1"])
    sheet.merge_cells("A1:H1")
    sheet.column_dimensions["C"].width = 33
    sheet.column_dimensions.group("H", "K", hidden=False)
    sheet.column_dimensions["H"].width = 21
    sheet.row_dimensions[4].hidden = True
    sheet["C3"].font = Font(name="仿宋", bold=True, color="FF0000FF")
    sheet["C3"].alignment = Alignment(horizontal="center")
    sheet["C3"].number_format = "@"
    sheet["A4"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet["A3"].comment = Comment("自己的批注", "用户")
    sheet.freeze_panes = "B3"
    sheet.auto_filter.ref = "A2:H6"
    sheet.page_setup.orientation = "landscape"
    sheet.conditional_formatting.add(
        "A3:A6", openpyxl.formatting.rule.CellIsRule(operator="equal", formula=['"x"'])
    )
    other = book.create_sheet("说明")
    other["B2"] = "别动"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


REFUSALS = (
    Refusal("党员", 3, "公民身份证号", WRONG),
    Refusal("党员", 3, "出生日期", "日期不对"),
    Refusal("党员", 4, "公民身份证号", "重复"),
    Refusal("党员", 4, "公民身份证号", "地址码不对"),
    Refusal("党员", 5, None, "整行不收"),
)


@pytest.fixture(scope="module")
def data() -> bytes:
    return answered(a_users_workbook(), *REFUSALS, notes={"党员": "3 行有错"})


@pytest.fixture(scope="module")
def sheet(data: bytes) -> Worksheet:
    return opened(data)


class TestUsersWorkbook:
    def test_cells_are_red_and_commented(self, sheet: Worksheet) -> None:
        assert [cell for cell in ("C3", "D3", "C4", "A3", "C5", "A4") if is_red(sheet, cell)] == [
            "C3",
            "D3",
            "C4",
        ]
        assert sheet["C3"].comment is not None and sheet["C3"].comment.text == WRONG
        assert sheet["C4"].comment is not None and sheet["C4"].comment.text == "重复\n地址码不对"

    def test_one_column_at_the_right_says_it_all(self, sheet: Worksheet) -> None:
        assert [sheet.cell(row, 9).value for row in range(1, 7)] == [
            None,
            HEADING,
            f"公民身份证号: {WRONG}; 出生日期: 日期不对",
            "公民身份证号: 重复; 公民身份证号: 地址码不对",
            "整行不收",
            None,
        ]
        assert sheet.auto_filter.ref == "A2:I6"
        assert sheet["I2"].comment is not None and sheet["I2"].comment.text == "3 行有错"
        assert sheet.column_dimensions["I"].width == 60

    def test_the_rest_is_the_users(self, sheet: Worksheet, data: bytes) -> None:
        assert [cell.value for cell in sheet[3]][:8] == [*MEMBER, "=1+1"]
        assert (sheet["C3"].font.name, sheet["C3"].font.b, sheet["C3"].number_format) == ("仿宋", True, "@")
        assert sheet["C3"].alignment.horizontal == "center"
        assert sheet["A4"].fill.fgColor.rgb == "FF00FF00"
        assert sheet["A3"].comment is not None and sheet["A3"].comment.text == "自己的批注"
        assert sheet.row_dimensions[4].hidden and sheet.freeze_panes == "B3"
        assert (sheet.column_dimensions["C"].width, sheet.column_dimensions["H"].width) == (33, 21)
        assert "A1:H1" in sheet.merged_cells and len(sheet.conditional_formatting) == 1
        assert sheet.page_setup.orientation == "landscape"
        assert opened(data, "说明")["B2"].value == "别动"

    def test_what_we_add_is_text(self, data: bytes) -> None:
        sheet = opened(answered(a_users_workbook(), Refusal("党员", 3, None, '=HYPERLINK("http://x")')))
        assert (sheet["I3"].value, sheet["I3"].data_type) == ('=HYPERLINK("http://x")', "s")

    def test_it_can_be_read_again(self, data: bytes) -> None:
        assert [row.number for row in rows_of(data)] == [3, 4, 5, 6]
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None

    def test_an_answer_to_the_answer_wipes_what_was_put_right(self, data: bytes) -> None:
        sheet = opened(answered(data, Refusal("党员", 4, "公民身份证号", "仍然重复")))
        assert sheet.max_column == 9
        assert [sheet.cell(row, 9).value for row in range(2, 7)] == [
            HEADING,
            None,
            "公民身份证号: 仍然重复",
            None,
            None,
        ]
        assert [cell for cell in ("C3", "D3", "C4") if is_red(sheet, cell)] == ["C4"]
        assert sheet["C3"].font.b and sheet["C3"].fill.fill_type is None
        comments = {
            cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment
        }
        assert comments == {"A3": "自己的批注", "C4": "仍然重复"}

    def test_also_when_a_spreadsheet_has_saved_it_in_between(self, data: bytes) -> None:
        book = openpyxl.load_workbook(io.BytesIO(data))
        buffer = io.BytesIO()
        book.save(buffer)
        sheet = opened(answered(buffer.getvalue(), notes={"党员": "没有错"}))
        assert not any(is_red(sheet, cell) for cell in ("C3", "D3", "C4"))
        assert sheet["I3"].value is None and sheet["C3"].comment is None


def test_cells_that_are_not_there_are_made() -> None:
    data = members((MEMBER[0], None, None, "x"))
    sheet = opened(
        answered(data, Refusal("党员", 2, "公民身份证号", "必填"), Refusal("党员", 2, "手机号", "必填"))
    )
    assert is_red(sheet, "C2") and is_red(sheet, "G2") and not is_red(sheet, "B2")
    assert sheet["D2"].value == "x" and sheet["H2"].value == "公民身份证号: 必填; 手机号: 必填"


def test_the_column_lies_beyond_everything_that_holds_a_value() -> None:
    data = workbook([["姓名", "身份证号", "支部"], ["张三", MEMBER[2], "一", None, None, "旁注"]])
    assert opened(answered(data, Refusal("党员", 2, "姓名", "不对")))["G1"].value == HEADING


def test_a_table_of_the_spreadsheet_takes_the_column_in() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        sheet = book.add_worksheet("党员")
        sheet.add_table(
            0, 0, 2, 6, {"data": [MEMBER, MEMBER], "columns": [{"header": h} for h in MEMBER_HEADINGS]}
        )
    result = opened(answered(buffer.getvalue(), Refusal("党员", 2, "姓名", "不对")))
    (table,) = result.tables.values()
    assert (table.ref, table.autoFilter.ref, table.column_names[-1]) == ("A1:H3", "A1:H3", HEADING)
    assert result.auto_filter.ref is None


def test_the_hidden_name_of_a_filter_follows_it() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name in ("说明", "党员'册"):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, MEMBER_HEADINGS)
            sheet.write_row(1, 0, MEMBER)
            sheet.autofilter(0, 0, 1, 2)
    data = answered(buffer.getvalue(), Refusal("党员'册", 2, "姓名", "不对"))
    xml = zipfile.ZipFile(io.BytesIO(data)).read("xl/workbook.xml").decode()
    assert "'党员''册'!$A$1:$H$2<" in xml and "说明!$A$1:$C$2<" in xml


def test_prefixed_elements_bare_references_and_no_styles() -> None:
    rows = text_row(1, ["姓名", "身份证号", "支部"]) + text_row(2, ["张三", MEMBER[2], "一"])
    xml = with_sheet_xml(rows)
    plain = zipfile.ZipFile(io.BytesIO(xml)).read("xl/worksheets/sheet1.xml").decode()
    for tag in ("worksheet", "sheetData", "row", "c", "is", "t"):
        plain = (
            plain.replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    plain = plain.replace("xmlns=", "xmlns:x=").replace('r="C2" ', "").replace(' r="2"', "")
    parts: dict[str, bytes | None] = {"xl/worksheets/sheet1.xml": plain.encode(), "xl/styles.xml": None}
    for part in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        content = zipfile.ZipFile(io.BytesIO(xml)).read(part).decode()
        start = content.index("<", content.index("styles") - 200 if part.startswith("[") else 0)
        kept = [piece for piece in content[start:].split("/>") if "styles" not in piece]
        parts[part] = (content[:start] + "/>".join(kept)).encode()
    sheet = opened(answered(changed(xml, parts), Refusal("党员", 2, "支部", "不对")))
    assert is_red(sheet, "C2") and sheet["C2"].value == "一" and sheet["D2"].value == "支部: 不对"


def test_unknown_sheets_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="没有"):
        answered(members(MEMBER), Refusal("没有", 2, None, "x"))


def test_many_rows(tmp_path: Path) -> None:
    source, target = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    source.write_bytes(members(*(MEMBER for _ in range(20_000))))
    refusals = [Refusal("党员", row, "公民身份证号", f"第 {row} 行") for row in range(2, 20_002, 7)]
    answer(source, refusals, target, heading=HEADING)
    sheet = open_workbook(target).sheets[0]
    said = [row.number for row in sheet.rows() if len(row.cells) > 7 and row.cells[7]]
    assert said == [1, *range(2, 20_002, 7)]
