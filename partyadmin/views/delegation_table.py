"""Which fields each branch may keep itself, at one look: branches down, fields across, from day to day."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort, request
from flask_babel import gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import FieldDelegation, Organisation
from partyadmin.models.codes import OrganisationKind
from partyadmin.views.cells import today
from partyadmin.views.filters import Below
from partyadmin.views.paging import Page, read_page

MOST_ON_PAPER = 500
"""Branches of one printed overview."""
PLACE = Below("organisation", column="code")


class Held(NamedTuple):
    """A delegation of one field to one branch: that of today, else the newest."""

    id: int
    since: date
    until: date | None

    @property
    def words(self) -> tuple[str, ...]:
        """From, to, and what it is where it does not hold today."""
        until = gettext("open-ended") if self.until is None else f"– {self.until}"
        if self.since > today():
            return str(self.since), until, gettext("not yet begun")
        return (str(self.since), until) if self.holds else (str(self.since), until, gettext("ended"))

    @property
    def holds(self) -> bool:
        return self.since <= today() and (self.until is None or self.until >= today())


class Asked(NamedTuple):
    """What a request asks of the overview: the branches in scope that it leaves."""

    query: sa.Select[Any]
    place: str
    held_only: bool

    @property
    def parameters(self) -> dict[str, str]:
        given = {"organisation": self.place, "held": "1" if self.held_only else ""}
        return {name: value for name, value in given.items() if value}

    def page(self) -> Page:
        """One page of branches by code; 400 for a broken token."""
        return read_page(self.query, (Organisation.code,))

    def all(self) -> list[Any]:
        """The branches for paper, one more than fit where there are more."""
        return list(db.session.execute(self.query.order_by(Organisation.code).limit(MOST_ON_PAPER + 1)))


def read_asked() -> Asked:
    """The branches of the request; 400 for a bad filter."""
    place, held = (request.args.get(name, "").strip() for name in ("organisation", "held"))
    query = _branches()
    if place:
        query = PLACE.narrow(query, Organisation, place)
    if held not in ("", "1"):
        abort(400)
    return Asked(query.where(_keeps_fields()) if held else query, place, bool(held))


def counts_of(asked: Asked) -> tuple[int, int]:
    """How many branches of the place keep fields themselves today, and how many there are."""
    every = PLACE.narrow(_branches(), Organisation, asked.place) if asked.place else _branches()
    numbers = every.with_only_columns(sa.func.count().filter(_keeps_fields()), sa.func.count())
    held, all_of_them = db.session.execute(numbers).one()
    return held, all_of_them


def held_by(branches: list[int]) -> dict[tuple[int, str], Held]:
    """The delegations of some branches by branch and field."""
    columns = (
        FieldDelegation.branch_id, FieldDelegation.field,
        FieldDelegation.id, FieldDelegation.since, FieldDelegation.until,
    )  # fmt: skip
    # The last of a branch and field is told.
    found = (
        sa.select(*columns)
        .where(FieldDelegation.branch_id.in_(branches))
        .order_by(_holds(), FieldDelegation.since, FieldDelegation.id)
    )
    rows = db.session.execute(found)
    return {(row.branch_id, row.field): Held(row.id, row.since, row.until) for row in rows}


def _branches() -> sa.Select[Any]:
    station = current_user.organisation_code
    shown: tuple[Any, ...] = (Organisation.id, Organisation.code, Organisation.name)
    return (
        sa.select(*shown)
        .join(OrganisationKind, OrganisationKind.code == Organisation.kind)
        .where(OrganisationKind.holds_members, Organisation.ended.is_(None))
        .where(Organisation.code >= station, Organisation.code < station + "~")
    )


def _keeps_fields() -> sa.Exists:
    return sa.exists().where(FieldDelegation.branch_id == Organisation.id, _holds())


def _holds() -> sa.ColumnElement[bool]:
    """Whether a delegation holds today."""
    last = sa.func.coalesce(FieldDelegation.until, today())
    return sa.and_(FieldDelegation.since <= today(), last >= today())
