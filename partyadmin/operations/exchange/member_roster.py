"""The roster of members in the order of the collection form; in Chinese it can be imported again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.models import Member
from partyadmin.operations.exchange.drafts import draft_beside
from partyadmin.operations.exchange.export import ExportRequest, export
from partyadmin.operations.exchange.roster import Sheet, selected_for, sheet_of

ROSTER = (
    "name", "sex", "ethnicity", "id_number", "birth_date", "education", "person_type", "branch_code",
    "branch_id", "join_date", "full_date", "job_post", "mobile", "landline", "address", "status", "lost",
    "lost_month", "is_mobile", "destination",
)  # fmt: skip
MASKS = {"id_number": "id_number_masked", "mobile": "phone_masked", "landline": "phone_masked"}


def export_members(session: Session, request: ExportRequest, target: str | Path) -> int:
    """Writes the roster of a subtree to `target`; returns the number of members.

    ID numbers and phones are masked unless full numbers are asked for. Raises Refused as `export` does; then
    no file is left.
    """
    with draft_beside(Path(target)) as draft:
        leaving = export(session, request, _members_below(session, request))
        with draft.open("wb") as file:
            for piece in leaving:
                file.write(piece)
    assert leaving.rows is not None
    return leaving.rows


def _members_below(session: Session, request: ExportRequest) -> Sheet:
    masks = {} if request.full_numbers else MASKS

    def readable(name: str) -> Any:
        column = getattr(Member, name)
        return getattr(sa.func, masks[name])(column).label(name) if name in masks else column

    query = (
        sa.select(*(readable(name) for name in selected_for(Member, ROSTER)))
        .where(Member.branch_code >= request.scope, Member.branch_code < request.scope + "~")
        .order_by(Member.branch_code, Member.id)
    )
    return sheet_of(session, Member, ROSTER, query, title=gettext("roster of members"))
