"""From a recognised table to clean rows, each with what could not be read in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import itemgetter

from partyadmin.workbook import messages
from partyadmin.workbook.cleaning import (
    clean_code,
    clean_id_number,
    clean_label,
    clean_name,
    clean_organisation_name,
    clean_phone,
    clean_sex,
    clean_text,
    clean_yes_no,
    is_landline,
    is_mobile_phone,
    plain_text,
)
from partyadmin.workbook.dates import clean_date, clean_date_from_1904, clean_month
from partyadmin.workbook.headings import Table
from partyadmin.workbook.labels import NOT_MEMBERS
from partyadmin.workbook.reading import Scalar, SheetRow
from partyadmin.workbook.refusal import FORMULA, CellRefused

Value = str | bool | date | None
Cleaner = Callable[[Scalar], Value]

CLEANERS: dict[str, dict[str, Cleaner]] = {
    "organisation": {
        "external_code": clean_code,
        "superior_code": clean_code,
        "superior_name": clean_organisation_name,
        "name": clean_organisation_name,
        "short_name": clean_organisation_name,
        "kind": clean_label,
        "can_admit": clean_yes_no,
        "secretary": clean_name,
        "contact": clean_name,
        "phone": clean_phone,
        "founded": clean_date,
        "unit_situation": clean_label,
        "unit_name": clean_organisation_name,
        "credit_code": clean_code,
        "unit_nature": clean_label,
        "is_legal_entity": clean_yes_no,
        "unit_party_status": clean_label,
    },
    "member": {
        "name": clean_name,
        "sex": clean_sex,
        "ethnicity": clean_label,
        "id_number": clean_id_number,
        "birth_date": clean_date,
        "education": clean_label,
        "person_type": clean_label,
        "branch_external_code": clean_code,
        "branch_name": clean_organisation_name,
        "join_date": clean_date,
        "full_date": clean_date,
        "job_post": clean_label,
        "mobile": clean_phone,
        "landline": clean_phone,
        "phone": clean_phone,
        "address": clean_text,
        "status": clean_label,
        "lost": clean_yes_no,
        "lost_month": clean_month,
        "is_mobile": clean_yes_no,
        "destination": clean_text,
        "remark": clean_text,
    },
}

_TOTAL = re.compile(r"(合计|总计|小计|共计|总数|本页小计)[:：]?.{0,12}|共\d+(人|名|个).{0,12}")
_NOTE = re.compile(r"(注|备注|说明|填表|制表|审核|填报|报送|负责人|联系人|单位\W*盖章|盖章).*", re.DOTALL)


@dataclass(frozen=True)
class Fault:
    """A cell that cannot be taken; `column` is the heading in the user's words, `value` the cell's text."""

    field: str
    column: str
    rule: str
    message_id: str
    params: dict[str, str]
    value: str


@dataclass(frozen=True)
class Row:
    """A cleaned row of `sheet`; a refused cell is None in `values`, a date without a day `<field>_text`."""

    sheet: str
    number: int
    values: dict[str, Value]
    faults: list[Fault]


@dataclass(frozen=True)
class Skipped:
    """A row that is left out on purpose, and why."""

    sheet: str
    number: int
    message_id: str
    params: dict[str, str]


def read_rows(table: Table) -> Iterator[Row | Skipped]:
    """The rows below the header, without totals, repeated headers and rows that hold nothing known."""
    columns = [
        (field, column, _cleaner(table, field))
        for field, column in sorted(table.columns.items(), key=itemgetter(1))
    ]
    for row in table.sheet.rows():
        if row.number <= table.header_row or _is_total(row) or _repeats_header(row, table):
            continue
        values: dict[str, Value] = {}
        faults: list[Fault] = []
        cells, width = row.cells, len(row.cells)
        for field, column, clean in columns:
            try:
                values[field] = clean(cells[column]) if column < width else None
            except CellRefused as refused:
                values[field] = None
                faults.append(_fault(table, row, field, refused))
        if row.formulas:
            _refuse_formulas(table, row, values, faults)
        if faults or any(value is not None for value in values.values()):
            yield _skipped(table, row, values) or _finished(table, row, values, faults)


def _cleaner(table: Table, field: str) -> Cleaner:
    clean = CLEANERS[table.kind][field]
    return clean_date_from_1904 if clean is clean_date and table.sheet.counts_from_1904 else clean


def _is_total(row: SheetRow) -> bool:
    first = next((value for value in row.cells if value not in ("", None)), None)
    return isinstance(first, str) and _TOTAL.fullmatch("".join(first.split())) is not None


def _repeats_header(row: SheetRow, table: Table) -> bool:
    """Rosters joined from printed pages carry their header again and again."""
    column = table.columns.get("name", 0)
    value = row.cells[column] if column < len(row.cells) else None
    return isinstance(value, str) and value.strip() == table.labels.get("name")


def _fault(table: Table, row: SheetRow, field: str, refused: CellRefused) -> Fault:
    value = plain_text(row.cells[table.columns[field]])
    return Fault(field, table.labels[field], refused.rule, refused.message_id, refused.params, value)


def _refuse_formulas(table: Table, row: SheetRow, values: dict[str, Value], faults: list[Fault]) -> None:
    """The cached result of a formula may be stale or invented, so it is not read at all."""
    for field, column in table.columns.items():
        if column in row.formulas:
            values[field] = None
            faults[:] = [fault for fault in faults if fault.field != field]
            faults.append(_fault(table, row, field, CellRefused(FORMULA, messages.FORMULA)))


def _skipped(table: Table, row: SheetRow, values: dict[str, Value]) -> Skipped | None:
    sheet = table.sheet.name
    if table.applicants:
        return Skipped(sheet, row.number, messages.SKIPPED_SHEET, {"sheet": sheet})
    person_type = values.get("person_type")
    if isinstance(person_type, str) and person_type in NOT_MEMBERS:
        return Skipped(sheet, row.number, messages.SKIPPED_APPLICANT, {"person_type": person_type})
    known = [value for value in values.values() if value is not None]
    if len(known) <= 2 and isinstance(known[0] if known else None, str) and _NOTE.fullmatch(str(known[0])):
        return Skipped(sheet, row.number, messages.SKIPPED_NOTE, {})
    return None


def _finished(table: Table, row: SheetRow, values: dict[str, Value], faults: list[Fault]) -> Row:
    for field in ("birth_date", "join_date", "full_date", "founded"):
        if isinstance(values.get(field), str):
            values[f"{field}_text"] = values[field]
            values[field] = None
    if table.kind == "member" and "phone" in table.columns:
        _place_phone(values)
    return Row(table.sheet.name, row.number, values, faults)


def _place_phone(values: dict[str, Value]) -> None:
    """A column for any phone fills mobile or landline by its shape; `phone` stays when neither is free."""
    number = values["phone"]
    if not isinstance(number, str):
        return
    field = "landline" if is_landline(number) and not is_mobile_phone(number) else "mobile"
    if values.get(field) in (None, number):
        values[field] = number
        values["phone"] = None
