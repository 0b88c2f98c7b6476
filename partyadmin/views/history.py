"""Versions of a record as a reader sees them: number, act, and what each one changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy_continuum import version_class

from partyadmin.db import Base, db
from partyadmin.dictionary import label
from partyadmin.models import Account, Document, Post, Transaction
from partyadmin.views.cells import Cell, cell, names_of
from partyadmin.views.columns import column_of, key_of

_MOST = 200


@dataclass(frozen=True)
class Version:
    """One version: its act, and each field that changed from the version before."""

    number: int
    act: Any
    changes: list[tuple[str, Cell, Cell]]


def versions_of(model: type[Base], key: Any, names: tuple[str, ...], masked: dict[str, str]) -> list[Version]:
    """The latest versions of a record, newest first, masked as the record itself is."""
    versions = version_class(model)
    columns = [_readable(getattr(versions, name), name, masked) for name in dict.fromkeys((*names, "ver"))]
    rows = db.session.execute(
        sa.select(*columns, versions.transaction_id)
        .where(getattr(versions, key_of(model).name) == key)
        .order_by(versions.ver.desc())
        .limit(_MOST + 1)
    ).all()
    acts = _acts(model, key, {row.transaction_id for row in rows})
    described = [column_of(model, name) for name in names]
    known = names_of(described, rows)
    found = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        changes = [
            (label(column.table, column.name), cell(column, was, known), cell(column, now, known))
            for column in described
            if (was := getattr(before, column.name, None)) != (now := getattr(row, column.name))
        ]
        found.append(Version(row.ver, acts.get(row.transaction_id), changes))
    return found[:_MOST]


def readable_changes(
    model: type[Base], changes: dict[str, tuple[Any, Any]], masked: dict[str, str]
) -> dict[str, tuple[Any, Any]]:
    """The changes that another person saved, with numbers of people masked."""
    names = sa.inspect(model).columns.keys()

    def readable(name: str, value: Any) -> Any:
        return (
            db.session.scalar(sa.select(getattr(sa.func, masked[name])(value))) if name in masked else value
        )

    return {
        name: (readable(name, was), readable(name, now))
        for name, (was, now) in changes.items()
        if name in names and name not in _DERIVED
    }


_DERIVED = frozenset(("ver", "id_key", "intake", "branch_code", "organisation_code"))


def as_cells(model: type[Base], changes: dict[str, tuple[Any, Any]]) -> list[tuple[str, Cell, Cell]]:
    """Changes in words: field, was, is now."""
    columns = {name: column_of(model, name) for name in changes}
    sides = [type("Side", (), {name: pair[side] for name, pair in changes.items()}) for side in (0, 1)]
    known = names_of(columns.values(), sides)
    return [
        (
            label(column.table, name),
            cell(column, changes[name][0], known),
            cell(column, changes[name][1], known),
        )
        for name, column in columns.items()
    ]


def _readable(column: Any, name: str, masked: dict[str, str]) -> Any:
    return getattr(sa.func, masked[name])(column).label(name) if name in masked else column


def _acts(model: type[Base], key: Any, numbers: set[int]) -> dict[int, Any]:
    """The acts by number: through the door for what has a place in the tree, else as far as readable."""
    if key_of(model).name == "id":
        rows = db.session.execute(
            sa.text("SELECT * FROM acts_of(:subject, :id)"), {"subject": model.__tablename__, "id": key}
        ).all()
        if rows:
            return {row.transaction_id: row for row in rows}
    return {
        row.transaction_id: row
        for row in db.session.execute(
            sa.select(
                Transaction.id.label("transaction_id"), Transaction.issued_at,
                Account.name.label("account_name"), sa.null().label("organisation_name"),
                (Post.level + "@" + Post.organisation_code).label("post"),
                Transaction.reason, Transaction.document_id, Document.number.label("document_number"),
                Document.title.label("document_title"), Transaction.remote_addr,
            )
            .outerjoin(Account, Account.id == Transaction.account_id)
            .outerjoin(Post, Post.id == Transaction.post_id)
            .outerjoin(Document, Document.id == Transaction.document_id)
            .where(Transaction.id.in_(numbers))
        )
    }  # fmt: skip
