"""What a list can be narrowed by: each filter is one GET parameter with one meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import abort, url_for
from flask_babel import gettext

from partyadmin.db import Base
from partyadmin.dictionary import label
from partyadmin.views.choices import words, yes_no
from partyadmin.views.columns import Kind, attribute, column_of
from partyadmin.views.labels import choices_of
from partyadmin.views.lookups import BY_CLASS, ORGANISATION_CODE

_CODE = re.compile(r"[0-9A-Z]{3,60}")
_LAST_CHARACTER = "\U0010ffff"


def is_pinyin(typed: str) -> bool:
    """Whether somebody typed letters for a name instead of characters."""
    return typed.isascii() and typed.isalpha()


@dataclass(frozen=True)
class Filter:
    """Narrows a list by one parameter; `name` is the parameter."""

    name: str
    widget: ClassVar[str] = "select"

    def heading(self, model: type[Base]) -> str:
        return label(model.__tablename__, self.name)

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        return ()

    def chosen_word(self, model: type[Base], value: str) -> str:
        """A value of the parameter as the reader knows it."""
        return dict(self.options(model)).get(value, value)

    def usual(self, asked: Mapping[str, str]) -> str:
        """What it narrows by where what is asked for does not name it; empty for nothing."""
        return ""

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        """The narrowed query; 400 for a value that is none."""
        raise NotImplementedError

    def order(self, value: str) -> tuple[str, ...] | None:
        """The order that this filter's index gives, where it is another than the list's own."""
        return None


@dataclass(frozen=True)
class Equal(Filter):
    """One value of a code list, of a closed list, or yes and no."""

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        column = column_of(model, self.name)
        if column.kind is Kind.CODE and column.target is not None:
            return choices_of(column.target)
        if column.kind is Kind.CHOICE:
            return list(words(column.table, column.name).items())
        return [("1", yes_no()[True]), ("0", yes_no()[False])]

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        column = column_of(model, self.name)
        offered = dict(self.options(model))
        if value not in offered and (column.kind is not Kind.CODE or not re.fullmatch(r"[\w-]{1,40}", value)):
            abort(400)
        meant = value == "1" if column.kind is Kind.YES_NO else value
        return query.where(attribute(model, self.name) == meant)


@dataclass(frozen=True)
class Below(Filter):
    """An organisation and all below it: a range of the code column."""

    column: str = "organisation_code"
    widget: ClassVar[str] = "lookup"

    def heading(self, model: type[Base]) -> str:
        return gettext("Organisation and below")

    def lookup_url(self, endpoint: str) -> str:
        return url_for(f"{endpoint}.ajax_lookup", name=ORGANISATION_CODE.name)

    def chosen_word(self, model: type[Base], value: str) -> str:
        return self.chosen(value)

    def chosen(self, value: str) -> str:
        """The name of the chosen organisation."""
        found = ORGANISATION_CODE.find(value) if value else None
        return found[1] if found else value

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if not _CODE.fullmatch(value):
            abort(400)
        code = attribute(model, self.column)
        return query.where(code >= value, code < value + "~")


@dataclass(frozen=True)
class Directly(Below):
    """An organisation and what stands directly below it, three characters of the code further down."""

    widget: ClassVar[str] = "hidden"

    def heading(self, model: type[Base]) -> str:
        return gettext("Organisation and directly below")

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        depth = sa.func.length(attribute(model, self.column))
        return super().narrow(query, model, value).where(depth <= len(value) + 3)


@dataclass(frozen=True)
class Spelt(Filter):
    """Names that begin so, in characters or pinyin initials; `place` follows in the index."""

    place: tuple[str, ...] = ()

    widget: ClassVar[str] = "text"

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if len(value) > 60:
            abort(400)
        if is_pinyin(value):
            initials, letters = attribute(model, "initials"), value.lower()
            return query.where(initials >= letters, initials < letters + "~")
        key, begun = attribute(model, "name_key"), sa.func.name_key(value)
        return query.where(key >= begun, key < begun + _LAST_CHARACTER)

    def order(self, value: str) -> tuple[str, ...] | None:
        return ("initials" if is_pinyin(value) else "name_key", *self.place)


@dataclass(frozen=True)
class Either(Filter):
    """Records of which at least one of some answers is yes."""

    columns: tuple[str, ...] = ()
    title: Any = ""

    def heading(self, model: type[Base]) -> str:
        return str(self.title)

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        return [("1", yes_no()[True])]

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if value != "1":
            abort(400)
        return query.where(sa.or_(*(attribute(model, name) for name in self.columns)))


@dataclass(frozen=True)
class Prefix(Filter):
    """Texts that begin so."""

    widget: ClassVar[str] = "text"

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if len(value) > 120:
            abort(400)
        column = attribute(model, self.name)
        return query.where(column >= value, column < value + _LAST_CHARACTER)


@dataclass(frozen=True)
class Contains(Filter):
    """Texts that hold it anywhere: for names that all begin alike, in lists that are soon read."""

    widget: ClassVar[str] = "text"

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if len(value) > 120:
            abort(400)
        return query.where(sa.func.strpos(attribute(model, self.name), value) > 0)


@dataclass(frozen=True)
class Active(Filter):
    """Whether the record goes on or has its end date."""

    def heading(self, model: type[Base]) -> str:
        return gettext("State")

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        return [("active", gettext("Active")), ("ended", gettext("Ended"))]

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if value not in ("active", "ended"):
            abort(400)
        end = attribute(model, self.name)
        return query.where(end.is_(None) if value == "active" else end.is_not(None))


@dataclass(frozen=True)
class Over(Filter):
    """Members of whom something is over that had a term: probation or suspension, as waiting_below has it."""

    def heading(self, model: type[Base]) -> str:
        return gettext("Term is over")

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        return [("probation", gettext("Probation")), ("suspension", gettext("Suspension"))]

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if value not in ("probation", "suspension"):
            abort(400)
        columns = (attribute(model, name) for name in _TERMS)
        return query.where(sa.func.term_that_is_over(*columns, sa.func.current_date()) == value)


_TERMS = ("status", "person_type", "join_date", "probation_until", "since")


@dataclass(frozen=True)
class Course(Filter):
    """Reports by what is to be done with them; overdue ones wait for the committee past their day."""

    def heading(self, model: type[Base]) -> str:
        return gettext("To be done")

    def options(self, model: type[Base]) -> Sequence[tuple[str, str]]:
        return [
            ("waiting", gettext("Waiting to be entered")), ("overdue", gettext("Overdue")),
            ("returned", gettext("Returned")), ("entered", gettext("Entered")),
        ]  # fmt: skip

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        states = {
            "waiting": ("reported", "accepted", "paused", "questioned"),
            "overdue": ("reported", "accepted", "questioned"),
            "returned": ("returned",), "entered": ("entered",),
        }  # fmt: skip
        if value not in states:
            abort(400)
        query = query.where(attribute(model, "state").in_(states[value]))
        late = attribute(model, "entry_due") < sa.func.current_date()
        return query.where(late) if value == "overdue" else query

    def order(self, value: str) -> tuple[str, ...] | None:
        return None if value == "entered" else ("entry_due", "id")


@dataclass(frozen=True)
class Of(Filter):
    """Rows of one other record, by its number; reached by links, not typed."""

    widget: ClassVar[str] = "hidden"

    def chosen_word(self, model: type[Base], value: str) -> str:
        lookup = BY_CLASS.get(column_of(model, self.name).target or Base)
        found = lookup.find(value) if lookup else None
        return found[1] if found else value

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        if not re.fullmatch(r"[1-9][0-9]{0,17}", value):
            abort(400)
        return query.where(attribute(model, self.name) == int(value))
