"""The first page: what waits for the post and below it, how much lies in its scope, and whom to ask."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask_admin import AdminIndexView, expose
from flask_babel import format_date, gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import CalendarDay, Organisation
from partyadmin.views import menu
from partyadmin.views.cells import today
from partyadmin.views.drafts import own_drafts
from partyadmin.views.imports import waiting_imports
from partyadmin.views.labels import reads_chinese
from partyadmin.views.lookups import whom_to_ask
from partyadmin.views.progress import waiting_orders
from partyadmin.views.waiting import waiting_here

_WEEKS = 3


class HomeView(AdminIndexView):
    """Open to everybody who has signed in, a post or none."""

    chapter = menu.HOME

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Home"), endpoint="admin", url="/")

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)

    @expose("/")
    def index(self) -> str:
        """The workbench of the post."""
        sees_records = current_user.post is not None and current_user.sees_records
        return str(
            self.render(
                "partyadmin/home.html",
                date=format_date(today(), "full"),
                figures=_figures() if sees_records else [],
                waiting=waiting_here() if sees_records else None,
                imports=waiting_imports() + waiting_orders(),
                drafts=own_drafts() if current_user.post is not None else [],
                ask=whom_to_ask() if current_user.post is not None else None,
                days=_days() if current_user.post is not None else [],
            )
        )


class Day(NamedTuple):
    """A day of the small calendar: whether one works, and what the calendar calls it where it differs."""

    day: date
    works: bool
    word: str
    is_today: bool


def _days() -> list[Day]:
    """The weeks around today, from last Monday on."""
    first = today() - timedelta(days=today().weekday() + 7)
    last = first + timedelta(days=7 * _WEEKS - 1)
    listed = {
        row.day: row
        for row in db.session.scalars(sa.select(CalendarDay).where(CalendarDay.day.between(first, last)))
    }
    days = []
    for number in range(7 * _WEEKS):
        day = first + timedelta(days=number)
        row = listed.get(day)
        works = row.kind == "work" if row else day.weekday() < 5
        word = (row.label_zh if reads_chinese() else row.label_en) if row else ""
        days.append(Day(day, works, word, day == today()))
    return days


def _figures() -> list[tuple[str, int]]:
    station = current_user.organisation_code
    counts = db.session.execute(sa.text("SELECT * FROM members_below(:code)"), {"code": station}).one()
    organisations = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Organisation)
        .where(Organisation.code >= station, Organisation.code < station + "~", Organisation.ended.is_(None))
    )
    return [
        (gettext("Organisations"), organisations or 0),
        (gettext("Members"), counts.counted),
        (gettext("Probationary members"), counts.probationary),
        (gettext("On the roll, suspended included"), counts.kept),
    ]
