"""How a stored value looks on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import current_app, g, url_for
from flask_babel import get_timezone, gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.dictionary import label, table_label
from partyadmin.models import (
    Account,
    ChangeKind,
    ChangeOrder,
    Document,
    FieldDelegation,
    Member,
    Organisation,
    Permission,
    PermissionFunction,
    Post,
    Report,
    ReportKind,
    Unit,
)  # fmt: skip
from partyadmin.models.codes import Level
from partyadmin.views.choices import words, yes_no
from partyadmin.views.columns import Column, Kind, column_of
from partyadmin.views.labels import enumeration, label_of, phrase, said_of

NOTHING = "–"
# What it means that a value is not there yet.
_NOT_YET = {("export_ledger", "rows"): lazy_gettext("not finished: still leaving, or broken off")}


class Cell(NamedTuple):
    """A value in words, the page of the record it names, and marks in its place: style, sign and word."""

    text: str
    href: str | None = None
    marks: tuple[tuple[str, str, str], ...] = ()


Names = dict[tuple[type[Any], int], str]


def moment(value: datetime) -> str:
    """A moment in the time zone of the pages, to the minute."""
    return f"{value.astimezone(get_timezone()):%Y-%m-%d %H:%M}"


def today() -> date:
    """Today in the time zone of the pages, wherever the server stands."""
    return datetime.now(get_timezone()).date()


def cell(column: Column, value: Any, names: Names) -> Cell:
    """One value as the reader sees it."""
    if value is None:
        return Cell(_nothing(column))
    if column.kind is Kind.RECORD:
        return _record(column, value, names)
    return Cell(text_of(column, value))


def text_of(column: Column, value: Any) -> str:
    """One value in words, for every kind but records."""
    if value is None:
        return _nothing(column)
    if column.kind is Kind.CODE and column.target is not None:
        found = label_of(column.target, value)
        return f"{value} {found}" if column.target is PermissionFunction else found
    if column.kind is Kind.YES_NO:
        return yes_no()[value]
    if column.kind is Kind.CHOICE:
        return words(column.table, column.name).get(value, value)
    if column.kind is Kind.TABLE:
        return table_label(value)
    if column.kind is Kind.PHRASE:
        return phrase(value)
    if column.kind is Kind.MONTH:
        return f"{value:%Y-%m}"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, dict):
        return enumeration(
            said_of(label("member", name), item_text(name, each)) for name, each in value.items()
        )
    return value.isoformat() if isinstance(value, date) else str(value)


def item_text(name: str, value: Any) -> str:
    """An item of the member record in words, as a report brings it: dates are texts there."""
    column = column_of(Member, name)
    if column.kind is Kind.MONTH and isinstance(value, str):
        return value[:7]
    return text_of(column, value)


def _nothing(column: Column) -> str:
    return str(_NOT_YET.get((column.table, column.name), NOTHING))


def names_of(columns: Iterable[Column], rows: Iterable[Any]) -> Names:
    """The names of all records that the rows point to, one query for each kind of record."""
    wanted: defaultdict[type[Any], set[int]] = defaultdict(set)
    pointing = [column for column in columns if column.kind is Kind.RECORD and column.target is not None]
    for row in rows:
        for column in pointing:
            if (value := getattr(row, column.name, None)) is not None and column.target is not None:
                wanted[column.target].add(value)
    return {key: name for target, ids in wanted.items() for key, name in names_in(target, ids).items()}


def names_in(target: type[Any], ids: Collection[int]) -> Names:
    """The names of some records of one kind, of those that the reader may know."""
    return {(target, row[0]): _name(target, row) for row in _named(target, ids)} if ids else {}


def _named(target: type[Any], ids: Collection[int]) -> list[Any]:
    statements: dict[type[Any], sa.Select[*tuple[Any, ...]]] = {
        Organisation: sa.select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)),
        Member: sa.select(Member.id, Member.name).where(Member.id.in_(ids)),
        Account: sa.select(Account.id, Account.name).where(Account.id.in_(ids)),
        Document: sa.select(Document.id, Document.title, Document.number).where(Document.id.in_(ids)),
        Post: sa.select(Post.id, Post.level, Post.organisation_code, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Post.organisation_id)
        .where(Post.id.in_(ids)),
        ChangeOrder: sa.select(ChangeOrder.id, ChangeOrder.kind).where(ChangeOrder.id.in_(ids)),
        Unit: sa.select(Unit.id, Unit.name).where(Unit.id.in_(ids)),
        Report: sa.select(Report.id, Report.kind, Member.name)
        .outerjoin(Member, Member.id == Report.member_id)
        .where(Report.id.in_(ids)),
        FieldDelegation: sa.select(FieldDelegation.id, FieldDelegation.field, Organisation.name)
        .outerjoin(Organisation, Organisation.id == FieldDelegation.branch_id)
        .where(FieldDelegation.id.in_(ids)),
        Permission: sa.select(Permission.id, Permission.function, Permission.level).where(
            Permission.id.in_(ids)
        ),
    }
    statement = statements.get(target)
    return [] if statement is None else list(db.session.execute(statement))


def _name(target: type[Any], row: Any) -> str:
    if target is Post:
        return f"{row.name or row.organisation_code} · {label_of(Level, row.level)}"
    if target is ChangeOrder:
        return f"{label_of(ChangeKind, row.kind)} {gettext('No. %(number)s', number=row.id)}"
    if target is Permission:
        return f"{row.function} {label_of(PermissionFunction, row.function)} · {label_of(Level, row.level)}"
    if target is Report:
        return " ".join(filter(None, (label_of(ReportKind, row.kind), row.name)))
    if target is FieldDelegation:
        return f"{label('member', row.field)} · {row.name or NOTHING}"
    if target is Document and row.number:
        return f"{row.number} {row.title}"
    return row[1] or NOTHING


def _record(column: Column, value: int, names: Names) -> Cell:
    assert column.target is not None
    noun = column.target.__tablename__
    if (column.target, value) not in names:
        known = f"{noun}.details_view" in current_app.view_functions and noun != "transaction"
        return Cell(gettext("outside your scope") if known else f"#{value}")
    path = _path_of(noun)
    return Cell(names[column.target, value], f"{path}?id={value}" if path else None)


def may_open(noun: str) -> bool:
    """Whether this reader may open the pages of a noun."""
    return _path_of(noun) is not None


def _path_of(noun: str) -> str | None:
    """Where this reader opens the pages of a noun, None where they may not; asked once a request."""
    known: dict[str, str | None] = g.setdefault("paths", {})
    if noun not in known:
        (admin,) = current_app.extensions["admin"]
        opens = any(view.endpoint == noun and view.is_accessible() for view in admin._views)
        known[noun] = url_for(f"{noun}.details_view") if opens else None
    return known[noun]
