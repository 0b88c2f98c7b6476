"""Due dates as the pages show them: the day, its weekday, the working days left, and whether it may move."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from flask_babel import format_date, gettext

from partyadmin.views.cells import Cell

_SOON = 3


class Due(NamedTuple):
    """A due date: working days left (negative where it has passed), and whether the calendar may move it."""

    day: date
    left: int
    is_provisional: bool = False

    def words(self) -> str:
        """The day with its weekday, and how long it is until then."""
        day = f"{self.day.isoformat()} {format_date(self.day, 'EEE')}"
        if self.left < 0:
            return gettext("%(number)s working days late: %(day)s", number=-self.left, day=day)
        if self.left == 0:
            return gettext("due today: %(day)s", day=day)
        return gettext("%(day)s, %(number)s working days left", day=day, number=self.left)

    def cell(self) -> Cell:
        """The same in a table: late and soon stand out, a provisional date says so."""
        style, sign = (
            ("bad", "late") if self.left < 0 else ("warn", "clock") if self.left <= _SOON else ("due", "cal")
        )
        marks = [(style, sign, self.words())]
        if self.is_provisional:
            marks.append(("tentative", "q", gettext("provisional")))
        return Cell(self.words(), None, tuple(marks))
