"""A dirty city comes in: what cannot be read stays out, everything else is stored clean."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from tests.operations.desk import Desk, refused
from tests.operations.dirty_city import MEMBER_HEADER, ORGANISATION_HEADER, Case, DirtyCity, dirty_city

FOUNDED = ("founded", "founded_text", "phone")
HEADERS = {"党组织": ORGANISATION_HEADER, "党员": MEMBER_HEADER}


@dataclass(frozen=True)
class Loaded:
    desk: Desk
    city: DirtyCity
    answer: dict[str, Any]
    report: bytes


@pytest.fixture(scope="module")
def loaded(shared_desk: Desk) -> Loaded:
    city = dirty_city(seed=1)
    report = shared_desk.folder / "report.xlsx"
    answer = shared_desk.load(city.content, "--report", report)
    return Loaded(shared_desk, city, answer, report.read_bytes())


def all_rows(city: DirtyCity) -> list[tuple[str, int, Case]]:
    places = {"党员": city.members, "党组织": city.organisations}
    return [(sheet, row, case) for sheet, rows in places.items() for row, case in rows.items()]


def accepted(cases: dict[int, Case]) -> list[Case]:
    return [case for case in cases.values() if case.refused is None]


def test_exactly_what_cannot_be_read_is_refused(loaded: Loaded) -> None:
    expected = [(sheet, row, *case.refused) for sheet, row, case in all_rows(loaded.city) if case.refused]
    assert refused(loaded.answer) == expected
    assert all(each["message"] for each in loaded.answer["refused"])


def test_rows_are_counted(loaded: Loaded) -> None:
    for kind, cases in (("organisations", loaded.city.organisations), ("members", loaded.city.members)):
        taken = len(accepted(cases))
        assert loaded.answer[kind] == {"read": len(cases), "accepted": taken, "refused": len(cases) - taken}


def test_members_are_stored_clean(loaded: Loaded) -> None:
    stored = loaded.desk.rows("SELECT to_jsonb(member) FROM member ORDER BY id")
    cases = accepted(loaded.city.members)
    assert len(stored) == len(cases)
    for case, (values,) in zip(cases, stored, strict=True):
        address = case.cells["家庭住址"]
        expected = {"address": None if address == "不详" else address, "intake": case.intake} | case.stored
        plain = {name: str(value) if isinstance(value, date) else value for name, value in expected.items()}
        assert {name: values[name] for name in plain} == plain, case.cells


def test_organisations_are_stored_clean(loaded: Loaded) -> None:
    stored = loaded.desk.rows(
        "SELECT code, name, intake::text, founded, founded_text, phone FROM organisation"
    )
    by_code = {row[0]: dict(zip(("code", "name", "intake", *FOUNDED), row, strict=True)) for row in stored}
    cases = accepted(loaded.city.organisations)
    assert by_code.keys() == {case.cells["党组织编码"] for case in cases}
    for case in cases:
        expected = {"name": case.cells["党组织名称"], "intake": case.intake} | case.stored
        values = by_code[case.cells["党组织编码"]]
        assert {name: values[name] for name in expected} == expected


def test_versions_spells_and_counts_follow(loaded: Loaded) -> None:
    taken = len(accepted(loaded.city.members))
    value = loaded.desk.value
    assert value("SELECT count(*) FROM member_version WHERE ver = 1") == taken
    assert value("SELECT count(*) FROM member_version") == taken
    assert value("SELECT count(DISTINCT member_id) FROM membership_spell") == taken
    assert value("SELECT count(*) FROM organisation_spell") == len(accepted(loaded.city.organisations))
    counted = "SELECT count(*) FROM member m JOIN membership_status s ON s.code = m.status WHERE is_kept"
    without_status = "SELECT count(*) FROM member WHERE status IS NULL"
    assert value("SELECT sum(kept) FROM branch_count") == value(counted) + value(without_status)


def test_the_workbook_is_the_document_of_the_load(loaded: Loaded) -> None:
    query = (
        "SELECT DISTINCT d.kind, d.title, c.content FROM member_version v"
        " JOIN transaction t ON t.id = v.transaction_id JOIN document d ON d.id = t.document_id"
        " JOIN document_content c ON c.document_id = d.id"
    )
    assert loaded.desk.rows(query) == [("workbook", "city.xlsx", loaded.city.content)]


def test_the_answer_marks_the_refused_cells(loaded: Loaded) -> None:
    book = openpyxl.load_workbook(io.BytesIO(loaded.report))
    red, commented = set(), set()
    for name, header in HEADERS.items():
        sheet = book[name]
        for row in sheet.iter_rows(min_row=header + 1):
            for cell in row:
                place = (name, cell.row, sheet.cell(header, cell.column).value)
                if cell.fill.fill_type == "solid" and cell.column < sheet.max_column:
                    red.add(place)
                if cell.comment is not None:
                    commented.add(place)
    expected = {(sheet, row, case.refused[0]) for sheet, row, case in all_rows(loaded.city) if case.refused}
    assert red == commented == expected


def test_the_answer_says_why_in_one_filterable_column(loaded: Loaded) -> None:
    book = openpyxl.load_workbook(io.BytesIO(loaded.report))
    for name, header in HEADERS.items():
        sheet = book[name]
        told = {
            row for row in range(header + 1, sheet.max_row + 1) if sheet.cell(row, sheet.max_column).value
        }
        assert told == {each["row"] for each in loaded.answer["refused"] if each["sheet"] == name}
        assert sheet.auto_filter.ref is not None
        assert sheet.auto_filter.ref.startswith(
            f"A{header}:{sheet.cell(header, sheet.max_column).column_letter}"
        )


def test_the_answer_keeps_the_rest_as_it_was(loaded: Loaded) -> None:
    before = openpyxl.load_workbook(io.BytesIO(loaded.city.content))
    after = openpyxl.load_workbook(io.BytesIO(loaded.report))
    assert after.sheetnames == before.sheetnames
    for sheet in before:
        twin = after[sheet.title]
        assert set(map(str, sheet.merged_cells.ranges)) == set(map(str, twin.merged_cells.ranges))
        assert {row for row, each in sheet.row_dimensions.items() if each.hidden} == {
            row for row, each in twin.row_dimensions.items() if each.hidden
        }
        for row in sheet.iter_rows():
            for cell in row:
                other = twin.cell(cell.row, cell.column)
                assert (cell.value, cell.number_format, cell.font.b) == (
                    other.value,
                    other.number_format,
                    other.font.b,
                )


def test_other_readers_open_the_answer(loaded: Loaded) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(loaded.report))
    rows = book.get_sheet_by_name("党员").to_python(skip_empty_area=False)
    assert "公民身份证号" in rows[MEMBER_HEADER - 1]
