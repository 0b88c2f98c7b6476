"""What an act wrote: which records, in which version; what they hold is told by their own pages."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext
from flask_login import current_user

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
_WRITTEN = sa.text("SELECT subject, key, number FROM written_by(:act, :most) LIMIT :most")


def written_by(act: int) -> Section:
    """The versions that an act wrote, no more than 100, each with a link where the reader may open it."""
    found = db.session.execute(_WRITTEN, {"act": act, "most": MOST_LISTED + 1}).all()
    rows, more = sorted(found[:MOST_LISTED], key=_place), len(found) > MOST_LISTED
    names: Names = {}
    for model in {_versioned()[row.subject] for row in rows}:
        # A technical auditor learns which record, and nothing of a person.
        if key_of(model).name == "id" and (current_user.sees_records or model not in _PERSONAL):
            names |= names_in(model, {int(row.key) for row in rows if row.subject == model.__tablename__})
    sentences = []
    if more:
        sentences.append(
            gettext(
                "This act wrote more than %(most)s versions; %(most)s of them are listed.", most=MOST_LISTED
            )
        )
    if current_user.sees_records:
        sentences.append(gettext("Only what your post may read is listed."))
    headings = [gettext("Kind of record"), gettext("Record"), gettext("Version")]
    cells = [_cells(row, names) for row in rows]
    return Section(gettext("What this act wrote"), headings, cells, " ".join(sentences))


def _place(row: Any) -> tuple[Any, ...]:
    """Code lists last; the keys of one kind as numbers count."""
    return (issubclass(_versioned()[row.subject], CodeList), row.subject, len(row.key), row.key, row.number)


def _cells(row: Any, names: Names) -> list[Cell]:
    model = _versioned()[row.subject]
    if issubclass(model, CodeList):
        name = label_of(model, row.key)
    elif key_of(model).name == "id":
        name = names.get((model, int(row.key)), f"#{row.key}")
    else:
        name = row.key
    page = f"{row.subject}.versions_view"
    href = url_for(page, id=row.key, right=row.number) if may_open(row.subject) else None
    return [Cell(table_label(row.subject)), Cell(name, href), Cell(str(row.number))]


@cache
def _versioned() -> dict[str, type[Base]]:
    """The classes whose versions are kept, by table."""
    return {model.__tablename__: model for model in versioning.version_class_map}
