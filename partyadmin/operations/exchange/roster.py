"""Records as rows of a sheet: codes in words, records by their names, dates as dates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.config import TIME_ZONE
from partyadmin.db import Base
from partyadmin.dictionary import label
from partyadmin.models import Account, Document, Member, Organisation
from partyadmin.operations.exchange.codebook import code_labels
from partyadmin.workbook.layout import Cell, Column, Kind

Words = Callable[[Any], Cell]

_BATCH = 2000
_MOST_NAMES = 100_000
"""Names of records that are kept for later rows."""

_NAMES: dict[str, Any] = {
    "organisation": (Organisation.id, Organisation.name),
    "member": (Member.id, Member.name),
    "account": (Account.id, Account.name),
    "document": (Document.id, Document.title),
}
_WIDTH_OF_NAMES = 34
_WIDTHS = {
    ("member", "name"): 10, ("member", "sex"): 6, ("member", "address"): 30, ("organisation", "name"): 34,
    ("organisation", "code"): 20, ("organisation", "kind"): 16, ("unit", "name"): 34,
    ("unit", "credit_code"): 21, ("member", "id_number"): 21, ("member", "branch_code"): 20,
    ("member", "remark"): 24,
}  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """What an export holds; `rows` reads them in the session that it is given.

    `record` is told in the file beside what the ledger holds.
    """

    subject: str
    title: str
    columns: Mapping[str, Column]
    rows: Callable[[Session], Iterator[tuple[Cell, ...]]]
    filters: Sequence[str] = field(default=())
    record: Sequence[tuple[str, str]] = ()


def sheet_of(
    session: Session,
    model: type[Base],
    names: Sequence[str],
    query: sa.Select[Any],
    *,
    title: str,
    filters: Sequence[str] = (),
    words: Mapping[str, Words] | None = None,
) -> Sheet:
    """The named columns of the records that a query selects, in its order, under the labels of the schema.

    The query has the columns of `selected_for(names)`. `words` are those of columns whose values are of no
    code list. All words are looked up here, in the reader's language; the rows need no request.
    """
    table, columns = model.__tablename__, sa.inspect(model).columns
    labels = code_labels(session, {_target(columns[name]) for name in names})
    spoken = {name: _words(columns[name], labels) for name in names} | dict(words or {})
    outside = gettext("outside your scope")

    def rows(reading: Session) -> Iterator[tuple[Cell, ...]]:
        targets = {name: _target(columns[name]) for name in names}
        named = {name: _Names(target, outside) for name, target in targets.items() if target in _NAMES}
        told = spoken | {name: found.get for name, found in named.items()}
        return _rows(reading, query, names, _written(model, names), told, named)

    headed = {name: _column(table, columns[name]) for name in names}
    return Sheet(table, title, headed, rows, tuple(filters))


def selected_for(model: type[Base], names: Sequence[str]) -> list[str]:
    """The columns to select for a sheet of the named ones: what was written where no date is known, too."""
    return list(dict.fromkeys([*names, *_written(model, names).values()]))


def _written(model: type[Base], names: Sequence[str]) -> dict[str, str]:
    """Column → the column of the text that stands for it where the value itself is unknown."""
    columns = sa.inspect(model).columns
    return {name: f"{name}_text" for name in names if f"{name}_text" in columns}


def _rows(
    reading: Session,
    query: sa.Select[Any],
    names: Sequence[str],
    written: Mapping[str, str],
    told: Mapping[str, Words | None],
    named: Mapping[str, _Names],
) -> Iterator[tuple[Cell, ...]]:
    with reading.execute(query.execution_options(yield_per=_BATCH)) as result:
        place = {name: number for number, name in enumerate(result.keys())}
        taken = [place[name] for name in names]
        spoken = [(number, words) for number, name in enumerate(names) if (words := told[name]) is not None]
        stand_ins = [(names.index(name), place[text]) for name, text in written.items()]
        for batch in result.partitions():
            for name, found in named.items():
                found.learn(reading, {row[place[name]] for row in batch})
            for row in batch:
                cells = [row[number] for number in taken]
                for number, words in spoken:
                    if cells[number] is not None:
                        cells[number] = words(cells[number])
                for number, text in stand_ins:
                    if cells[number] is None:
                        cells[number] = row[text]
                yield tuple(cells)


class _Names:
    """The names of the records that a column points to, learnt batch by batch."""

    def __init__(self, target: str, outside: str):
        self._key, self._name = _NAMES[target]
        self._outside = outside
        self._known: dict[int, str] = {}

    def learn(self, session: Session, keys: set[int | None]) -> None:
        missing = [key for key in keys if key is not None and key not in self._known]
        if not missing:
            return
        if len(self._known) > _MOST_NAMES:
            self._known.clear()
            missing = [key for key in keys if key is not None]
        query = sa.select(self._key, self._name).where(self._key.in_(missing))
        self._known.update((key, name) for key, name in session.execute(query))

    def get(self, key: int) -> str:
        return self._known.get(key, self._outside)


def _target(column: sa.Column[Any]) -> str:
    """The table that a column's values come from; empty where they are its own."""
    return next((key.column.table.name for key in column.foreign_keys if key.column.primary_key), "")


def _words(column: sa.Column[Any], labels: Mapping[str, Mapping[str, str]]) -> Words | None:
    """How a value is told; None where it is written as it is."""
    target, kind = _target(column), column.type.python_type
    if target in labels:
        known = labels[target]
        return lambda code: known.get(code, code)
    if kind is bool:
        words = {True: gettext("Yes"), False: gettext("No")}
        return words.__getitem__
    if _is_month(column):
        return lambda month: f"{month:%Y-%m}"
    if kind is datetime:
        zone = ZoneInfo(TIME_ZONE)
        return lambda moment: moment.astimezone(zone).replace(tzinfo=None)
    return None


def _column(table: str, column: sa.Column[Any]) -> Column:
    shapes = {date: (Kind.DAY, 12), datetime: (Kind.MOMENT, 17), int: (Kind.NUMBER, 9), bool: (Kind.TEXT, 8)}
    kind, width = shapes.get(column.type.python_type, (Kind.TEXT, 14))
    if _target(column) or _is_month(column):
        kind, width = Kind.TEXT, _WIDTH_OF_NAMES if _target(column) in _NAMES else 12
    return Column(label(table, column.name), kind, _WIDTHS.get((table, column.name), width))


def _is_month(column: sa.Column[Any]) -> bool:
    """Whether the first day of a month stands for the whole of it."""
    return column.name.endswith("_month")
