"""Drafts on screens: what a form was opened with, what is kept of it, and which drafts somebody has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app, request, url_for
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.exceptions import NotFound

from partyadmin.db import db
from partyadmin.operations import draft
from partyadmin.operations.document import is_known_file
from partyadmin.operations.draft import SHEET, Sheet
from partyadmin.views.cells import moment, today
from partyadmin.views.fields import WORDS, LookupField
from partyadmin.views.files import KEPT, KeptFileField


@dataclass(frozen=True)
class Opening:
    """How a form was opened: its sheet, and what stands typed in it (None for a form nobody has touched)."""

    sheet: Sheet
    typed: Any = None
    restored: datetime | None = None


class Offer(NamedTuple):
    """A draft that a form offers to go on with."""

    sheet: str
    saved: str
    hint: str


class OwnDraft(NamedTuple):
    """One of somebody's own drafts, for the page after signing in."""

    noun: str
    heading: str
    saved: str
    href: str


def opening(form: str, record: str | None) -> Opening:
    """What this request fills a form with: what was posted, the draft it names, or nothing."""
    if request.method == "POST":
        name = request.form.get(SHEET, "")
        sheet = Sheet(name if draft.is_sheet_name(name) else draft.new_sheet_name(), form, record)
        return Opening(sheet, CombinedMultiDict([request.form, request.files]))
    if named := request.args.get("draft"):
        for kept in draft.drafts_of(db.session(), form, record):
            if kept.sheet == named:
                typed = MultiDict({**kept.fields, SHEET: kept.sheet})
                return Opening(Sheet(kept.sheet, form, record), typed, kept.saved_at)
    return Opening(Sheet(draft.new_sheet_name(), form, record))


def keep(sheet: Sheet, fields: Any) -> datetime | None:
    """Keeps what the request typed into a form, with a chosen file that could be filed.

    Returns when; None for a form that is registered already. Raises DBAPIError where the draft is too large.
    """
    kept: dict[str, str] = {}
    file, digest = None, None
    for field in fields:
        names = [field.name]
        if isinstance(field, LookupField):
            names.append(field.name + WORDS)
        if isinstance(field, KeptFileField):
            names = []
            if field.data is not None and is_known_file(field.data.content):
                file, digest = (None if field.is_kept else field.data), field.data.digest
                kept[field.name + KEPT] = digest
                field.is_kept = True
        kept |= {name: request.form[name] for name in names if name in request.form}
    saved_at = draft.keep(db.session(), sheet, kept, file, digest)
    db.session.commit()
    return saved_at


def answer(bound: Any, saved: datetime | None) -> dict[str, Any]:
    """What the script of a form is told of its draft: when it was kept, and the file in it."""
    if saved is None:
        return {}
    files = [found for found in bound.form if isinstance(found, KeptFileField) and found.is_kept]
    kept = {found.name + KEPT: [found.data.digest, found.data.filename] for found in files if found.data}
    return {"saved": clock(saved), "files": kept}


def offers(sheet: Sheet) -> list[Offer]:
    """The drafts of the same form that are not in it already, newest first."""
    rows = draft.drafts_of(db.session(), sheet.form, sheet.record)
    return [Offer(row.sheet, clock(row.saved_at), _hint(row)) for row in rows if row.sheet != sheet.name][:3]


def own_drafts() -> list[OwnDraft]:
    """One's own drafts in the present post, newest first, as far as their forms open today."""
    views = {view.endpoint: view for view in current_app.extensions["admin"][0]._views}
    found = []
    for row in draft.drafts_of(db.session()):
        view: Any = views.get(row.form)
        if view is not None and (heading := _heading(view, row)) is not None:
            page = ".create_view" if row.record is None else ".edit_view"
            named = {"draft": row.sheet} | ({} if row.record is None else {"id": row.record})
            href = url_for(row.form + page, **named)
            found.append(OwnDraft(str(view.noun), heading, clock(row.saved_at), href))
    return found


def _heading(view: Any, row: Any) -> str | None:
    """What a draft is about; None where its form does not open any more."""
    if row.record is None:
        return " ".join(filter(None, (view.heading_of_new(), _hint(row)))) if view.can_create else None
    if not view.can_edit:
        return None
    try:
        return str(view.heading(view.row_of(row.record, view.readable_columns())))
    except NotFound:
        return None


def _hint(row: Any) -> str:
    """The name typed into a new record, so that drafts of several are told apart."""
    typed = row.fields.get("name") or row.fields.get("title") or ""
    return "" if row.record is not None else typed[:40]


def clock(saved: datetime) -> str:
    """When a draft was kept: the time alone where that was today."""
    day, time = moment(saved).split(" ")
    return time if day == today().isoformat() else f"{day} {time}"
