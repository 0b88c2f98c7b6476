"""A roster goes out: in scope, masked, inert, and in the ledger."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from partyadmin.workbook.writing import FIRST_ROW
from tests.operations.desk import Desk
from tests.operations.rows import member, organisations, sheet, workbook

OTHER = [
    ("001002", "001", "中共云岭市乙县委员会", "县委"),
    ("001002001", "001002", "中共乙县支部委员会", "党支部"),
]
PEOPLE = [
    member(姓名="𠮷野𡈼", 固定电话="0562-2861234"),
    member(姓名="=1+1", 家庭住址='=HYPERLINK("http://x","y")'),
    member(出生日期="1980.03", 是否失联="是", 失去联系日期="2020.05", 是否流动="是", 外出流向="上海打工"),
    member(所在党支部编码="001002001"),
]


@pytest.fixture(scope="module")
def filled(shared_desk: Desk) -> Desk:
    answer = shared_desk.load(workbook(党组织=organisations(*OTHER), 党员=sheet(PEOPLE)))
    assert answer["refused"] == []
    shared_desk.open_account("county", "county@001001")
    return shared_desk


def export(desk: Desk, *more: str | Path, login: str = "loader", scope: str = "001") -> Path:
    out = desk.folder / f"roster-{len(list(desk.folder.iterdir()))}.xlsx"
    arguments = (
        "export",
        "members",
        "--as",
        login,
        "--scope",
        scope,
        "--purpose",
        "年度统计",
        "--out",
        out,
        *more,
    )
    result = desk.run(*arguments)
    assert result.exit_code == 0, result.output
    return out


def table(file: Path) -> list[dict[str, Any]]:
    """The rows below the headings."""
    headings, *rows = openpyxl.load_workbook(file).active.iter_rows(min_row=FIRST_ROW, values_only=True)
    return [dict(zip(headings, row, strict=True)) for row in rows]


def column(file: Path, number: int) -> list[Any]:
    return [list(row.values())[number] for row in table(file)]


def test_numbers_are_masked(filled: Desk) -> None:
    row = list(table(export(filled))[0].values())
    number, mobile = PEOPLE[0]["公民身份证号"], PEOPLE[0]["手机号"]
    assert f"{number[:6]}********{number[-4:]}" in row
    assert number not in row and mobile not in row and "0562-2861234" not in row


def test_full_numbers_stand_in_the_ledger(filled: Desk) -> None:
    file = export(filled, "--full-id")
    assert PEOPLE[0]["公民身份证号"] in list(table(file)[0].values())
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    ledger = f"SELECT purpose, full_numbers, rows, way FROM export_ledger WHERE sha256 = '{digest}'"
    assert filled.rows(ledger) == [("年度统计", True, len(PEOPLE), "command line")]
    assert file.stat().st_mode & 0o077 == 0


def test_the_sheet_is_laid_out(filled: Desk) -> None:
    sheet = openpyxl.load_workbook(export(filled, "--full-id")).active
    assert sheet is not None and sheet.freeze_panes == f"A{FIRST_ROW + 1}"
    cells = {
        str(cell.value): cell
        for row in sheet.iter_rows(min_row=FIRST_ROW + 1)
        for cell in row
        if cell.value is not None
    }
    assert cells[PEOPLE[0]["公民身份证号"]].number_format == "@"
    assert cells[PEOPLE[0]["手机号"]].data_type == "s"
    dates = [
        cell
        for row in sheet.iter_rows(min_row=FIRST_ROW + 1)
        for cell in row
        if isinstance(cell.value, datetime)
    ]
    assert {cell.number_format for cell in dates} == {"yyyy-mm-dd"}
    assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
    assert {"=1+1", '=HYPERLINK("http://x","y")', "𠮷野𡈼"} <= cells.keys()


def test_a_roster_comes_back_as_it_went(filled: Desk, desk: Desk) -> None:
    """In Chinese the headings of an export are headings of an import."""
    file = export(filled, "--full-id")
    headings = list(table(file)[0])
    if not any("姓名" in str(heading) for heading in headings):
        pytest.skip("the translations are not compiled")
    query = (
        "SELECT name, sex, id_number, birth_date, birth_date_text, join_date, status, lost, lost_month,"
        " branch_code, mobile, landline, address, destination_text FROM member ORDER BY id"
    )
    desk.load(workbook(党组织=organisations(*OTHER)))
    answer = desk.load(file.read_bytes())
    assert answer["refused"] == []
    assert desk.rows(query) == filled.rows(query)


def test_only_the_scope_goes_out(filled: Desk) -> None:
    assert len(table(export(filled, scope="001001"))) == 3
    assert len(table(export(filled, scope="001002001"))) == 1
    assert len(table(export(filled, login="county", scope="001001"))) == 3


@pytest.mark.parametrize(
    "changed",
    [
        {"--scope": "001002", "--as": "county"},
        {"--scope": "001", "--as": "county"},
        {"--scope": "999"},
        {"--purpose": ""},
        {"--purpose": "  "},
        {"--purpose": "长" * 201},
        {"--out": "/nowhere/roster.xlsx"},
        {"--out": "/dev/null"},
        {"--as": "nobody"},
        {"--as": "system"},
    ],
)
def test_a_refused_export_leaves_nothing(filled: Desk, changed: dict[str, str]) -> None:
    if filled.value("SELECT count(*) FROM account WHERE login = 'system'") == 0:
        filled.open_account("system", "system@001")
    folder = filled.folder / "empty"
    folder.mkdir(exist_ok=True)
    options = {"--as": "loader", "--scope": "001", "--purpose": "统计", "--out": str(folder / "roster.xlsx")}
    before = filled.state()
    assert filled.refusal(
        "export", "members", *(word for pair in (options | changed).items() for word in pair)
    )
    assert list(folder.iterdir()) == []
    assert filled.state() == before


def test_an_existing_file_stays_when_the_export_is_refused(filled: Desk) -> None:
    file = filled.folder / "kept.xlsx"
    file.write_bytes(b"kept")
    filled.refusal("export", "members", "--as", "loader", "--scope", "9", "--purpose", "统计", "--out", file)
    assert file.read_bytes() == b"kept"


def test_a_branch_takes_out_masked_numbers_only(filled: Desk) -> None:
    filled.open_account("branch", "branch@001002001")
    assert len(table(export(filled, login="branch", scope="001002001"))) == 1
    file = filled.folder / "full.xlsx"
    options = ("--as", "branch", "--scope", "001002001", "--purpose", "统计", "--full-id", "--out", file)
    assert filled.refusal("export", "members", *options)
    assert not file.exists()
