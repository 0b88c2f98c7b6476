"""Rosters that leave the registry: in scope, for a purpose, masked, with a ledger row for each file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.access import demand, is_masked
from partyadmin.audit import log
from partyadmin.db import actor_of
from partyadmin.dictionary import Refused, label
from partyadmin.models import ExportLedger, Member, Organisation
from partyadmin.operations import acting
from partyadmin.operations.exchange.codebook import code_labels
from partyadmin.operations.exchange.drafts import draft_beside
from partyadmin.operations.exchange.staging import take_the_time
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.writing import Cell, write_roster

ROSTER = (
    "name", "sex", "ethnicity", "id_number", "birth_date", "education", "person_type", "branch_code",
    "branch_id", "join_date", "full_date", "job_post", "mobile", "landline", "address", "status", "lost",
    "lost_month", "is_mobile", "destination",
)  # fmt: skip
TEXT_COLUMNS = ("id_number", "branch_code", "mobile", "landline")
DATE_COLUMNS = ("birth_date", "join_date", "full_date", "lost_month")
DATES_AS_WRITTEN = ("birth_date", "join_date", "full_date")
WIDTHS = {
    "id_number": 21,
    "branch_code": 18,
    "branch_id": 34,
    "address": 30,
    "name": 10,
    "sex": 6,
    "mobile": 14,
}
_BATCH = 2000


@dataclass(frozen=True)
class ExportRequest:
    """A roster of the subtree of an organisation, and why it is wanted."""

    scope: str
    purpose: str
    way: str
    full_numbers: bool = False


def export_members(session: Session, request: ExportRequest, target: str | Path) -> int:
    """Writes the roster to `target` and its ledger row in one act; returns the number of members.

    ID numbers and phones are masked unless full numbers are asked for. Raises Refused without the right to
    export, for a scope that is not the post's, or without a purpose; then no file is left.
    """
    demand(session, "P10", "X")
    if request.full_numbers and is_masked(session, "P10"):
        raise Refused(gettext("Posts of your level take out masked numbers only."), "full_numbers")
    top = session.scalar(sa.select(Organisation).where(Organisation.code == request.scope))
    if top is None:
        raise Refused(
            gettext('There is no organisation with the code "%(code)s" in your scope.', code=request.scope),
            "scope",
        )
    purpose = plain_text(request.purpose)
    if not purpose:
        raise Refused(gettext("Say what the file is for; the purpose stands in the ledger."), "purpose")
    # The file appears only after its ledger row.
    with (
        draft_beside(Path(target)) as draft,
        acting(session, gettext("Export: %(purpose)s", purpose=purpose)),
    ):
        take_the_time(session)
        count = _write(session, request, top, draft)
        digest = _digest(draft)
        session.execute(
            sa.insert(ExportLedger).values(
                organisation_id=top.id, purpose=purpose, subject="member", columns=list(ROSTER),
                full_numbers=request.full_numbers, rows=count, sha256=digest, way=request.way,
            )
        )  # fmt: skip
        log(session, "export", "organisation", top.id, f"{count} {digest[:12]}")
    return count


def _write(session: Session, request: ExportRequest, top: Organisation, draft: Path) -> int:
    now = datetime.now().astimezone()
    return write_roster(
        draft,
        [label("member", name) for name in ROSTER],
        _rows(session, request),
        title=gettext("%(organisation)s: roster of members", organisation=top.short_name or top.name),
        footer_lines=[
            gettext("Internal: do not pass on."),
            gettext(
                "Made by %(login)s, %(time)s", login=actor_of(session).login, time=f"{now:%Y-%m-%d %H:%M}"
            ),
        ],
        widths=[WIDTHS.get(name, 12) for name in ROSTER],
        text_columns={ROSTER.index(name) for name in TEXT_COLUMNS},
        date_columns={ROSTER.index(name) for name in DATE_COLUMNS},
    )


def _rows(session: Session, request: ExportRequest) -> Iterator[tuple[Cell, ...]]:
    """The roster in the order of the tree; a date without a day stands as it was written."""
    cells = _cells(session)
    shown: dict[str, Any] = {name: getattr(Member, name) for name in ROSTER}
    shown["branch_id"] = Organisation.name.label("branch_id")
    if not request.full_numbers:
        shown["id_number"] = sa.func.id_number_masked(Member.id_number).label("id_number")
        for phone in ("mobile", "landline"):
            shown[phone] = sa.func.phone_masked(shown[phone]).label(phone)
    written = [getattr(Member, f"{name}_text") for name in DATES_AS_WRITTEN]
    query = (
        sa.select(*shown.values(), *written, Member.destination_text)
        .join(Organisation, Organisation.id == Member.branch_id)
        .where(Member.branch_code >= request.scope, Member.branch_code < request.scope + "~")
        .order_by(Member.branch_code, Member.id)
        .execution_options(yield_per=_BATCH)
    )
    for row in session.execute(query):
        values = row._mapping
        yield tuple(
            cells[name](values[name]) if values[name] is not None else values.get(f"{name}_text")
            for name in ROSTER
        )


def _cells(session: Session) -> dict[str, Callable[[Any], Cell]]:
    """How each column's value is shown: labels for codes, words for yes and no."""
    labels = code_labels(session)
    yes, no = gettext("Yes"), gettext("No")

    def shown(name: str) -> Callable[[Any], Cell]:
        foreign_keys = [key.column.table.name for key in Member.__table__.c[name].foreign_keys]
        words = next((labels[table] for table in foreign_keys if table in labels), None)
        if words is not None:
            return lambda code: words.get(code, code)
        if name in ("lost", "is_mobile"):
            return lambda value: yes if value else no
        return lambda value: value

    return {name: shown(name) for name in ROSTER}


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
