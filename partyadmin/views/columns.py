"""What a mapped column holds, told from its type and its foreign key: forms, lists and versions ask here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from functools import cache
from typing import Any

import sqlalchemy as sa

from partyadmin.db import Base
from partyadmin.models import PermissionFunction
from partyadmin.models.codes import CODE_LISTS
from partyadmin.views.choices import CLOSED_LISTS


class Kind(Enum):
    """How a value is shown and typed."""

    TEXT = auto()
    NUMBER = auto()
    YES_NO = auto()
    DATE = auto()
    MONTH = auto()
    MOMENT = auto()
    CODE = auto()
    RECORD = auto()
    CHOICE = auto()
    TABLE = auto()
    PHRASE = auto()


# Dates whose first day stands for the whole month.
_MONTHS = {("member", "lost_month"), ("past_member", "lost_month")}
# Texts that name a table: what kind of record a row speaks of.
_TABLES = {("access_log", "subject"), ("export_ledger", "subject")}
# Texts whose seeded values the catalogue translates (babel.cfg); what people type over them stays as typed.
PHRASES = {("permission", "scope"), ("permission", "provenance"), ("permission", "note")}


@dataclass(frozen=True)
class Column:
    """A mapped column; `target` is the class that a code or a record comes from."""

    table: str
    name: str
    kind: Kind
    required: bool
    has_default: bool
    target: type[Any] | None = None


@cache
def column_of(model: type[Base], name: str) -> Column:
    """Describes one column of a mapped class.

    Raises KeyError for a name that is no column.
    """
    column = sa.inspect(model).columns[name]
    table = model.__tablename__
    target = _target(column)
    has_default = column.server_default is not None or column.default is not None
    return Column(
        table,
        name,
        _kind(table, column, target),
        not column.nullable and not has_default,
        has_default,
        target,
    )


@cache
def key_of(model: type[Base]) -> Column:
    """The column that names one record."""
    return column_of(model, sa.inspect(model).primary_key[0].name)


def attribute(model: type[Base], name: str) -> Any:
    """The mapped attribute of a column, for queries."""
    return getattr(model, name)


def _kind(table: str, column: sa.Column[Any], target: type[Any] | None) -> Kind:
    if target is not None:
        return Kind.CODE if target in CODE_LISTS or target is PermissionFunction else Kind.RECORD
    if (table, column.name) in CLOSED_LISTS:
        return Kind.CHOICE
    if (table, column.name) in _MONTHS:
        return Kind.MONTH
    if (table, column.name) in _TABLES:
        return Kind.TABLE
    if (table, column.name) in PHRASES:
        return Kind.PHRASE
    kinds = {bool: Kind.YES_NO, int: Kind.NUMBER, date: Kind.DATE, datetime: Kind.MOMENT}
    try:
        return kinds.get(column.type.python_type, Kind.TEXT)
    except NotImplementedError:
        return Kind.TEXT


def _target(column: sa.Column[Any]) -> type[Any] | None:
    for key in column.foreign_keys:
        # The copy of an organisation's code rides on the same key as its id, and is plain text.
        if key.column.primary_key:
            return _class_of(key.column.table)
    return None


@cache
def _class_of(table: sa.FromClause) -> type[Any]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table)
