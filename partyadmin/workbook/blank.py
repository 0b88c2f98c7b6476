"""The workbook to begin with: two sheets whose headings an import recognises, and nothing below them."""

from __future__ import annotations

from typing import BinaryIO

from xlsxwriter import Workbook

from partyadmin.workbook.labels import LABELS, MANDATORY

_SHEETS = {"organisation": "党组织", "member": "党员"}
_NUMBERS = {
    "id_number", "mobile", "landline", "phone", "external_code", "superior_code", "branch_external_code",
    "credit_code",
}  # fmt: skip
_OTHER_NAMES = {"phone": "member"}
"""A field that only stands for others in sheets of this kind."""
_WIDE, _NARROW = 24, 14


def write_blank(out: BinaryIO) -> None:
    """Writes it; columns of numbers keep what is typed as text, and mandatory headings are bold and red."""
    workbook = Workbook(out, {"in_memory": True})
    text = workbook.add_format({"num_format": "@"})
    heading = workbook.add_format({"bg_color": "#ECEEF1", "border": 1})
    must = workbook.add_format({"bg_color": "#ECEEF1", "border": 1, "bold": True, "font_color": "#A82A10"})
    for kind, name in _SHEETS.items():
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        mandatory = {field for group in MANDATORY[kind] for field in group}
        fields = [field for field in LABELS[kind] if _OTHER_NAMES.get(field) != kind]
        for column, field in enumerate(fields):
            label = LABELS[kind][field][0]
            width = _WIDE if len(label) > 6 or field in _NUMBERS else _NARROW
            sheet.set_column(column, column, width, text if field in _NUMBERS else None)
            sheet.write_string(0, column, label, must if field in mandatory else heading)
    workbook.close()
