"""What leaves the registry of a change order: the worksheet that places members, and its plan row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.models import Member
from partyadmin.operations.change_order.worksheet import headings, stamp_of, targets_of
from partyadmin.operations.change_order.world import Task, members_of, places_of
from partyadmin.operations.exchange.member_roster import MASKS
from partyadmin.operations.exchange.roster import Sheet, selected_for, sheet_of
from partyadmin.workbook.layout import Cell, Column

_SHOWN = ("id", "name", "sex", "birth_date", "id_number", "job_post", "address")
_WIDTH_OF_CHOICES = 34


def placing_sheet(session: Session, task: Task) -> Sheet:
    """The members of a divided branch with a column to fill in; who is placed already shows where."""
    keys = [member.id for member in members_of(task, task.subject.id)]
    query = (
        sa.select(*(_readable(name) for name in selected_for(Member, _SHOWN)))
        .where(Member.id.in_(keys))
        .order_by(Member.id)
    )
    title = gettext("worksheet of order %(number)s", number=task.order.id)
    told = sheet_of(session, Member, _SHOWN, query, title=title)
    key, _, choice = headings()
    targets = targets_of(task)
    names = {line_id: name for name, line_id in targets.items()}
    chosen = {member_id: names[line_id] for member_id, line_id in places_of(task).items() if line_id in names}
    columns = dict(told.columns)
    columns["id"] = replace(columns["id"], heading=key)
    columns["branch_id"] = Column(choice, width=_WIDTH_OF_CHOICES, choices=tuple(targets))

    def rows(reading: Session) -> Iterator[tuple[Cell, ...]]:
        for cells in told.rows(reading):
            number = cells[0]
            yield (*cells, chosen.get(number, "") if isinstance(number, int) else "")

    record = [(gettext("Recognised by"), stamp_of(task, keys))]
    return replace(told, columns=columns, rows=rows, record=record)


def _readable(name: str) -> Any:
    column = getattr(Member, name)
    return getattr(sa.func, MASKS[name])(column).label(name) if name in MASKS else column


def plan_sheet(title: str, columns: Sequence[str], told: Sequence[Sequence[str]]) -> Sheet:
    """A plan in words, a row for each field of each record that changes."""
    named = {heading: Column(heading, width=28) for heading in columns}

    def rows(reading: Session) -> Iterator[tuple[Cell, ...]]:
        yield from (tuple(row) for row in told)

    return Sheet("change_order", title, named, rows)
