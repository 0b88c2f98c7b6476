"""A change order at one look: the structure before and after it, and what happens, a line for each thing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import label, table_label
from partyadmin.models import Account, FieldDelegation, Member, Organisation, Post, Report, Unit
from partyadmin.models.codes import Level
from partyadmin.operations.change_order.plan import Change, Plan
from partyadmin.operations.change_order.world import OPEN_REPORTS
from partyadmin.views.cells import NOTHING, names_in
from partyadmin.views.change_order_words import value_in_words
from partyadmin.views.labels import enumeration, label_of

_MOST_NODES = 14
_MOST_NAMES = 12
_CODE_STEP = 3
"""Digits of a code for each level of the tree."""
_STRUCTURE = ("parent_id", "code", "ended")


class Node(NamedTuple):
    """An organisation in the small tree; `mark` is gone, new or empty."""

    depth: int
    name: str
    code: str
    mark: str


class Happening(NamedTuple):
    """One line of what happens: to what, how it is, how it becomes, and what to know of it."""

    what: str
    was: str
    becomes: str
    note: str = ""


class Following(NamedTuple):
    """What follows a moved organisation without being changed, and the members of both superiors now."""

    members: int
    posts: int
    delegations: int
    reports: int
    old: tuple[str, int]
    new: tuple[str, int]


# -- before and after --


def trees_of(plan: Plan, about: int | None) -> tuple[list[Node], list[Node]]:
    """The organisations around what a plan changes in the structure, as they stand and as they will.

    `about` is the id of the organisation that the order names.
    """
    leads = [change for change in plan.of("organisation") if change.is_new or _moves(change)]
    if not leads:
        return [], []
    ids = {int(change.key) for change in leads if not change.is_new}
    ids |= {key for change in leads for key in _superiors(change)}
    ids |= set() if about is None else {about}
    known = {row.id: row for row in _rows(Organisation.id.in_(ids))}
    known |= {row.id: row for row in _rows(Organisation.id.in_([row.parent_id for row in known.values()]))}
    if len(known) > 1:
        top = _common([row.code for row in known.values()])
        known |= {row.id: row for row in _rows(Organisation.code == top)}
    changes = {change.key: change for change in plan.of("organisation")}
    before, after = [], []
    for row in known.values():
        change = changes.get(row.id)
        becomes = change.becomes if change else {}
        ends, code = becomes.get("ended", row.ended), becomes.get("code", row.code)
        moves = change is not None and _moves(change)
        if row.ended is None:
            before.append((row.code, row.name, "gone" if moves else ""))
        if ends is None:
            after.append((code, becomes.get("name", row.name), "new" if moves else ""))
    after += [(c.becomes["code"], c.becomes["name"], "new") for c in leads if c.is_new]
    return _deep(before), _deep(after)


def _common(codes: list[str]) -> str:
    """The code of the lowest organisation that all stand at or below."""
    first = min(codes)
    above = (first[:length] for length in range(len(first), 0, -_CODE_STEP))
    return next((top for top in above if all(code.startswith(top) for code in codes)), "")


def _moves(change: Change) -> bool:
    return "parent_id" in change.becomes or "ended" in change.becomes


def _superiors(change: Change) -> set[int]:
    told = (change.was.get("parent_id"), change.becomes.get("parent_id"))
    return {key for key in told if isinstance(key, int)}


def _rows(condition: sa.ColumnElement[bool]) -> Sequence[Any]:
    columns = (
        Organisation.id,
        Organisation.parent_id,
        Organisation.code,
        Organisation.name,
        Organisation.ended,
    )
    return db.session.execute(sa.select(*columns).where(condition)).all()


def _deep(nodes: list[tuple[str, str, str]]) -> list[Node]:
    """In the order of codes, indented by their lengths; the marked ones stay where there are too many."""
    if len(nodes) > _MOST_NODES:
        nodes = sorted(nodes, key=lambda node: not node[2])[:_MOST_NODES]
    lengths = sorted({len(code) for code, _, _ in nodes})
    return [Node(lengths.index(len(code)), name, code, mark) for code, name, mark in sorted(nodes)]


# -- what happens --


def following(row: Any) -> Following | None:
    """What follows an organisation that an order moves as a whole."""
    subject = row.organisation_id and db.session.get(Organisation, row.organisation_id)
    superior = row.superior_id and db.session.get(Organisation, row.superior_id)
    if row.kind != "move" or not subject or not superior:
        return None
    code = subject.code

    def below(column: Any) -> sa.ColumnElement[bool]:
        return sa.and_(column >= code, column < code + "~")

    def count(table: Any, column: Any, *more: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(below(column), *more)
        return db.session.scalar(query) or 0

    still = sa.or_(FieldDelegation.until.is_(None), FieldDelegation.until > sa.func.current_date())
    now = subject.parent or subject
    return Following(
        _kept_below(code),
        count(Post, Post.organisation_code, Post.closed.is_(None)),
        count(FieldDelegation, FieldDelegation.branch_code, still),
        count(Report, Report.branch_code, Report.state.in_(OPEN_REPORTS)),
        (now.name, _kept_below(now.code)),
        (superior.name, _kept_below(superior.code)),
    )


def _kept_below(code: str) -> int:
    count = db.session.scalar(sa.text("SELECT kept FROM members_below(:code)"), {"code": code})
    return int(count or 0)


def happenings_of(plan: Plan, moved: Following | None) -> list[Happening]:
    """What a plan does, in the order in which a reader asks: structure, items, people, units, rights."""
    told = [*_structure(plan), *_items(plan)]
    if moved is not None:
        told += _followers(moved)
    return [*told, *_people(plan), *_units(plan), *_rights(plan)]


def _structure(plan: Plan) -> Iterable[Happening]:
    changes = plan.of("organisation")
    for change in changes:
        if "parent_id" in change.becomes and not change.is_new:
            known = names_in(Organisation, _superiors(change))
            was, becomes = (
                known.get((Organisation, side["parent_id"]), NOTHING) for side in (change.was, change.becomes)
            )
            yield Happening(label("organisation", "parent_id"), was, becomes)
    coded = [change for change in changes if "code" in change.becomes and not change.is_new]
    if coded:
        was, becomes = (_and_more(side["code"], len(coded)) for side in (coded[0].was, coded[0].becomes))
        yield Happening(
            label("organisation", "code"), was, becomes, gettext("The old codes are still found.")
        )
    for change in changes:
        if change.is_new:
            name = f"{change.becomes['name']} {change.becomes['code']}"
            kind = value_in_words(Organisation, "kind", change.becomes["kind"])
            yield Happening(gettext("New organisation"), NOTHING, name, kind)
    ended = [change for change in changes if change.becomes.get("ended")]
    reopened = [change for change in changes if "ended" in change.becomes and not change.becomes["ended"]]
    if ended:
        day = gettext("abolished on %(day)s", day=ended[0].becomes["ended"])
        yield Happening(
            table_label("organisation"),
            _names(Organisation, ended),
            day,
            gettext("Kept to read, and found by name and code."),
        )
    if reopened:
        yield Happening(table_label("organisation"), gettext("abolished"), _names(Organisation, reopened))


def _items(plan: Plan) -> Iterable[Happening]:
    """The items that organisations change beside their place."""
    for change in plan.of("organisation"):
        fields = [name for name in change.becomes if name not in _STRUCTURE]
        for name in () if change.is_new else fields:
            was, becomes = (
                value_in_words(Organisation, name, side.get(name)) for side in (change.was, change.becomes)
            )
            yield Happening(label("organisation", name), was, becomes)
    for change in plan.of("organisation_term"):
        if change.is_new:
            days = gettext(
                "%(since)s to %(until)s", since=change.becomes["began"], until=change.becomes["ends"]
            )
            yield Happening(
                table_label("organisation_term"), NOTHING, days, change.becomes.get("secretary") or ""
            )


def _followers(moved: Following) -> Iterable[Happening]:
    (old, of_old), (new, of_new), number = moved.old, moved.new, moved.members
    yield Happening(
        gettext("Members below"),
        f"{old} {of_old:,}；{new} {of_new:,}",
        f"{old} {of_old - number:,}；{new} {of_new + number:,}",
        gettext("%(number)s stay in their branches, without single transfers.", number=f"{number:,}"),
    )
    for name, count, note in (
        (gettext("Posts and accounts"), moved.posts, gettext("keep their holders; their reach follows")),
        (table_label("field_delegation"), moved.delegations, gettext("stay as they are granted")),
        (gettext("Open reports"), moved.reports, gettext("go on where they are")),
    ):
        if count:
            yield Happening(name, f"{count:,}", f"{count:,}", note)


def _people(plan: Plan) -> Iterable[Happening]:
    groups: defaultdict[tuple[Any, str], list[Change]] = defaultdict(list)
    for change in plan.of("member"):
        if "branch_id" in change.becomes:
            groups[change.was["branch_id"], str(change.becomes["branch_id"])].append(change)
    made = {c.key: c.becomes["name"] for c in plan.of("organisation") if c.is_new}
    targets = {key for _, changes in groups.items() for key in _targets(changes)}
    known = names_in(Organisation, targets)
    for (source, _), changes in groups.items():
        target = changes[0].becomes["branch_id"]
        name = (
            made.get(target["new"], "")
            if isinstance(target, dict)
            else known.get((Organisation, target), NOTHING)
        )
        number = len(changes)
        yield Happening(
            gettext("Members: %(number)s", number=f"{number:,}"),
            known.get((Organisation, source), NOTHING),
            name,
            _names(Member, changes),
        )


def _targets(changes: list[Change]) -> set[int]:
    sides = (side["branch_id"] for side in (changes[0].was, changes[0].becomes))
    return {key for key in sides if isinstance(key, int)}


def _units(plan: Plan) -> Iterable[Happening]:
    for change in plan.of("unit"):
        if change.is_new:
            yield Happening(table_label("unit"), NOTHING, change.becomes["name"])
    ended = [c for c in plan.of("unit") if not c.is_new and c.becomes.get("ended")]
    if ended:
        yield Happening(table_label("unit"), _names(Unit, ended), gettext("ends with its organisation"))


def _rights(plan: Plan) -> Iterable[Happening]:
    for change in plan.of("account"):
        if change.is_new:
            person = f"{change.becomes['name']} ({change.becomes['login']})"
            yield Happening(
                table_label("account"), NOTHING, person, gettext("opened; the slip is printed once")
            )
    closed = [c for c in plan.of("account") if not c.is_new and c.becomes.get("closed")]
    if closed:
        yield Happening(table_label("account"), _names(Account, closed), gettext("closed today"))
    for change in plan.of("post"):
        if change.is_new:
            yield Happening(
                table_label("post"), NOTHING, label_of(Level, change.becomes["level"]), gettext("opened")
            )
    closed = [c for c in plan.of("post") if not c.is_new and c.becomes.get("closed")]
    if closed:
        yield Happening(
            table_label("post"),
            _names(Post, closed),
            gettext("closed today"),
            gettext("nobody acts in them any more"),
        )
    given = plan.of("field_delegation")
    if given:
        yield Happening(table_label("field_delegation"), f"{len(given):,}", gettext("end with the branch"))


def _names(model: Any, changes: list[Change]) -> str:
    known = names_in(model, [int(change.key) for change in changes[:_MOST_NAMES]])
    names = enumeration(known.get((model, int(change.key)), NOTHING) for change in changes[:_MOST_NAMES])
    return _and_more(names, len(changes)) if len(changes) > _MOST_NAMES else names


def _and_more(first: str, number: int) -> str:
    if number == 1:
        return first
    return str(gettext("%(names)s and others, %(number)s in all", names=first, number=f"{number:,}"))
