"""What an act wrote: the versions that carry its number, as far as the reader may see their records."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext
from flask_login import current_user
from sqlalchemy_continuum import version_class

from partyadmin.db import Base, db, versioning
from partyadmin.dictionary import table_label
from partyadmin.models import Account, Member
from partyadmin.models.codes import CodeList
from partyadmin.views.cells import Cell, Names, may_open, names_in
from partyadmin.views.columns import key_of
from partyadmin.views.details import Section
from partyadmin.views.labels import label_of

MOST_LISTED = 100
_PERSONAL = (Member, Account)


class Written(NamedTuple):
    """One version: the class of its record, the record's key as text, and the number of the version."""

    model: type[Base]
    key: str
    number: int


def written_by(act: int) -> Section:
    """The versions that an act wrote, each with a link where the reader may open it; no more than 100."""
    found = _versions_of(act)
    rows, more = found[:MOST_LISTED], len(found) > MOST_LISTED
    names: Names = {}
    for model in {row.model for row in rows}:
        # A technical auditor learns which record, and nothing of a person.
        if key_of(model).name == "id" and (current_user.sees_records or model not in _PERSONAL):
            names |= names_in(model, {int(row.key) for row in rows if row.model is model})
    note = gettext("Only what your post may read is listed.")
    if more:
        told = gettext(
            "This act wrote more than %(most)s versions; %(most)s of them are listed.", most=MOST_LISTED
        )
        note = f"{told} {note}"
    headings = [gettext("Kind of record"), gettext("Record"), gettext("Version")]
    return Section(gettext("What this act wrote"), headings, [_cells(row, names) for row in rows], note)


def _cells(row: Written, names: Names) -> list[Cell]:
    noun, key = row.model.__tablename__, row.key
    if issubclass(row.model, CodeList):
        name = label_of(row.model, key)
    elif key_of(row.model).name == "id":
        name = names.get((row.model, int(key)), f"#{key}")
    else:
        name = key
    href = url_for(f"{noun}.versions_view", id=key, right=row.number) if may_open(noun) else None
    return [Cell(table_label(noun)), Cell(name, href), Cell(str(row.number))]


def _versions_of(act: int) -> list[Written]:
    """The versions of an act by kind of record and key, one more than are listed where there are more."""
    models = _versioned()
    each = []
    for place, model in enumerate(models):
        versions = version_class(model)
        key = sa.cast(getattr(versions, key_of(model).name), sa.Text)
        query = sa.select(sa.literal(place).label("place"), key.label("key"), versions.ver.label("number"))
        # An import writes hundreds of thousands: no branch reads more than could be shown.
        each.append(query.where(versions.transaction_id == act).limit(MOST_LISTED + 1))
    rows = db.session.execute(sa.union_all(*each).limit(MOST_LISTED + 1)).all()
    ordered = sorted(rows, key=lambda row: (row.place, len(row.key), row.key, row.number))
    return [Written(models[row.place], row.key, row.number) for row in ordered]


@cache
def _versioned() -> tuple[type[Base], ...]:
    """The classes whose versions are kept, code lists last."""
    kept: list[type[Base]] = list(versioning.version_class_map)
    return tuple(sorted(kept, key=lambda model: (issubclass(model, CodeList), model.__tablename__)))
