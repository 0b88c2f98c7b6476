"""What a page tells of an import, as JSON: what was read and refused, numbers of people masked."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask_babel import gettext

from partyadmin.operations.exchange.batch import RowRefusal
from partyadmin.operations.exchange.load import ImportResult
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.headings import Table
from partyadmin.workbook.labels import LABELS

_NUMBERS_OF_PEOPLE = {"id_number", "mobile", "landline", "phone"}
# ID numbers of 15 or 18 places and mobile numbers, written together or in groups; codes of ours begin with 0.
_NUMBER_OF_A_PERSON = re.compile(
    r"(?<!\d)(?:[1-9](?:[ -]?\d){14}(?:(?:[ -]?\d){2}[ -]?[\dXx])?|1[3-9](?:[ -]?\d){9})(?![\dXx])"
)
_ANY_NUMBER = re.compile(r"\d(?:[ -]?[\dXx]){6,}")
_LONGEST_TEXT = 120
_SHOWN_IN_FULL = 1e11


def outcome_of(result: ImportResult) -> dict[str, Any]:
    """Figures, recognised tables, and each refusal with the cell as it stands in the workbook."""
    batch = result.batch
    counts = batch.organisations, batch.members
    reasons = Counter(gettext(row.message_id, **row.params) for row in batch.skipped)
    rules = Counter(refusal.rule for refusal in batch.refused)
    return {
        "read": sum(count.read for count in counts),
        "accepted": sum(count.accepted for count in counts),
        "refused": sum(count.refused for count in counts),
        "organisations": batch.organisations.as_json(),
        "members": batch.members.as_json(),
        "tables": [_table(table) for table in result.tables],
        "skipped": reasons.most_common(),
        "rules": rules.most_common(),
        "refusals": _refusals(result),
    }


def hide_numbers(text: str, *, in_column_of_numbers: bool = False) -> str:
    """A text with the numbers of people shown by their ends; in a column of such numbers each longer one."""
    pattern = _ANY_NUMBER if in_column_of_numbers else _NUMBER_OF_A_PERSON
    return pattern.sub(lambda found: _ends(found[0]), text)


def _ends(number: str) -> str:
    """The first 6 and last 4 characters of an ID number, the first 3 and last 4 of a telephone number."""
    first, last = (6, 4) if len(number) >= 15 else (3, 4)
    hidden = len(number) - first - last
    return number[:first] + "*" * hidden + number[-last:] if hidden > 0 else "*" * len(number)


def _table(table: Table) -> dict[str, Any]:
    """The sheet, its header row and what each of its columns was taken for."""
    columns = sorted(table.columns.items(), key=lambda entry: entry[1])
    return {
        "sheet": table.sheet.name,
        "kind": table.kind,
        "header_row": table.header_row,
        "columns": [
            [letters(column), table.labels[name], LABELS[table.kind][name][0]] for name, column in columns
        ],
    }


def letters(column: int) -> str:
    """A column (from 0) as spreadsheets call it."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _refusals(result: ImportResult) -> list[dict[str, Any]]:
    cells = _cells(result)
    return [
        {
            "sheet": refusal.sheet,
            "row": refusal.row,
            "column": refusal.column,
            "rule": refusal.rule,
            "message": hide_numbers(refusal.message),
            **cells[position],
        }
        for position, refusal in enumerate(result.batch.refused)
    ]


def _cells(result: ImportResult) -> list[dict[str, str]]:
    """For each refusal the name on its row, the letters of its column and the value in its cell."""
    by_row: dict[tuple[str, int], list[int]] = {}
    for position, refusal in enumerate(result.batch.refused):
        by_row.setdefault((refusal.sheet, refusal.row), []).append(position)
    sheets = {sheet for sheet, _ in by_row}
    found: list[dict[str, str]] = [{} for _ in result.batch.refused]
    for table in result.tables:
        for row in table.sheet.rows() if table.sheet.name in sheets else ():
            for position in by_row.get((table.sheet.name, row.number), ()):
                found[position] = _cell(table, row.cells, result.batch.refused[position])
    return found


def _shown(value: Any) -> str:
    """A cell as the spreadsheet shows it: of a number that it has damaged, the first digits alone."""
    if isinstance(value, float) and value >= _SHOWN_IN_FULL:
        return f"{value:.5E}"
    return plain_text(value)[:_LONGEST_TEXT]


def _cell(table: Table, cells: list[Any], refusal: RowRefusal) -> dict[str, str]:
    def text(name: str | None) -> str:
        column = table.columns.get(name) if name else None
        return _shown(cells[column]) if column is not None and column < len(cells) else ""

    name = next((name for name, label in table.labels.items() if label == refusal.column), None)
    return {
        "name": hide_numbers(text("name")),
        "letters": letters(table.columns[name]) if name else "",
        "value": hide_numbers(text(name), in_column_of_numbers=name in _NUMBERS_OF_PEOPLE),
    }
