"""The plan of a change order in words: what changes, grouped and counted, and what is in its way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext

from partyadmin.db import Base
from partyadmin.dictionary import label, rule_sentence, table_label
from partyadmin.models import (
    Account,
    FieldDelegation,
    Member,
    Organisation,
    OrganisationTerm,
    Post,
    Report,
    Tenure,
    Unit,
)
from partyadmin.operations.change_order.plan import Change, Kept, Obstacle, Plan
from partyadmin.views.cells import Cell, Names, cell, may_open, names_in, names_of
from partyadmin.views.columns import Column, Kind, column_of
from partyadmin.views.lookups import MEMBER, ORGANISATION

_MODELS: dict[str, type[Base]] = {
    "organisation": Organisation,
    "member": Member,
    "unit": Unit,
    "field_delegation": FieldDelegation,
    "post": Post,
    "tenure": Tenure,
    "account": Account,
    "organisation_term": OrganisationTerm,
    "report": Report,
}
"""In the order in which a preview tells them."""
MOST_SHOWN = 100
_DATES = (Kind.DATE, Kind.MONTH)


class Told(NamedTuple):
    """One record of a plan: its name with a link, and for each field what it was and becomes."""

    name: Cell
    fields: list[tuple[str, Cell, Cell]]


class Chapter(NamedTuple):
    """The records of one kind: how many, the first ones in words, and how many more."""

    title: str
    number: int
    rows: list[Told]
    more: int


def chapters_of(changes: Iterable[Change]) -> list[Chapter]:
    """The changes of a plan by kind of record."""
    changes = list(changes)
    names = _new_names(changes)
    chapters = []
    for subject, model in _MODELS.items():
        found = [change for change in changes if change.subject == subject]
        if found:
            shown = found[:MOST_SHOWN]
            rows = _rows(subject, model, shown, names)
            chapters.append(Chapter(table_label(subject), len(found), rows, len(found) - len(shown)))
    return chapters


def _new_names(changes: list[Change]) -> dict[str, str]:
    """What the records that a plan makes are called, by their names in the plan."""
    said = {}
    for change in changes:
        if change.is_new:
            told = change.becomes.get("name") or change.becomes.get("login") or table_label(change.subject)
            said[str(change.key)] = gettext("%(name)s (new)", name=told)
    return said


def _known(subject: str, keys: list[Any]) -> dict[int, str]:
    model = _MODELS[subject]
    return {key: name for (_, key), name in names_in(model, keys).items()}


def _rows(subject: str, model: type[Base], changes: list[Change], names: dict[str, str]) -> list[Told]:
    """Records of one kind, the names that they point to looked up together."""
    sides = [
        SimpleNamespace(**{field: _value(model, field, value) for field, value in values.items()})
        for change in changes
        for values in (change.was, change.becomes)
    ]
    columns = {field: column_of(model, field) for change in changes for field in change.becomes}
    pointed = names_of(columns.values(), [_without_new(side) for side in sides])
    known = _known(subject, [change.key for change in changes if not change.is_new])
    rows = []
    for change, was, becomes in zip(changes, sides[::2], sides[1::2], strict=True):
        name = names[str(change.key)] if change.is_new else known.get(int(change.key), str(change.key))
        told = [
            (
                label(subject, field),
                cell(columns[field], getattr(was, field, None), pointed),
                _becomes(columns[field], getattr(becomes, field), pointed, names),
            )
            for field in change.becomes
        ]
        rows.append(Told(Cell(name, _href(subject, change.key)), told))
    return rows


def _without_new(side: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(
        **{name: value for name, value in vars(side).items() if not isinstance(value, dict)}
    )


def _becomes(column: Column, value: Any, pointed: Names, names: dict[str, str]) -> Cell:
    return Cell(names[value["new"]]) if isinstance(value, dict) else cell(column, value, pointed)


def _href(subject: str, key: Any) -> str | None:
    if isinstance(key, str) or not may_open(subject):
        return None
    return url_for(f"{subject}.details_view", id=key)


def _value(model: type[Base], field: str, value: Any) -> Any:
    if isinstance(value, str) and column_of(model, field).kind in _DATES:
        return date.fromisoformat(value)
    return value


class Way(NamedTuple):
    """A rule by which records are in the way or stay: its sentence, the records, who changed them."""

    sentence: str
    records: list[tuple[Cell, str]]
    more: int


def obstacles_in_words(obstacles: list[Obstacle]) -> list[Way]:
    """What is in the way of an order, by rule."""
    return _ways([(each.rule, each.subject, each.key, "") for each in obstacles])


def kept_in_words(kept: list[Kept]) -> list[Way]:
    """What an undoing order leaves as it is, by rule: the fields, and who changed them when."""
    rows = []
    for each in kept:
        fields = "、".join(label(each.subject, name) for name in each.fields)
        note = " ".join(filter(None, (fields, each.by, (each.at or "")[:16])))
        rows.append((each.rule, each.subject, each.key, note))
    return _ways(rows)


def _ways(rows: list[tuple[str, str, int, str]]) -> list[Way]:
    ways = []
    for rule in dict.fromkeys(row[0] for row in rows):
        of_rule = [row for row in rows if row[0] == rule]
        shown = of_rule[:MOST_SHOWN]
        records = [(_record(subject, key), note) for _, subject, key, note in shown]
        ways.append(Way(rule_sentence(rule), records, len(of_rule) - len(shown)))
    return ways


def _record(subject: str, key: int) -> Cell:
    lookup = {"member": MEMBER, "organisation": ORGANISATION}.get(subject)
    found = lookup.find(key) if lookup else None
    if subject not in _MODELS:
        return Cell(gettext("the new organisation"))
    name = found[1] if found else _known(subject, [key]).get(key, f"{table_label(subject)} {key}")
    return Cell(name, _href(subject, key))


def figures_of(plan: Plan, followers: dict[str, int]) -> list[tuple[int, str]]:
    """The numbers on top of a preview: what changes, and what follows by itself."""
    told = [
        (len(plan.of("organisation")), gettext("organisations change")),
        (len(plan.of("member")), gettext("members go to another branch")),
        (len(plan.of("post")) + len(plan.of("account")), gettext("posts and accounts open, close or move")),
    ]
    if followers.get("members"):
        told[1] = (followers["members"], gettext("members stay in their branches and follow"))
    if followers.get("posts"):
        told[2] = (followers["posts"], gettext("posts keep their holders; their reach follows"))
    if plan.obstacles:
        told.append((len(plan.obstacles), gettext("matters to settle first")))
    return told
