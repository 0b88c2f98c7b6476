"""The tree that rows are placed in: the organisations in scope and those that the workbook brings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.models import Organisation
from partyadmin.models.codes import OrganisationKind
from partyadmin.workbook.cleaning import label_key
from partyadmin.workbook.rows import Row, Value

MOST_LEVELS = 20
"""Real trees have eight levels below a province; a longer chain of superiors is a mistake."""

_OWN_CODE = re.compile(r"[0-9]{3}|[A-Z][0-9]{2}")
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(eq=False)
class Node:
    """An organisation that members and other organisations can be placed under.

    `code` is ours and `id` the registry's: both are empty while the row waits to be stored.
    """

    kind: str
    name: str
    code: str = ""
    id: int | None = None
    row: Row | None = None
    values: dict[str, Value] = field(default_factory=dict)
    parent: Node | None = None


class Directory:
    """Organisations by the words people write for them: all that a word may mean."""

    def __init__(self) -> None:
        self.codes: dict[str, list[Node]] = {}
        self.plain_codes: dict[str, list[Node]] = {}
        self.names: dict[str, list[Node]] = {}
        self.short_names: dict[str, list[Node]] = {}

    def add(self, node: Node, code: Value, name: Value, short_name: Value) -> None:
        for words, word, key in (
            (self.codes, code, str),
            (self.plain_codes, code, plain_code),
            (self.names, name, label_key),
            (self.short_names, short_name, label_key),
        ):
            if isinstance(word, str) and node not in (meant := words.setdefault(key(word), [])):
                meant.append(node)


@dataclass
class Tree:
    """What a row may name; `station` is the organisation at which the actor's post stands."""

    registry: Directory = field(default_factory=Directory)
    workbook: Directory = field(default_factory=Directory)
    station: Node | None = None
    holds_members: frozenset[str] = frozenset()
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._free_codes: dict[str, Iterator[str]] = {}

    def meant(self, code: Value, name: Value) -> list[Node]:
        """The organisations a row may mean: one where it is clear, none where it is unknown.

        A code counts before a name; its punctuation, and the name beside it, only where it is not clear.
        The numbers of a workbook are its own, so its organisations come before those of the registry.
        """
        if not isinstance(code, str):
            return self._named(label_key(name)) if isinstance(name, str) else []
        plain = plain_code(code)
        found = (
            self.workbook.codes.get(code)
            or self.registry.codes.get(code)
            or self.workbook.plain_codes.get(plain)
            or self.registry.plain_codes.get(plain)
            or []
        )
        if len(found) > 1 and isinstance(name, str):
            named = self._named(label_key(name))
            return [node for node in found if node in named] or found
        return found

    def _named(self, key: str) -> list[Node]:
        full = [*self.workbook.names.get(key, ()), *self.registry.names.get(key, ())]
        short = [*self.workbook.short_names.get(key, ()), *self.registry.short_names.get(key, ())]
        return list(dict.fromkeys(full or short))

    def give_code(self, node: Node) -> bool:
        """Gives the workbook's code where it follows the tree and is free, else the next free one.

        False where the superior has no code left.
        """
        assert node.parent is not None
        superior, wanted = node.parent.code, node.values.get("external_code")
        own = plain_code(wanted) if isinstance(wanted, str) else ""
        if own[:-3] == superior and _OWN_CODE.fullmatch(own[-3:]) and own not in self.taken:
            node.code = own
        else:
            free = self._free_codes.setdefault(superior, _codes_below(superior))
            given, wanted_by_others = self.taken, self.workbook.plain_codes
            node.code = next(
                (code for code in free if code not in given and code not in wanted_by_others), ""
            )
        self.taken.add(node.code)
        return bool(node.code)


def plain_code(code: str) -> str:
    """A code without its dots and dashes."""
    return _PUNCTUATION.sub("", code)


def known_tree(session: Session) -> Tree:
    """The active organisations in scope."""
    kinds = sa.select(OrganisationKind.code).where(OrganisationKind.holds_members)
    tree = Tree(holds_members=frozenset(session.scalars(kinds)))
    station = session.scalar(sa.text("SELECT acting_station()"))
    rows = session.execute(
        sa.select(
            Organisation.id, Organisation.code, Organisation.kind, Organisation.name, Organisation.short_name,
            Organisation.external_code,
        ).where(Organisation.ended.is_(None)).order_by(Organisation.code)
    )  # fmt: skip
    for row in rows:
        node = Node(kind=row.kind, name=row.name, code=row.code, id=row.id)
        tree.registry.add(node, row.code, row.name, row.short_name)
        tree.registry.add(node, row.external_code, None, None)
        if row.code == station:
            tree.station = node
    tree.taken = set(session.scalars(sa.text("SELECT code FROM organisation_code")))
    return tree


def levels(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    """The nodes that hang on the registry by their parents, superiors first, each level in its order.

    Left out are those in a circle, below a node that is not among them, or too deep.
    """
    below: defaultdict[Node, list[Node]] = defaultdict(list)
    level: list[Node] = []
    for node in nodes:
        if node.parent is not None and node.parent.id is not None:
            level.append(node)
        elif node.parent is not None:
            below[node.parent].append(node)
    for _ in range(MOST_LEVELS):
        if not level:
            return
        children = [child for node in level for child in below[node]]
        yield level
        level = children


def _codes_below(superior: str) -> Iterator[str]:
    yield from (f"{superior}{number:03}" for number in range(1, 1000))
    yield from (
        f"{superior}{letter}{number:02}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" for number in range(100)
    )
