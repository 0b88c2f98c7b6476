"""The tree of a day: organisations as they stood then, of those that are in scope today.

Addresses name an organisation by its code of today, on whatever day one looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort, g
from flask_babel import gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import Organisation, OrganisationSpell, PastMember
from partyadmin.views.filters import Below, Directly
from partyadmin.views.tree import BATCH, MOST_FOUND, Node, within

THEN = "then"
_STOOD = sa.text("""
    SELECT s.id, s.under_id, s.code AS code_then, s.name AS name_then, s.kind, o.code, o.name, o.short_name
      FROM organisations_as_of(:code, looked_at_day(), looked_at_as_known()) s
      JOIN organisation o ON o.id = s.id
     ORDER BY s.code, s.id""")
_COUNTED = sa.text("SELECT * FROM organisation_counts_as_of(:code, looked_at_day(), looked_at_as_known())")


def is_followed() -> bool:
    """Whether the request asks for the structure of the day that it looks at."""
    return bool(g.get("looked_at", {}).get("structure") == THEN)


class DayTree:
    """What stood below the station of the acting post on the day of the look."""

    def __init__(self) -> None:
        rows = db.session.execute(_STOOD, {"code": current_user.organisation_code}).all()
        self.by_id = {row.id: row for row in rows}
        self.by_code = {row.code: row for row in rows}
        self._below: defaultdict[int, list[Any]] = defaultdict(list)
        for row in rows:
            if row.under_id is not None:
                self._below[row.under_id].append(row)

    def ids_below(self, code: str) -> list[int]:
        """An organisation and all that stood below it; none where it did not stand."""
        return [row.id for row in self._all_below(code)]

    def ids_directly_below(self, code: str) -> list[int]:
        """An organisation and those that had it as their superior."""
        row = self.by_code.get(code)
        return [] if row is None else [row.id, *(child.id for child in self._below[row.id])]

    def _all_below(self, code: str) -> Iterator[Any]:
        waiting = [row] if (row := self.by_code.get(code)) is not None else []
        while waiting:
            row = waiting.pop()
            yield row
            waiting += self._below[row.id]

    def opened(self, code: str) -> Node | None:
        """The tree down to an organisation, each level opened; None where the station did not stand."""
        way: set[int] = set()
        row = self.by_code.get(code)
        while row is not None:
            way.add(row.id)
            row = self.by_id.get(row.under_id)
        root = self.by_code.get(current_user.organisation_code)
        return None if root is None else self._opened(root, None, way | {root.id})

    def _opened(self, row: Any, above: Node | None, way: set[int]) -> Node:
        node = self._node(row, above)
        if row.id in way:
            listed = [
                child for place, child in enumerate(self._below[row.id]) if place < BATCH or child.id in way
            ]
            node.below = [self._opened(child, node, way) for child in listed]
            node.rest = len(self._below[row.id]) - len(listed)
        return node

    def subordinates(self, code: str, after: str) -> tuple[list[Node], int]:
        """Those below an organisation after one of them, and how many remain; 404 where it did not stand."""
        row = self.by_code.get(code) or abort(404)
        below = self._below[row.id]
        first = next((place for place, child in enumerate(below, 1) if child.code == after), 0)
        batch = 4 * BATCH if after else BATCH
        above = self._node(row, None)
        nodes = [self._node(child, above) for child in below[first : first + batch]]
        return nodes, max(0, len(below) - first - batch)

    def found(self, typed: str) -> list[Node]:
        """Organisations by a part of their name or by a code, of that day or of today."""
        words = typed.strip()[:60].lower()
        rows = (
            row
            for row in self.by_id.values()
            if any(words in text.lower() for text in (row.name_then, row.name, row.short_name or ""))
            or words.upper() in (row.code_then, row.code)
        )
        return (
            [self._node(row, None) for row, _ in zip(rows, range(MOST_FOUND), strict=False)] if words else []
        )

    def depth(self, code: str) -> int:
        """How deep an organisation stood in the tree; the root is 1."""
        depth, row = 0, self.by_code.get(code)
        while row is not None:
            depth, row = depth + 1, self.by_id.get(row.under_id)
        return depth

    def _node(self, row: Any, above: Node | None) -> Node:
        short = (row.name == row.name_then and row.short_name) or row.name_then.removeprefix("中共")
        node = Node(row.id, row.code, row.name_then, short, False, 0, bool(self._below[row.id]), row.kind)
        if above is not None:
            node.short = within(node.short, above)
        if (row.name, row.code) != (row.name_then, row.code_then):
            node.note = gettext("today %(name)s, code %(code)s", name=row.name, code=row.code)
        if row.name != row.name_then:
            node.called = gettext("today %(name)s", name=row.short_name or row.name)
        return node


def day_tree() -> DayTree:
    """The tree of the day, read once a request."""
    if "day_tree" not in g:
        g.day_tree = DayTree()
    return g.day_tree


class Count(NamedTuple):
    """How many members stood below an organisation."""

    kept: int = 0
    counted: int = 0
    probationary: int = 0


def count_below(code: str) -> Count:
    """The members below an organisation in the structure of the day; none where it did not stand."""
    row = day_tree().by_code.get(code)
    return Count() if row is None else counts_then()[row.id]


def counts_then() -> dict[int, Count]:
    """The members below each organisation in the structure of the day, by its id; counted once a request."""
    if "counts_then" not in g:
        rows = db.session.execute(_COUNTED, {"code": current_user.organisation_code})
        g.counts_then = {row.organisation_id: Count(row.kept, row.counted, row.probationary) for row in rows}
    return g.counts_then


@dataclass(frozen=True)
class StoodBelow(Below):
    """An organisation and all below it, in the structure that the look follows."""

    def narrow(self, query: sa.Select[Any], model: Any, value: str) -> sa.Select[Any]:
        narrowed = super().narrow(query, model, value)
        if not is_followed():
            return narrowed
        return query.where(in_branches(day_tree().ids_below(value)))


@dataclass(frozen=True)
class StoodDirectly(Directly):
    """An organisation and what stood directly below it, in the structure that the look follows."""

    def narrow(self, query: sa.Select[Any], model: Any, value: str) -> sa.Select[Any]:
        narrowed = super().narrow(query, model, value)
        if not is_followed():
            return narrowed
        return query.where(in_branches(day_tree().ids_directly_below(value)))


def in_branches(ids: list[int]) -> Any:
    """The condition that a member stood in one of these branches.

    An array and not a sub-select: so the planner keeps to the order of the list where the branches are many.
    """
    return PastMember.branch_id == sa.any_(sa.literal(ids, sa.ARRAY(sa.BigInteger)))


def note_former(nodes: Collection[Node]) -> None:
    """Notes in nodes of today's tree what name and code they had on the day, where it was another."""
    former = former_of({node.id for node in nodes})
    for node in nodes:
        if node.id in former:
            name, code = former[node.id]
            node.note = gettext("then %(name)s, code %(code)s", name=name, code=code)
            node.called = gettext("then %(name)s", name=name) if name != node.name else ""


def former_of(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name and code on the day, of those organisations that are called or coded otherwise today."""
    spell, known_at = OrganisationSpell, sa.func.looked_at_as_known()
    query = (
        sa.select(spell.organisation_id, spell.name, spell.code)
        .join(Organisation, Organisation.id == spell.organisation_id)
        .where(
            spell.organisation_id.in_(ids),
            spell.during.contains(sa.func.looked_at_day()),
            spell.recorded_at <= known_at,
            sa.or_(spell.replaced_at.is_(None), spell.replaced_at > known_at),
            sa.or_(spell.name != Organisation.name, spell.code != Organisation.code),
        )
    )
    return {row.organisation_id: (row.name, row.code) for row in db.session.execute(query)} if ids else {}


def called_then(code: str) -> str:
    """What the chosen organisation was called on the day, where otherwise; or that it did not stand."""
    if is_followed() and code not in day_tree().by_code:
        return gettext("It did not stand in this structure on that day.")
    chosen = db.session.scalar(sa.select(Organisation.id).where(Organisation.code == code))
    for name, former in former_of([chosen] if chosen else []).values():
        return gettext("Then called %(name)s, code %(code)s.", name=name, code=former)
    return ""
