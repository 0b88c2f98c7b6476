"""Small tables below the page of a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import gettext

from partyadmin.db import Base
from partyadmin.dictionary import label
from partyadmin.views.cells import NOTHING, Cell, cell, names_of
from partyadmin.views.columns import Column, column_of


@dataclass(frozen=True)
class Section:
    """One table: title, headings, rows of cells, a sentence below them, and a way to all that it tells of."""

    title: str
    headings: list[str]
    rows: list[list[Cell]]
    note: str = ""
    more: Cell | None = None


def section_of(
    title: str,
    model: type[Base],
    names: Sequence[str],
    records: Sequence[Any],
    note: str = "",
    more: Cell | None = None,
) -> Section:
    """Records of one class as a table."""
    columns = [column_of(model, name) for name in names]
    known = names_of(columns, records)
    rows = [[_cell(column, getattr(record, column.name), known) for column in columns] for record in records]
    return Section(title, [label(column.table, column.name) for column in columns], rows, note, more)


def _cell(column: Column, value: Any, known: Any) -> Cell:
    if column.name == "during":
        return Cell(_days(value))
    return cell(column, value, known)


def _days(during: Any) -> str:
    if during.empty:
        return gettext("voided on its first day")
    since = during.lower.isoformat() if during.lower else NOTHING
    until = (during.upper - timedelta(days=1)).isoformat() if during.upper else gettext("today")
    return gettext("%(since)s to %(until)s", since=since, until=until)
