from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
import xlsxwriter

from partyadmin.workbook import messages
from partyadmin.workbook.labels import LABELS
from partyadmin.workbook.refusal import DAMAGED_NUMBER, FORMULA, UNREADABLE_DATE
from partyadmin.workbook.rows import CLEANERS, Row, Skipped
from tests.workbook.making import (
    MEMBER,
    MEMBER_HEADINGS,
    members,
    only_row,
    rows_of,
    text_row,
    with_sheet_xml,
    workbook,
)


def test_every_field_has_labels_and_a_cleaner() -> None:
    assert {kind: set(fields) for kind, fields in LABELS.items()} == {k: set(f) for k, f in CLEANERS.items()}


def test_a_messy_row_comes_out_clean() -> None:
    messy = (
        "张　三 ",
        "男性",
        " 110105 19491231 002ｘ",
        "1949年12月31日",
        "正式党员",
        "001 001",
        "１３９-1234-5678",
    )
    row = only_row(members(messy))
    assert row.number == 2 and row.sheet == "党员" and row.faults == []
    assert row.values == {
        "name": "张三",
        "sex": "男",
        "id_number": "11010519491231002X",
        "birth_date": date(1949, 12, 31),
        "person_type": "正式党员",
        "branch_external_code": "001001",
        "mobile": "13912345678",
    }


def test_faults_name_the_cell_and_keep_the_rest_of_the_row() -> None:
    row = only_row(members(("张三", "男", 1.10105194912310e17, "49.12.31", "正式党员", 1001, 13912345678)))
    assert [(f.field, f.column, f.rule, f.value) for f in row.faults] == [
        ("id_number", "公民身份证号", DAMAGED_NUMBER, "1.1010519491231e+17"),
        ("birth_date", "出生日期", UNREADABLE_DATE, "49.12.31"),
        ("branch_external_code", "所在党支部编码", DAMAGED_NUMBER, "1001"),
    ]
    assert row.values["id_number"] is None and row.values["mobile"] == "13912345678"
    assert all(fault.message_id % fault.params for fault in row.faults)


def test_the_column_is_named_in_the_users_words() -> None:
    data = workbook([[" 身份证号*\n(18位) ", "姓名", "支部"], [3.4e17, "张三", "一支部"]])
    assert only_row(data).faults[0].column == "身份证号*\n(18位)"


def test_a_month_without_a_day_is_kept_as_text() -> None:
    values = only_row(members((*MEMBER[:3], "1949年12月", *MEMBER[4:]))).values
    assert (values["birth_date"], values["birth_date_text"]) == (None, "1949年12月")


def test_date_cells_and_serial_numbers() -> None:
    first, second = rows_of(members((*MEMBER[:3], date(1998, 7, 1)), (*MEMBER[:3], 35977)))
    assert isinstance(first, Row) and isinstance(second, Row)
    assert first.values["birth_date"] == second.values["birth_date"] == date(1998, 7, 1)


def test_a_calendar_that_begins_in_1904() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"date_1904": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("党员")
        sheet.write_row(0, 0, MEMBER_HEADINGS)
        sheet.write_row(1, 0, (*MEMBER[:3], date(1998, 7, 1)))
        sheet.write_row(2, 0, (*MEMBER[:3], 35977 - 1462))
        sheet.write_row(3, 0, (*MEMBER[:3], 199807))
    days = [row.values["birth_date"] for row in rows_of(buffer.getvalue()) if isinstance(row, Row)]
    assert days == [date(1998, 7, 1), date(1998, 7, 1), None]


def test_totals_empty_rows_and_repeated_headers_are_passed_over() -> None:
    data = members(
        MEMBER, [], [None, "  "], MEMBER_HEADINGS, MEMBER, ["合 计", None, "2人"], ["总计：2人"], ["共2人"]
    )
    assert [row.number for row in rows_of(data)] == [2, 6]


def test_hidden_rows_and_several_sheets_are_read() -> None:
    book = openpyxl.Workbook()
    for name in ("一支部", "二支部"):
        sheet = book.create_sheet(name)
        sheet.append(MEMBER_HEADINGS)
        sheet.append(MEMBER)
        sheet.row_dimensions[2].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    assert [(row.sheet, row.number) for row in rows_of(buffer.getvalue())] == [("一支部", 2), ("二支部", 2)]


def test_a_branch_merged_over_its_members_counts_for_each() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["所在党支部", "姓名", "身份证号"])
    sheet.append(["第一支部", "张三", MEMBER[2]])
    sheet.append([None, "李四", MEMBER[2]])
    sheet.append([None, None, None])
    sheet.append(["第二支部", "王五", MEMBER[2]])
    sheet.merge_cells("A2:A4")
    buffer = io.BytesIO()
    book.save(buffer)
    rows = [row for row in rows_of(buffer.getvalue()) if isinstance(row, Row)]
    assert [(row.number, row.values["branch_name"]) for row in rows] == [
        (2, "第一支部"),
        (3, "第一支部"),
        (5, "第二支部"),
    ]


def test_applicants_and_notes_are_skipped_and_said_so() -> None:
    data = workbook(
        [
            MEMBER_HEADINGS,
            (*MEMBER[:4], "入党积极分子", *MEMBER[5:]),
            MEMBER,
            ["注：本表一式三份"],
            ["填表人：李四"],
        ],
        "党员",
        发展对象=[MEMBER_HEADINGS, MEMBER],
    )
    skipped = [row for row in rows_of(data) if isinstance(row, Skipped)]
    assert [(s.sheet, s.number, s.message_id) for s in skipped] == [
        ("党员", 2, messages.SKIPPED_APPLICANT),
        ("党员", 4, messages.SKIPPED_NOTE),
        ("党员", 5, messages.SKIPPED_NOTE),
        ("发展对象", 2, messages.SKIPPED_SHEET),
    ]
    assert skipped[0].params == {"person_type": "入党积极分子"}


@pytest.mark.parametrize(
    ("written", "mobile", "landline"),
    [("13912345678", "13912345678", None), ("0562-2861234", None, "0562-2861234"), ("123", "123", None)],
)
def test_a_column_for_any_phone(written: str, mobile: str | None, landline: str | None) -> None:
    values = only_row(
        workbook([["姓名", "身份证号", "支部", "联系电话"], [*MEMBER[:1], MEMBER[2], "一", written]])
    ).values
    assert (values.get("mobile"), values.get("landline"), values["phone"]) == (mobile, landline, None)


def test_a_second_mobile_number_is_not_lost() -> None:
    headings = ["姓名", "身份证号", "支部", "手机", "联系电话"]
    values = only_row(workbook([headings, ["张三", MEMBER[2], "一", "13912345678", "13987654321"]])).values
    assert (values["mobile"], values["phone"]) == ("13912345678", "13987654321")


class TestFormulas:
    def test_in_a_known_column_refuses_the_row(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet("党员")
            sheet.write_row(0, 0, ["序号", *MEMBER_HEADINGS])
            sheet.write_formula(1, 0, "=ROW()-1", None, 1)
            sheet.write_row(1, 1, MEMBER)
            sheet.write_formula(2, 0, "=ROW()-1", None, 2)
            sheet.write_row(2, 1, MEMBER)
            sheet.write_formula(2, 3, '="11010519491231002X"', None, MEMBER[2])
        plain, refused = rows_of(buffer.getvalue())
        assert isinstance(plain, Row) and isinstance(refused, Row)
        assert plain.faults == []
        assert [(f.column, f.rule) for f in refused.faults] == [("公民身份证号", FORMULA)]
        assert refused.values["id_number"] is None

    def test_filling_a_range_counts_in_each_of_its_cells(self) -> None:
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet("党员")
            sheet.write_row(0, 0, MEMBER_HEADINGS)
            for number in range(1, 5):
                sheet.write_row(number, 0, MEMBER)
            sheet.write_array_formula(2, 0, 3, 0, "{=B3:B4}", None, "张三")
            sheet.write_string(3, 0, "李四")
        counts = [len(row.faults) for row in rows_of(buffer.getvalue()) if isinstance(row, Row)]
        assert counts == [0, 1, 1, 0]

    @pytest.mark.parametrize("reference", ['r="B2"', ""])
    def test_shared_and_without_references(self, reference: str) -> None:
        formula = f'<c {reference} t="str"><f t="shared" si="0"/><v>x</v></c>'
        cells = f'<c t="inlineStr"><is><t>张三</t></is></c>{formula}'
        xml = text_row(1, ["姓名", "身份证号", "支部"]) + f'<row r="2">{cells}</row>'
        assert [f.column for f in only_row(with_sheet_xml(xml)).faults] == ["身份证号"]


def test_twenty_thousand_rows_and_nothing_lost() -> None:
    data = members(*(MEMBER for _ in range(20_000)))
    rows = rows_of(data)
    assert len(rows) == 20_000 and rows[-1].number == 20_001
    assert all(isinstance(row, Row) and not row.faults for row in rows)
