"""Type-ahead choices, each found inside the reader's scope and at most 20 at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import Account, Document, Member, Organisation, Post, Region
from partyadmin.models.codes import Level, OrganisationKind
from partyadmin.views.labels import label_of, reads_chinese

LIMIT = 20
_LONGEST = 60
_LONGEST_NAME = 500
_MOST_NAMED = 500
_LARGEST = 2**63 - 1

# What is known of organisations outside the scope: committees that may receive members, and superiors.
_directory = sa.table(
    "organisation_directory",
    sa.column("id", sa.BigInteger), sa.column("code", sa.Text), sa.column("name", sa.Text),
    sa.column("phone", sa.Text),
)  # fmt: skip

Choice = tuple[str, str]
Rows = sa.Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Lookup:
    """Finds what can be chosen: `rows` selects it in scope, `key` names one, `fields` are searched."""

    name: str
    rows: Callable[[], Rows]
    key: Callable[[Any], Any]
    fields: Callable[[Any], tuple[Any, ...]]
    text: Callable[[Any], str]
    numbered: bool = True
    newest_first: bool = False

    def search(self, typed: str) -> list[Choice]:
        """What matches a few typed characters."""
        query = self.rows()
        columns = query.selected_columns
        term = typed.strip()[:_LONGEST]
        if term:
            matches = (
                sa.func.strpos(sa.func.lower(field), term.lower()) > 0 for field in self.fields(columns)
            )
            query = query.where(sa.or_(*matches))
        order = next(iter(columns))
        found = db.session.execute(query.order_by(order.desc() if self.newest_first else order).limit(LIMIT))
        return [(str(self.key(row)), self.text(row)) for row in found]

    def named(self, words: str) -> list[Choice]:
        """What is called exactly so: as it is shown, or by one of its searched fields."""
        query = self.rows()
        fields = self.fields(query.selected_columns)
        words = words[:_LONGEST_NAME]
        held = (sa.and_(field != "", sa.func.strpos(words, field) > 0) for field in fields)
        found = db.session.execute(query.where(sa.or_(*held)).limit(_MOST_NAMED)).all()
        shown = [row for row in found if self.text(row) == words]
        rows = shown or [row for row in found if words in [getattr(row, field.key) for field in fields]]
        return [(str(self.key(row)), self.text(row)) for row in rows]

    def find(self, key: Any) -> Choice | None:
        """One choice by its key; None where it does not exist or lies out of scope."""
        if self.numbered:
            if not str(key).isascii() or not str(key).isdigit() or int(key) > _LARGEST:
                return None
            key = int(key)
        query = self.rows()
        row = db.session.execute(query.where(self.key(query.selected_columns) == key)).one_or_none()
        return None if row is None else (str(self.key(row)), self.text(row))


def whom_to_ask() -> tuple[str, str | None] | None:
    """The superior organisation and its office telephone; None for the root."""
    superior = current_user.organisation_code[:-3]
    query = sa.select(_directory.c.name, _directory.c.phone).where(_directory.c.code == superior)
    row = db.session.execute(query).one_or_none()
    return None if row is None else (row.name, row.phone)


def _organisations() -> Rows:
    if not current_user.sees_records:
        return sa.select(_directory.c.code, _directory.c.name, _directory.c.id)
    return sa.select(Organisation.code, Organisation.name, Organisation.id).where(
        Organisation.ended.is_(None)
    )


def _branches() -> Rows:
    return (
        _organisations()
        .join(OrganisationKind, OrganisationKind.code == Organisation.kind)
        .where(OrganisationKind.holds_members)
    )


def _accounts() -> Rows:
    return sa.select(Account.login, Account.name, Account.id).where(Account.closed.is_(None))


def _posts() -> Rows:
    return (
        sa.select(
            Post.organisation_code, Post.level, Post.id, sa.func.coalesce(Organisation.name, "").label("name")
        )
        .outerjoin(Organisation, Organisation.id == Post.organisation_id)
        .where(Post.closed.is_(None))
    )


def _members() -> Rows:
    return sa.select(
        Member.name, sa.func.id_number_masked(Member.id_number).label("number"),
        Organisation.name.label("branch"), Member.id,
    ).join(Organisation, Organisation.id == Member.branch_id)  # fmt: skip


def _documents() -> Rows:
    return sa.select(Document.id, sa.func.coalesce(Document.number, "").label("number"), Document.title)


def _regions() -> Rows:
    return sa.select(
        Region.code,
        Region.label_zh,
        Region.label_en,
        sa.func.coalesce(Region.full_name, "").label("full_name"),
    ).where(Region.ended.is_(None))


def _id(row: Any) -> Any:
    return row.id


def _code(row: Any) -> Any:
    return row.code


def _name_and_code(row: Any) -> str:
    return f"{row.name} ({row.code})"


def _names(columns: Any) -> tuple[Any, ...]:
    return (columns.name, columns.code)


ORGANISATION = Lookup("organisation", _organisations, _id, _names, _name_and_code)
BRANCH = Lookup("branch", _branches, _id, _names, _name_and_code)
ORGANISATION_CODE = Lookup("organisation_code", _organisations, _code, _names, _name_and_code, numbered=False)
ACCOUNT = Lookup(
    "account", _accounts, _id, lambda c: (c.name, c.login), lambda row: f"{row.name} ({row.login})"
)
POST = Lookup(
    "post", _posts, _id, lambda c: (c.name, c.organisation_code, c.level),
    lambda row: f"{row.name or row.organisation_code} · {label_of(Level, row.level)}",
)  # fmt: skip
MEMBER = Lookup(
    "member", _members, _id, lambda c: (c.name,), lambda row: f"{row.name} {row.number} {row.branch}"
)
DOCUMENT = Lookup(
    "document", _documents, _id, lambda c: (c.number, c.title),
    lambda row: f"{row.number} {row.title}".strip(), newest_first=True,
)  # fmt: skip
REGION = Lookup(
    "region", _regions, _code, lambda c: (c.label_zh, c.label_en, c.full_name, c.code),
    lambda row: f"{(row.full_name or row.label_zh) if reads_chinese() else row.label_en} ({row.code})",
    numbered=False,
)  # fmt: skip

# A relation without a lookup of its own has no scope, and a form with one does not start.
BY_CLASS: dict[type[Any], Lookup] = {
    Organisation: ORGANISATION, Account: ACCOUNT, Post: POST, Document: DOCUMENT, Region: REGION,
}  # fmt: skip
