"""The plan of a change order in words: what changes, grouped and counted, and what is in its way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from types import SimpleNamespace
from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext

from partyadmin.db import Base, db
from partyadmin.dictionary import label, rule_sentence, table_label
from partyadmin.models import (
    Account,
    ChangeLine,
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
from partyadmin.views.labels import enumeration

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
_FEW = 8
"""Records that the side column names for each rule."""
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


def chapters_of(changes: Iterable[Change], most: int | None = MOST_SHOWN) -> list[Chapter]:
    """The changes of a plan by kind of record, at most so many of each in words."""
    changes = list(changes)
    names = _new_names(changes)
    chapters = []
    for subject, model in _MODELS.items():
        found = [change for change in changes if change.subject == subject]
        if found:
            shown = found[:most]
            rows = _rows(subject, model, shown, names)
            chapters.append(Chapter(table_label(subject), len(found), rows, len(found) - len(shown)))
    return chapters


def rows_of(plan: Plan) -> list[tuple[str, str, str, str, str]]:
    """All of a plan as rows: the kind of record, the record, the field, what it was and becomes."""
    return [
        (chapter.title, record.name.text, field, was.text, becomes.text)
        for chapter in chapters_of(plan.changes, None)
        for record in chapter.rows
        for field, was, becomes in record.fields
    ]


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


def value_in_words(model: type[Base], field: str, value: Any) -> str:
    """One value of a plan in words."""
    column, value = column_of(model, field), _value(model, field, value)
    pointed = names_of([column], [SimpleNamespace(**{field: value})])
    return cell(column, value, pointed).text


class Way(NamedTuple):
    """A rule by which records are in the way or stay: its sentence, the records, who changed them."""

    sentence: str
    records: list[tuple[Cell, str]]
    more: int


def obstacles_in_words(obstacles: list[Obstacle]) -> list[Way]:
    """What is in the way of an order, by rule."""
    return _ways([(each.rule, each.subject, each.key, "") for each in obstacles], _FEW)


def kept_in_words(kept: list[Kept]) -> tuple[list[Way], list[Way]]:
    """What an undoing order leaves as it is: edited since (fields, who, when), and what cannot go back."""
    edited: list[tuple[str, str, int, str]] = []
    blocked: list[tuple[str, str, int, str]] = []
    for each in kept:
        fields = enumeration(label(each.subject, name) for name in each.fields)
        note = " ".join(filter(None, (fields, each.by, (each.at or "")[:16])))
        (edited if each.is_edited else blocked).append((each.rule, each.subject, each.key, note))
    return _ways(edited, MOST_SHOWN), _ways(blocked, MOST_SHOWN)


def _ways(rows: list[tuple[str, str, int, str]], most: int) -> list[Way]:
    ways = []
    for rule in dict.fromkeys(row[0] for row in rows):
        of_rule = [row for row in rows if row[0] == rule]
        shown = of_rule[:most]
        records = [(_record(subject, key), note) for _, subject, key, note in shown]
        ways.append(Way(rule_sentence(rule), records, len(of_rule) - len(shown)))
    return ways


def _record(subject: str, key: int) -> Cell:
    if subject == "change_line":
        line = db.session.get(ChangeLine, key)
        return Cell(gettext("%(name)s (new)", name=line.items["name"] if line else key))
    return Cell(_known(subject, [key]).get(key, f"{table_label(subject)} {key}"), _href(subject, key))


def figures_of(plan: Plan, members: int | None, posts: int) -> list[tuple[int, str, bool]]:
    """The numbers on top of a preview: what changes or follows by itself, and in red what is in its way."""
    rights = len(plan.of("post")) + len(plan.of("account"))
    told = [(len(plan.of("organisation")), gettext("organisations change"), False)]
    if members is None:
        told.append((len(plan.of("member")), gettext("members go to another branch"), False))
        told.append((rights, gettext("posts and accounts open or close"), False))
    else:
        told.append((members, gettext("members stay in their branches, without single transfers"), False))
        told.append((posts, gettext("posts keep their holders; their reach follows"), False))
    if plan.kept:
        told.append((len(plan.kept), gettext("records stay as they are"), True))
    if plan.obstacles:
        told.append((len(plan.obstacles), gettext("matters to settle first"), True))
    return [each for each in told if each[0]] or told[:1]
