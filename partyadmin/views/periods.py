"""Filters of traces: a period, who left them, and a sample that somebody else can draw again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import abort, g
from flask_babel import get_timezone, gettext

from partyadmin.db import Base, db
from partyadmin.models import Account
from partyadmin.views.columns import attribute, key_of
from partyadmin.views.filters import Filter

_SAMPLE = re.compile(r"([1-9][0-9]{0,2})-([0-9]{1,9})-([0-9]{1,18})")
_LONGEST_NAME = 120


def localized(moment: datetime) -> datetime:
    """A moment without a time zone, as one in the time zone of the pages."""
    zone: Any = get_timezone()
    return zone.localize(moment) if hasattr(zone, "localize") else moment.replace(tzinfo=zone)


def day_in(text: str) -> date:
    """A day as YYYY-MM-DD; 400 for what is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(400)
    return day if 1900 < day.year < 9999 else abort(400)


def day_begins(day: date) -> datetime:
    """The moment at which a day begins in the time zone of the pages."""
    return localized(datetime(day.year, day.month, day.day))


def day_ends(day: date) -> datetime:
    """The moment at which the day after begins."""
    return day_begins(day + timedelta(days=1))


@dataclass(frozen=True)
class Since(Filter):
    """From the beginning of a day; where none is asked for, `usual_days` before the last."""

    column: str = ""
    usual_days: int | None = None
    widget: ClassVar[str] = "date"

    def heading(self, model: type[Base]) -> str:
        return gettext("From")

    def usual(self, asked: Mapping[str, str]) -> str:
        if self.usual_days is None:
            return ""
        until = asked.get("until", "").strip()
        last = day_in(until) if until else _today()
        return (last - timedelta(days=self.usual_days)).isoformat()

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        return query.where(attribute(model, self.column) >= day_begins(day_in(value)))


@dataclass(frozen=True)
class Until(Filter):
    """To the end of a day."""

    column: str = ""
    widget: ClassVar[str] = "date"

    def heading(self, model: type[Base]) -> str:
        return gettext("To")

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        return query.where(attribute(model, self.column) < day_ends(day_in(value)))


@dataclass(frozen=True)
class Person(Filter):
    """Rows of the accounts, closed ones too, that bear a whole name or are signed in with it."""

    column: str = "account_id"
    widget: ClassVar[str] = "text"

    def heading(self, model: type[Base]) -> str:
        return gettext("Person: whole name or sign-in name")

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        return query.where(attribute(model, self.column).in_(self.accounts(value)))

    def accounts(self, value: str) -> sa.Select[Any]:
        """The keys of the accounts that are meant, of those that the reader sees; 400 for what is no name."""
        if len(value) > _LONGEST_NAME:
            abort(400)
        return sa.select(Account.id).where(sa.or_(Account.name == value, Account.login == value))


@dataclass(frozen=True)
class Sample(Filter):
    """NUMBER-SEED-LAST: so many rows drawn by a seed from those whose key is not above the last.

    It stands last among the filters of a view, since it draws from what the others leave.
    """

    widget: ClassVar[str] = "hidden"

    def heading(self, model: type[Base]) -> str:
        return gettext("Random sample")

    def chosen_word(self, model: type[Base], value: str) -> str:
        number, seed, _last = _parts(value)
        return gettext("%(number)s rows, seed %(seed)s", number=number, seed=seed)

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        number, seed, last = _parts(value)
        key = attribute(model, key_of(model).name)
        lot = sa.func.md5(sa.func.concat(seed, ":", key))
        drawn = query.with_only_columns(key).where(key <= last).order_by(lot, key).limit(number)
        return query.where(key.in_(drawn.correlate(None)))


def _parts(value: str) -> tuple[int, str, int]:
    found = _SAMPLE.fullmatch(value) or abort(400)
    return int(found[1]), found[2], int(found[3])


def _today() -> date:
    """Today by the clock that stamps the traces, the database's; asked once a request."""
    if "today" not in g:
        g.today = db.session.scalar(sa.select(sa.func.current_date()))
    return g.today
