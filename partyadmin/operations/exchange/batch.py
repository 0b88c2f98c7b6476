"""The books of one import: what was read, what was refused and why, what was left out on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext

from partyadmin.workbook.rows import Row, Skipped

# Rules of an import beside those of the catalogue (table rule) and of the workbook package.
UNKNOWN_BRANCH = "UNKNOWN_BRANCH"
UNKNOWN_SUPERIOR = "UNKNOWN_SUPERIOR"
NOT_IN_CODE_LIST = "M27"


@dataclass(frozen=True)
class RowRefusal:
    """One reason against one row; `row` is Excel's, `column` the heading as the user wrote it."""

    sheet: str
    row: int
    column: str | None
    rule: str
    message: str


@dataclass
class Count:
    """Rows of one kind of record; a row with several reasons is refused once."""

    read: int = 0
    refused: int = 0

    @property
    def accepted(self) -> int:
        return self.read - self.refused

    def as_json(self) -> dict[str, int]:
        return {"read": self.read, "accepted": self.accepted, "refused": self.refused}


@dataclass
class Batch:
    """Collects while the rows pass; `headings` gives the user's word for a field, by sheet."""

    organisations: Count = field(default_factory=Count)
    members: Count = field(default_factory=Count)
    refused: list[RowRefusal] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    headings: dict[str, dict[str, str]] = field(default_factory=dict)

    def heading(self, sheet: str, field_name: str) -> str | None:
        return self.headings.get(sheet, {}).get(field_name)

    def refuse(
        self, count: Count, sheet: str, row: int, field_name: str | None, rule: str, message: str
    ) -> None:
        """Refuses a row for a reason; counts it once."""
        if (sheet, row) not in self._refused_rows:
            self._refused_rows.add((sheet, row))
            count.refused += 1
        column = self.heading(sheet, field_name) if field_name else None
        self.refused.append(RowRefusal(sheet, row, column, rule, message))

    def skip(self, count: Count, row: Skipped) -> None:
        """Leaves out a row that is no record to take; it no longer counts as read."""
        count.read -= 1
        self.skipped.append(row)

    def readable(self, count: Count, rows: Iterator[Row | Skipped]) -> Iterator[Row]:
        """The rows without unreadable cells; the others are refused, rows of no interest noted as skipped."""
        for row in rows:
            count.read += 1
            if isinstance(row, Skipped):
                self.skip(count, row)
                continue
            if not row.faults:
                yield row
            for fault in row.faults:
                message = gettext(fault.message_id, **fault.params)
                self.refuse(count, row.sheet, row.number, fault.field, fault.rule, message)

    def sort(self) -> None:
        """Puts refused and skipped rows in the order of the workbook."""
        sheets = list(self.headings)
        self.refused.sort(key=lambda each: (sheets.index(each.sheet), each.row))
        self.skipped.sort(key=lambda each: (sheets.index(each.sheet), each.number))

    def as_json(self) -> dict[str, Any]:
        """The result as the command line prints it."""
        return {
            "organisations": self.organisations.as_json(),
            "members": self.members.as_json(),
            "refused": [vars(refusal) for refusal in self.refused],
            "skipped": [
                {"sheet": row.sheet, "row": row.number, "message": gettext(row.message_id, **row.params)}
                for row in self.skipped
            ],
        }

    def __post_init__(self) -> None:
        self._refused_rows: set[tuple[str, int]] = set()
