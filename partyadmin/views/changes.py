"""What changed below an organisation since this person last looked, and the mark that says until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import get_timezone, gettext
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from partyadmin.db import db
from partyadmin.dictionary import refusal, table_label
from partyadmin.models import FieldDelegation, LastLook, Member, Organisation, Report, Unit
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import Cell, Names, may_open, moment, names_in
from partyadmin.views.versions import level_of

_FIRST_DAYS = 7
_FEW = 5
"""Records of one kind that are named for an act."""
_MOST_LINES = 150
_MOST_COUNTED = 99
_MOST_DIGITS = 18
_CHANGES = sa.text("SELECT * FROM changes_below(:code, :since, :before, :few, :most)")
_COUNT = sa.text("SELECT count(*) FROM changes_below(:code, :since, NULL, 0, :most)")
_KINDS = {model.__tablename__: model for model in (FieldDelegation, Member, Organisation, Report, Unit)}


@dataclass
class Act:
    """One act: when, who, why, and the records below the organisation that it wrote, by kind."""

    number: int
    when: str
    who: str
    reason: str
    records: list[tuple[str, list[Cell], bool]] = field(default_factory=list)
    """A kind of record, the first few of it, and whether there are more."""


class ChangesPages(PartyView):
    """The pages of a view of organisations that tell what changed below one."""

    @expose("/changes/")
    def changes_view(self) -> Answer:
        """Acts since the last look, or of the last seven days: where there was none, or `again` asks."""
        row = self.row_of(request.args.get("id"), ("code", "name"))
        mark, again = last_look(row.id), request.args.get("again", "")
        before = request.args.get("before", "")
        if again not in ("", "1") or (before and not _is_number(before)):
            abort(400)
        since = _week_ago() if mark is None or again else mark
        until = db.session.scalar(sa.select(sa.func.everything_is_written_until()))
        acts, older = _acts_below(row.code, since, int(before) if before else None)
        return self.render(
            "partyadmin/changes.html", key=row.id, heading=self.heading(row), acts=acts, older=older,
            mark=mark and moment(mark), since=moment(since), again=again, before=before,
            until=until and until.isoformat(),
        )  # fmt: skip

    @expose("/seen/", methods=("POST",))
    def seen(self) -> Answer:
        """Moves this person's mark to the moment of the page that they saw, and never back."""
        row = self.row_of(request.args.get("id"), ("name",))
        until = _moment_in(request.form.get("until", ""))
        kept = insert(LastLook).values(organisation_id=row.id, looked_at=until)
        later = sa.func.greatest(LastLook.looked_at, kept.excluded.looked_at)
        key = ("account_id", "organisation_id")
        try:
            db.session.execute(kept.on_conflict_do_update(index_elements=key, set_={"looked_at": later}))
            db.session.commit()
        except DBAPIError as error:
            db.session.rollback()
            raise refusal(error) from error
        flash(
            gettext("Seen until %(moment)s: %(name)s.", moment=moment(until), name=self.heading(row)),
            "success",
        )
        return redirect(self.get_url(".details_view", id=row.id))


def last_look(organisation_id: int) -> datetime | None:
    """Until when the account of the request has seen what changed below an organisation; None for never."""
    return db.session.scalar(sa.select(LastLook.looked_at).where(LastLook.organisation_id == organisation_id))


def number_of_changes(organisation_id: int, code: str) -> str:
    """How many acts are new to the account of the request; never counted further than is shown."""
    values = {"code": code, "since": last_look(organisation_id) or _week_ago()}
    number = db.session.scalar(_COUNT, {**values, "most": _MOST_COUNTED + 1}) or 0
    return f"{_MOST_COUNTED}+" if number > _MOST_COUNTED else str(number)


def _acts_below(code: str, since: datetime, before: int | None) -> tuple[list[Act], int | None]:
    """One page of acts, and the act before which the next one begins."""
    values = {"code": code, "since": since, "before": before, "few": _FEW + 1, "most": _MOST_LINES + 1}
    rows = db.session.execute(_CHANGES, values).all()
    names: Names = {}
    for subject, model in _KINDS.items():
        names |= names_in(model, {row.key for row in rows if row.subject == subject})
    acts = []
    for number, lines in groupby(rows, key=lambda row: row.act):
        written = list(lines)
        first = written[0]
        who = (first.account_name, first.organisation_name, level_of(first.post))
        act = Act(number, moment(first.issued_at), " · ".join(word for word in who if word), first.reason)
        for subject, of_kind in groupby(written, key=lambda row: row.subject):
            cells = [_record(row, names) for row in of_kind]
            act.records.append((table_label(subject), cells[:_FEW], len(cells) > _FEW))
        acts.append(act)
    if len(rows) <= _MOST_LINES or len(acts) < 2:
        return acts, None
    return acts[:-1], acts[-2].number  # the last one may have been cut


def _record(row: Any, names: Names) -> Cell:
    name = names.get((_KINDS[row.subject], row.key), f"#{row.key}")
    if not may_open(row.subject):
        return Cell(name)
    return Cell(name, url_for(f"{row.subject}.versions_view", id=row.key, left=row.before, right=row.after))


def _week_ago() -> datetime:
    return datetime.now(get_timezone()) - timedelta(days=_FIRST_DAYS)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _moment_in(text: str) -> datetime:
    """The moment that a page carries; 400 for what is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        abort(400)
    return at if at.tzinfo is not None and 1900 < at.year < 9999 else abort(400)
