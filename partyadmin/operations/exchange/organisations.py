"""The organisations of a workbook: place each under its superior, then store level by level."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import rule_sentence
from partyadmin.models import Organisation
from partyadmin.models.codes import OrganisationKind
from partyadmin.operations.exchange.batch import NOT_IN_CODE_LIST, UNKNOWN_SUPERIOR, Batch
from partyadmin.operations.exchange.codebook import CodeBook, NotInList
from partyadmin.operations.exchange.staging import Staging
from partyadmin.workbook.cleaning import label_key
from partyadmin.workbook.rows import Row, Skipped, Value

CODE_FIELDS = {
    "kind": "organisation_kind",
    "unit_situation": "unit_situation",
    "unit_nature": "unit_nature",
    "unit_party_status": "unit_party_status",
}
COLUMNS = (
    "code", "parent_id", "name", "short_name", "kind", "can_admit", "unit_situation", "secretary", "contact",
    "phone", "founded", "founded_text", "external_code",
)  # fmt: skip
UNIT_COLUMNS = ("organisation_id", "name", "credit_code", "nature", "is_legal_entity", "party_status")
# The rule of the catalogue that a broken CHECK comes nearest to, by column.
RULE_OF_COLUMN = {
    "credit_code": "O01",
    "secretary": "O05",
    "contact": "O05",
    "phone": "O05",
    "external_code": "O04",
}
_OWN_CODE = re.compile(r"[0-9]{3}|[A-Z][0-9]{2}")


@dataclass
class Node:
    """An organisation that members and other organisations can be placed under."""

    kind: str
    code: str
    id: int | None = None
    row: Row | None = None
    values: dict[str, Value] = field(default_factory=dict)
    parent: Node | None = None


@dataclass
class Tree:
    """All organisations that a row may name: those in scope, and those of the workbook."""

    by_code: dict[str, Node] = field(default_factory=dict)
    by_name: dict[str, Node | None] = field(default_factory=dict)  # None where several have the name
    station: Node | None = None
    holds_members: frozenset[str] = frozenset()
    taken: set[str] = field(default_factory=set)

    def add(self, node: Node, code: str | None, names: Iterable[Value]) -> None:
        if code:
            self.by_code.setdefault(code, node)
        for key in {label_key(name) for name in names if isinstance(name, str)}:
            self.by_name[key] = node if key not in self.by_name else None

    def find(self, code: Value, name: Value) -> Node | None:
        """By code where one is given, else by a name that only one organisation has."""
        if isinstance(code, str):
            return self.by_code.get(code)
        return self.by_name.get(label_key(name)) if isinstance(name, str) else None


def known_tree(session: Session) -> Tree:
    """The organisations in scope; the station is the one at which the actor's post stands."""
    tree = Tree(
        holds_members=frozenset(
            session.scalars(sa.select(OrganisationKind.code).where(OrganisationKind.holds_members))
        )
    )
    station = session.scalar(sa.text("SELECT acting_station()"))
    rows = session.execute(
        sa.select(
            Organisation.id, Organisation.code, Organisation.kind, Organisation.name, Organisation.short_name,
            Organisation.external_code,
        ).where(Organisation.ended.is_(None)).order_by(Organisation.code)
    )  # fmt: skip
    for row in rows:
        node = Node(kind=row.kind, code=row.code, id=row.id)
        tree.add(node, row.code, (row.name, row.short_name))
        tree.add(node, row.external_code, ())
        if row.code == station:
            tree.station = node
    tree.taken = set(session.scalars(sa.text("SELECT code FROM organisation_code")))
    return tree


def place(batch: Batch, book: CodeBook, tree: Tree, rows: Iterator[Row | Skipped]) -> list[Node]:
    """The nodes to store, superiors first; rows that cannot be read or placed are refused."""
    new = _nodes(batch, book, tree, rows)
    placed: list[Node] = []
    for node in new:
        chain = _chain(node, tree)
        if chain is None:
            _refuse(batch, node, "superior_code", UNKNOWN_SUPERIOR, _why_unplaced(node, tree))
        elif chain:
            placed.append(node)
            node.parent = chain[0]
    placed.sort(key=lambda node: len(_ancestors(node)))
    for node in placed:
        node.code = _give_code(tree, node)
    return placed


def store(session: Session, batch: Batch, tree: Tree, placed: list[Node]) -> None:
    """Writes the placed nodes as stock with their units, and the workbook's own row of the station."""
    stored: list[Node] = []
    depth = 0
    while level := [node for node in placed if len(_ancestors(node)) == depth + 1]:
        depth += 1
        stored += _store_level(session, batch, level)
    if tree.station is not None and tree.station.row is not None:
        _update_station(session, tree.station)
        stored.append(tree.station)
    _store_units(session, batch, stored)


def _nodes(batch: Batch, book: CodeBook, tree: Tree, rows: Iterator[Row | Skipped]) -> list[Node]:
    new: list[Node] = []
    for row in batch.readable(batch.organisations, rows):
        values = _coded(batch, book, row)
        if values is None:
            continue
        code = row.values.get("external_code")
        known = tree.find(code, row.values.get("name"))
        if known is not None and known is tree.station and known.row is None:
            known.row, known.values = row, values  # the founded organisation's own row
        elif known is not None and isinstance(code, str):
            message = gettext("The code %(code)s stands twice, or is already in the registry.", code=code)
            batch.refuse(batch.organisations, row.sheet, row.number, "external_code", "O04", message)
        else:
            node = Node(kind=str(values["kind"]), code="", row=row, values=values)
            tree.add(
                node, code if isinstance(code, str) else None, (values.get("name"), values.get("short_name"))
            )
            new.append(node)
    return new


def _coded(batch: Batch, book: CodeBook, row: Row) -> dict[str, Value] | None:
    """The values with codes in place of labels; None where a label is in no list or the name is missing."""
    values = dict(row.values)
    sound = True
    for name, code_list in CODE_FIELDS.items():
        word = values.get(name)
        try:
            if isinstance(word, str):
                values[name] = book.code(code_list, word)
        except NotInList:
            sound = False
            message = gettext('"%(value)s" is not in the code list.', value=word)
            batch.refuse(batch.organisations, row.sheet, row.number, name, NOT_IN_CODE_LIST, message)
    for name, rule in (("name", "O03"), ("kind", NOT_IN_CODE_LIST)):
        if values.get(name) is None:
            sound = False
            batch.refuse(
                batch.organisations, row.sheet, row.number, name, rule, gettext("This must be filled in.")
            )
    for name in ("can_admit", "is_legal_entity"):
        if isinstance(values.get(name), str):
            sound = False
            message = gettext('"%(value)s" is neither yes nor no.', value=values[name])
            batch.refuse(batch.organisations, row.sheet, row.number, name, NOT_IN_CODE_LIST, message)
    return values if sound else None


def _superior(node: Node, tree: Tree) -> Node | None:
    assert node.row is not None
    return tree.find(node.row.values.get("superior_code"), node.row.values.get("superior_name"))


def _chain(node: Node, tree: Tree) -> list[Node] | None:
    """The superiors from the nearest one up to an organisation of the registry; None where one is missing."""
    chain: list[Node] = []
    step = _superior(node, tree)
    while step is not None and step not in chain and step is not node and step.kind not in tree.holds_members:
        chain.append(step)
        if step.id is not None:
            return chain
        step = _superior(step, tree)
    return None


def _why_unplaced(node: Node, tree: Tree) -> str:
    assert node.row is not None
    named = node.row.values.get("superior_code") or node.row.values.get("superior_name")
    superior = _superior(node, tree)
    sentence: str
    if named is None:
        sentence = gettext("No superior is named; only the registry's own root stands without one.")
    elif superior is None:
        sentence = gettext(
            "The superior %(superior)s is neither in the workbook nor in your scope.", superior=named
        )
    elif superior.kind in tree.holds_members:
        sentence = gettext(
            "The superior %(superior)s is a branch, which has no organisations below it.", superior=named
        )
    else:
        sentence = gettext("The superiors of this organisation run in a circle, or one of them was refused.")
    return sentence


def _ancestors(node: Node) -> list[Node]:
    chain = []
    step = node.parent
    while step is not None:
        chain.append(step)
        step = step.parent
    return chain


def _give_code(tree: Tree, node: Node) -> str:
    """The workbook's code where it follows the tree and was never given, else the next free one."""
    assert node.parent is not None and node.row is not None
    superior = node.parent.code
    wanted = node.row.values.get("external_code")
    if (
        isinstance(wanted, str)
        and wanted[:-3] == superior
        and _OWN_CODE.fullmatch(wanted[-3:])
        and wanted not in tree.taken
    ):
        code = wanted
    else:
        node.values["external_code_kept"] = wanted
        code = next(
            code for code in _codes_below(superior) if code not in tree.taken and code not in tree.by_code
        )
    tree.taken.add(code)
    return code


def _codes_below(superior: str) -> Iterator[str]:
    yield from (f"{superior}{number:03}" for number in range(1, 1000))
    yield from (
        f"{superior}{letter}{number:02}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for number in range(100)
    )


def _store_level(session: Session, batch: Batch, level: list[Node]) -> list[Node]:
    staging = Staging(session, "organisation", COLUMNS)
    level = [node for node in level if node.parent is not None and node.parent.id is not None]
    staging.copy(
        (node.row.sheet, node.row.number, *(_column(node, name) for name in COLUMNS))
        for node in level
        if node.row
    )
    broken = _refuse_broken(batch, staging)
    staging.insert("code")
    ids: dict[str, int] = dict(
        session.execute(
            sa.select(Organisation.code, Organisation.id).where(
                Organisation.code.in_([node.code for node in level])
            )
        )
        .tuples()
        .all()
    )
    kept = []
    for node in level:
        assert node.row is not None
        if (node.row.sheet, node.row.number) not in broken:
            node.id = ids[node.code]
            kept.append(node)
    return kept


def _column(node: Node, name: str) -> Any:
    if name == "code":
        return node.code
    if name == "parent_id":
        return node.parent.id if node.parent else None
    if name == "external_code":
        return node.values.get("external_code_kept")
    if name == "can_admit":
        return bool(node.values.get("can_admit"))
    return node.values.get(name)


def _update_station(session: Session, station: Node) -> None:
    names = [
        name for name in COLUMNS
        if name not in ("code", "parent_id", "kind", "external_code") and station.values.get(name) is not None
    ]  # fmt: skip
    values: dict[str, Any] = {name: station.values[name] for name in names}
    code = station.values.get("external_code")
    if code != station.code and code is not None:
        values["external_code"] = code
    session.execute(sa.update(Organisation).where(Organisation.id == station.id).values(**values))


def _store_units(session: Session, batch: Batch, stored: list[Node]) -> None:
    staging = Staging(session, "unit", UNIT_COLUMNS)
    staging.copy(
        (
            node.row.sheet, node.row.number, node.id, node.values.get("unit_name") or node.values.get("name"),
            node.values.get("credit_code"), node.values.get("unit_nature"),
            node.values.get("is_legal_entity"), node.values.get("unit_party_status"),
        )
        for node in stored
        if node.row is not None and (node.values.get("unit_name") or node.values.get("credit_code"))
    )  # fmt: skip
    _refuse_broken(batch, staging)
    staging.insert("organisation_id")


def _refuse_broken(batch: Batch, staging: Staging) -> set[tuple[str, int]]:
    broken = set()
    for sheet, row, column, constraint in staging.broken_checks():
        rule = RULE_OF_COLUMN.get(column, "O03")
        batch.refuse(batch.organisations, sheet, row, column, rule, rule_sentence(constraint))
        broken.add((sheet, row))
    staging.discard(broken)
    return broken


def _refuse(batch: Batch, node: Node, field_name: str, rule: str, message: str) -> None:
    assert node.row is not None
    named = "superior_code" if node.row.values.get("superior_code") else "superior_name"
    if batch.heading(node.row.sheet, named) is None:
        named = field_name
    batch.refuse(batch.organisations, node.row.sheet, node.row.number, named, rule, message)
