"""Versions of a record as a reader sees them: who made each, when, why, and what the record held then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy_continuum import version_class

from partyadmin.db import Base, db
from partyadmin.dictionary import label
from partyadmin.models import Account, Document, Post, Transaction
from partyadmin.views.cells import Cell, cell, names_of
from partyadmin.views.columns import column_of, key_of

DIGEST = "_digest"
"""Behind the name of a masked column: the digest by which two versions of it are told apart."""


@dataclass(frozen=True)
class Version:
    """One version of a record and the act that made it; None where that lies outside the reader's scope."""

    number: int
    transaction_id: int
    act: Any


def versions_of(model: type[Base], key: Any) -> list[Version]:
    """All versions of a record in scope, newest first."""
    versions = version_class(model)
    rows = db.session.execute(
        sa.select(versions.ver, versions.transaction_id)
        .where(getattr(versions, key_of(model).name) == key)
        .order_by(versions.ver.desc())
    ).all()
    acts = _acts(model, key, {row.transaction_id for row in rows})
    return [Version(row.ver, row.transaction_id, acts.get(row.transaction_id)) for row in rows]


def states_of(
    model: type[Base], key: Any, names: tuple[str, ...], masked: dict[str, str], numbers: Collection[int]
) -> dict[int, Any]:
    """What a record held in some of its versions, masked as the record itself is.

    A masked column brings its digest too, since two numbers may look alike once they are masked.
    """
    versions = version_class(model)
    columns = [_readable(getattr(versions, name), name, masked) for name in dict.fromkeys((*names, "ver"))]
    digests = [
        sa.func.md5(sa.cast(getattr(versions, name), sa.Text)).label(name + DIGEST)
        for name in names
        if name in masked
    ]
    rows = db.session.execute(
        sa.select(*columns, *digests).where(
            getattr(versions, key_of(model).name) == key, versions.ver.in_(numbers)
        )
    )
    return {row.ver: row for row in rows}


def readable_changes(
    model: type[Base], changes: dict[str, tuple[Any, Any]], masked: dict[str, str]
) -> dict[str, tuple[Any, Any]]:
    """The changes that another person saved, with numbers of people masked."""
    columns = sa.inspect(model).columns
    names = columns.keys()

    def readable(name: str, value: Any) -> Any:
        if name not in masked:
            return value
        typed = sa.literal(value, columns[name].type)
        return db.session.scalar(sa.select(getattr(sa.func, masked[name])(typed, type_=columns[name].type)))

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
                sa.null().label("organisation_phone"),
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
