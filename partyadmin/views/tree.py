"""The tree beside a list: organisations of the scope, read as they are opened, which narrow the list."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort
from flask_login import current_user
from sqlalchemy.orm import aliased

from partyadmin.db import db
from partyadmin.models import BranchCount, Organisation, OrganisationCode, OrganisationSpell

BATCH = 30
MOST_FOUND = 20
_CODE = re.compile(r"[0-9A-Z]{3,60}")
_below = aliased(Organisation)


@dataclass
class Node:
    """One organisation: `members` counts all below it; `rest` are subordinates that are not listed yet.

    `note` says what name and code it has on another day, `called` the name alone where that is another.
    """

    id: int
    code: str
    name: str
    short: str
    ended: bool
    members: int
    is_parent: bool
    kind: str
    below: list[Node] | None = None
    rest: int = 0
    note: str = ""
    called: str = ""

    def all(self) -> list[Node]:
        """This organisation and all that are listed below it."""
        return [self, *(node for child in self.below or () for node in child.all())]


def opened(code: str, abolished: bool) -> Node | None:
    """The tree from the station of the acting post down to a code, each level of the way opened."""
    station = current_user.organisation_code
    path = [code[:end] for end in range(len(station), len(code) + 1, 3)] if code.startswith(station) else []
    nodes = {node.code: node for node in _nodes(Organisation.code.in_([station, *path]))}
    root = nodes.get(station)
    if root is None:
        return None
    parents = {node.id: node for node in nodes.values() if node.is_parent}
    for node in parents.values():
        node.below = []
    for child in children(list(parents), abolished, set(nodes)):
        above = parents[child[1]]
        node = nodes.get(child[0].code, child[0])
        assert above.below is not None
        node.short = within(node.short, above)
        above.below.append(node)
        above.rest = child[2] - len(above.below)
    return root


def node_of(code: str) -> Node:
    """One organisation by its code; 404 out of scope."""
    if not _CODE.fullmatch(code):
        abort(400)
    return next(iter(_nodes(Organisation.code == code)), None) or abort(404)


def subordinates(code: str, after: str, abolished: bool) -> tuple[list[Node], int]:
    """The next subordinates of an organisation after a code, and how many remain; 404 out of scope."""
    if after and not _CODE.fullmatch(after):
        abort(400)
    parent = node_of(code)
    wanted = [Organisation.parent_id == parent.id, Organisation.code > after]
    if not abolished:
        wanted.append(Organisation.ended.is_(None))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(Organisation).where(*wanted)) or 0
    batch = BATCH if not after else 4 * BATCH
    nodes = _nodes(*wanted, limit=batch)
    for node in nodes:
        node.short = within(node.short, parent)
    return nodes, max(0, total - batch)


def found(typed: str, limit: int = MOST_FOUND) -> list[Node]:
    """Organisations in scope by a part of a name, or by a code, that they have or had."""
    words = typed.strip()[:60]
    if not words:
        return []
    matches = [
        sa.func.strpos(sa.func.lower(name), words.lower()) > 0
        for name in (Organisation.name, Organisation.short_name)
    ]
    spell = OrganisationSpell
    was_called = sa.func.strpos(sa.func.lower(spell.name), words.lower()) > 0
    former_name = sa.select(spell.organisation_id).where(
        was_called, ~sa.func.upper_inf(spell.during), spell.replaced_at.is_(None)
    )
    matches.append(Organisation.id.in_(former_name))
    if _CODE.fullmatch(words.upper()):
        code = words.upper()
        former = sa.select(OrganisationCode.organisation_id).where(OrganisationCode.code == code)
        matches += [
            sa.and_(Organisation.code >= code, Organisation.code < code + "~"), Organisation.id.in_(former)
        ]  # fmt: skip
    return _nodes(sa.or_(*matches), limit=limit)


def nodes_of(ids: Collection[int]) -> list[Node]:
    """Some organisations in scope by their ids."""
    return _nodes(Organisation.id.in_(ids)) if ids else []


def _columns() -> tuple[Any, ...]:
    members = (
        sa.select(sa.func.coalesce(sa.func.sum(BranchCount.counted), 0))
        .where(
            BranchCount.branch_code >= Organisation.code, BranchCount.branch_code < Organisation.code + "~"
        )
        .scalar_subquery()
    )
    is_parent = sa.exists().where(_below.parent_id == Organisation.id)
    return (
        Organisation.id, Organisation.code, Organisation.name, Organisation.short_name, Organisation.ended,
        members.label("members"), is_parent.label("is_parent"), Organisation.kind,
    )  # fmt: skip


def _nodes(*wanted: Any, limit: int | None = None) -> list[Node]:
    station = current_user.organisation_code
    query = (
        sa.select(*_columns())
        .where(Organisation.code >= station, Organisation.code < station + "~", *wanted)
        .order_by(Organisation.code)
        .limit(limit)
    )
    return [_node(row) for row in db.session.execute(query)]


def children(
    parents: list[int], abolished: bool, opened_codes: Collection[str] = (), most: int | None = None
) -> list[tuple[Node, int, int]]:
    """The first subordinates of some organisations: each with its superior and how many that one has.

    `most` of each superior, a batch where it is not said.
    """
    placed = sa.select(
        Organisation.id.label("placed_id"),
        Organisation.parent_id.label("above"),
        sa.func.row_number()
        .over(partition_by=Organisation.parent_id, order_by=Organisation.code)
        .label("place"),
        sa.func.count().over(partition_by=Organisation.parent_id).label("siblings"),
    ).where(Organisation.parent_id.in_(parents))
    if not abolished:
        placed = placed.where(sa.or_(Organisation.ended.is_(None), Organisation.code.in_(opened_codes)))
    listed = placed.subquery()
    query = (
        sa.select(*_columns(), listed.c.above, listed.c.siblings)
        .join(listed, listed.c.placed_id == Organisation.id)
        .where(
            sa.or_(listed.c.place <= (BATCH if most is None else most), Organisation.code.in_(opened_codes))
        )
        .order_by(Organisation.code)
    )
    return [(_node(row), row.above, row.siblings) for row in db.session.execute(query)]


def within(short: str, superior: Node) -> str:
    """A name without what it shares with the superior's, which stands above it in the tree."""
    stem = stem_of(superior.name)
    return short[len(stem) :] if short.startswith(stem) and len(short) > len(stem) + 1 else short


def stem_of(name: str) -> str:
    """The place or body that an organisation is named after."""
    return re.sub(r"(总支部)?委员会$", "", name.removeprefix("中共"))


def _node(row: Any) -> Node:
    short = row.short_name or row.name.removeprefix("中共")
    return Node(
        row.id, row.code, row.name, short, row.ended is not None, row.members, row.is_parent, row.kind
    )  # fmt: skip
