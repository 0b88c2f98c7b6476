"""How far an import has come, in amounts: its stages, and rows counted while they pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from flask_babel import lazy_gettext

from partyadmin.workbook.headings import Table
from partyadmin.workbook.rows import Row, Skipped

_ = lazy_gettext

Progress = Callable[[str, int, int], None]
"""Takes the stage, the amount done and the whole amount; 0 where it cannot be known."""

OPENING, READING, CHECKING, STORING, ANSWERING = "opening", "reading", "checking", "storing", "answering"
STAGES = {
    OPENING: _("Opening the workbook"),
    READING: _("Reading rows"),
    CHECKING: _("Checking rows"),
    STORING: _("Storing rows"),
    ANSWERING: _("Writing the answered workbook"),
}
SHARES = {OPENING: 8, READING: 12, CHECKING: 2, STORING: 69, ANSWERING: 9}
"""Percent of the whole time that a stage takes, as measured with 10,000 rows."""
_ROWS_BETWEEN_REPORTS = 100

_AnyRow = TypeVar("_AnyRow", Row, Skipped, Row | Skipped)


def share_done(shares: Mapping[str, int], stage: str | None, done: int, total: int) -> float:
    """How much of the whole time has passed, from 0 to 1; 0 before the first stage."""
    if stage is None or stage not in shares:
        return 0.0
    stages = list(shares)
    before = sum(shares[each] for each in stages[: stages.index(stage)])
    return (before + shares[stage] * (min(done / total, 1.0) if total else 0.0)) / 100


class RowCount:
    """Counts the rows of all tables while they are read, blank ones included."""

    def __init__(self, tables: list[Table], progress: Progress):
        self._rows = {table.sheet.name: _rows_below_header(table) for table in tables}
        self._total = sum(self._rows.values())
        self._before = 0
        self._progress = progress

    def over(self, table: Table, rows: Iterator[_AnyRow]) -> Iterator[_AnyRow]:
        """The same rows of one table."""
        for position, row in enumerate(rows):
            if position % _ROWS_BETWEEN_REPORTS == 0:
                self._tell(row.number - table.header_row)
            yield row
        self._before += self._rows[table.sheet.name]
        self._tell(0)

    def _tell(self, rows: int) -> None:
        self._progress(READING, min(self._before + rows, self._total), self._total)


def _rows_below_header(table: Table) -> int:
    return max(table.sheet.rows_used - table.header_row, 0)
