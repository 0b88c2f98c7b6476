"""Where organisations came from and what became of them: an abolished one leads to its successors."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import label
from partyadmin.models import ChangeKind, ChangeLine, ChangeOrder, Lineage, Organisation
from partyadmin.views import tree
from partyadmin.views.cells import Cell, names_in
from partyadmin.views.details import Section, section_of
from partyadmin.views.labels import label_of

_ORDER_COLUMNS = ("id", "kind", "effective_on", "document_id", "state")


def found(typed: str, limit: int = tree.MOST_FOUND) -> list[tree.Node]:
    """Organisations in scope that are or were called so; before each abolished one what became of it."""
    nodes = tree.found(typed, limit)
    ended = [node for node in nodes if node.ended]
    if not ended:
        return nodes
    heirs = _heirs({node.id for node in ended})
    successors = {node.id: node for node in tree.nodes_of({key for keys in heirs.values() for key in keys})}
    told: dict[int, tree.Node] = {}
    for node in nodes:
        for key in heirs[node.id]:
            if key in successors and key not in told:
                told[key] = successors[key]
                told[key].called = gettext("successor of %(name)s", name=node.name)
        told.setdefault(node.id, node)
    return list(told.values())[:limit]


def _heirs(ids: set[int]) -> defaultdict[int, set[int]]:
    """For each organisation those in being that came out of it, over any number of orders."""
    first = sa.select(Lineage.predecessor_id.label("origin"), Lineage.successor_id.label("heir"))
    walk = first.where(Lineage.predecessor_id.in_(ids)).cte("walk", recursive=True)
    further = sa.select(walk.c.origin, Lineage.successor_id).join(walk, Lineage.predecessor_id == walk.c.heir)
    walk = walk.union(further)
    query = (
        sa.select(walk.c.origin, walk.c.heir)
        .join(Organisation, Organisation.id == walk.c.heir)
        .where(Organisation.ended.is_(None))
    )
    heirs: defaultdict[int, set[int]] = defaultdict(set)
    for origin, heir in db.session.execute(query):
        heirs[origin].add(heir)
    return heirs


def orders_of(row: Any) -> Section | None:
    """The change orders that name an organisation, the newest first."""
    joined = sa.select(ChangeLine.order_id).where(ChangeLine.organisation_id == row.id, ~ChangeLine.dropped)
    named = sa.or_(ChangeOrder.organisation_id == row.id, ChangeOrder.id.in_(joined))
    orders = db.session.scalars(sa.select(ChangeOrder).where(named).order_by(ChangeOrder.id.desc())).all()
    if not orders:
        return None
    section = section_of(gettext("Change orders"), ChangeOrder, _ORDER_COLUMNS, orders)
    for order, cells in zip(orders, section.rows, strict=True):
        cells[0] = Cell(cells[0].text, url_for("change_order.details_view", id=order.id))
    return section


def lineage_of(row: Any) -> Section | None:
    """What an organisation came out of, and what came out of it, each with the order that says so."""
    links = db.session.scalars(
        sa.select(Lineage)
        .where(sa.or_(Lineage.predecessor_id == row.id, Lineage.successor_id == row.id))
        .order_by(Lineage.effective_on.desc(), Lineage.order_id)
    ).all()
    if not links:
        return None
    ids = {key for link in links for key in (link.predecessor_id, link.successor_id)}
    names = {key: name for (_, key), name in names_in(Organisation, ids).items()}
    headings = ["", label("change_order", "organisation_id"), gettext("Change order")]
    rows = [_link(row.id, link, names) for link in links]
    return Section(gettext("Where it came from, and what became of it"), headings, rows)


def _link(own: int, link: Lineage, names: dict[int, str]) -> list[Cell]:
    is_heir = link.successor_id == own
    other = link.predecessor_id if is_heir else link.successor_id
    href = url_for("organisation.details_view", id=other) if other in names else None
    order = f"{label_of(ChangeKind, link.kind)} {link.effective_on}"
    return [
        Cell(gettext("Predecessor") if is_heir else gettext("Successor")),
        Cell(names.get(other, gettext("outside your scope")), href),
        Cell(order, url_for("change_order.details_view", id=link.order_id)),
    ]
