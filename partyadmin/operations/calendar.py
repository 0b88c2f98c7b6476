"""The working days of a new year, taken as a whole from a workbook or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused
from partyadmin.models import CalendarDay
from partyadmin.workbook.calendar import Day, Fault, read_calendar
from partyadmin.workbook.refusal import WorkbookRefused

_LEAST = 7
"""Days off that every year has had since 2008; fewer are a part of a calendar, not a year."""


class CalendarRefused(Refused):
    """A calendar of which nothing was written, with the rows that are in the way and why."""

    def __init__(self, rows: Sequence[tuple[int, str]]):
        super().__init__(gettext("Nothing was written: correct these rows and upload the workbook again."))
        self.rows = rows


def import_calendar(session: Session, content: bytes) -> tuple[int, int, int]:
    """Writes the days of one year in the open act: the year, days off, make-up working days.

    Due dates of open reports follow by themselves. Raises Refused, with its rows where rows are wrong.
    """
    try:
        days, unread = read_calendar(content)
    except WorkbookRefused as refused:
        raise Refused(gettext(refused.message_id, **refused.params), "file") from refused
    faults = [(fault.row, _sentence(fault)) for fault in unread] + _faults_of(days)
    if faults:
        raise CalendarRefused(sorted(faults))
    year, kinds = (days[0].day.year if days else 0), Counter(day.kind for day in days)
    if kinds["off"] < _LEAST:
        raise Refused(
            gettext("These are no %(number)s days off: upload the whole year.", number=_LEAST), "file"
        )
    present = {row.day: row for row in session.scalars(_days_of(year))}
    lost = sorted(set(present) - {day.day for day in days})
    if lost:
        said = gettext(
            "%(day)s is in the calendar and not in the workbook. Put it in; a day is changed, never removed.",
            day=lost[0].isoformat(),
        )
        raise Refused(said, "file")
    for day in days:
        english = day.label_en or _english(session, day) or day.label_zh
        row = present.get(day.day)
        if row is None:
            session.add(CalendarDay(day=day.day, kind=day.kind, label_zh=day.label_zh, label_en=english))
        else:
            row.kind, row.label_zh, row.label_en = day.kind, day.label_zh, english
    session.flush()
    return year, kinds["off"], kinds["work"]


def _faults_of(days: Sequence[Day]) -> list[tuple[int, str]]:
    """What is wrong with rows that can be read: another year, a day twice, a plain working day as make-up."""
    faults = []
    seen: dict[object, int] = {}
    for day in days:
        told = day.day.isoformat()
        if day.day.year != days[0].day.year:
            faults.append((day.row, gettext("%(day)s lies in another year than the first row.", day=told)))
        elif day.day in seen:
            faults.append(
                (day.row, gettext("%(day)s stands in row %(row)s already.", day=told, row=seen[day.day]))
            )
        elif day.kind == "work" and day.day.weekday() < 5:
            faults.append((day.row, gettext("%(day)s is a working day anyway: take the row out.", day=told)))
        seen.setdefault(day.day, day.row)
    return faults


def _days_of(year: int) -> sa.Select[CalendarDay]:
    return sa.select(CalendarDay).where(sa.extract("year", CalendarDay.day) == year)


def _english(session: Session, day: Day) -> str | None:
    """What the same day was called in English before."""
    same = sa.select(CalendarDay.label_en).where(CalendarDay.label_zh == day.label_zh)
    return session.scalar(same.order_by(CalendarDay.day.desc()).limit(1))


def _sentence(fault: Fault) -> str:
    return str(gettext(fault.message_id, **fault.params))
