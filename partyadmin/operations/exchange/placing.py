"""The organisations of a workbook: read, told apart from those already there, placed under superiors."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext

from partyadmin.dictionary import N_
from partyadmin.operations.exchange.batch import NOT_IN_CODE_LIST, UNKNOWN_SUPERIOR, Batch
from partyadmin.operations.exchange.codebook import CodeBook, NotInList
from partyadmin.operations.exchange.tree import MOST_LEVELS, Node, Tree, levels, plain_code
from partyadmin.workbook.cleaning import label_key
from partyadmin.workbook.rows import Row, Skipped, Value

CODE_FIELDS = {
    "kind": "organisation_kind",
    "unit_situation": "unit_situation",
    "unit_nature": "unit_nature",
    "unit_party_status": "unit_party_status",
}
ALREADY_THERE = N_("Already in the registry: skipped.")


def read_nodes(batch: Batch, book: CodeBook, rows: Iterator[Row | Skipped]) -> list[Node]:
    """The rows that can be read, with codes in place of labels."""
    nodes = []
    for row in batch.readable(batch.organisations, rows):
        values = _coded(batch, book, row)
        if values is not None:
            if batch.heading(row.sheet, "superior_code") is batch.heading(row.sheet, "superior_name") is None:
                values["superior_code"] = _superior_in(values.get("external_code"))
            nodes.append(Node(kind=str(values["kind"]), name=str(values["name"]), row=row, values=values))
    return nodes


def _superior_in(code: Value) -> str | None:
    """A list without superiors tells them by its codes: three characters for each level."""
    return plain_code(code)[:-3] or None if isinstance(code, str) else None


def place(batch: Batch, tree: Tree, nodes: list[Node]) -> list[list[Node]]:
    """The new organisations by levels, superiors first, each with its superior and its code.

    Rows that cannot be placed are refused; the station's own row is kept with the station.
    """
    new = _new(batch, tree, nodes)
    for node in new:
        superiors = _superiors(tree, node)
        if len(superiors) == 1 and superiors[0].kind not in tree.holds_members:
            node.parent = superiors[0]
    placed = []
    for level in levels(new):
        placed.append([node for node in level if node.parent and node.parent.code and tree.give_code(node)])
    sound = {node for level in placed for node in level}
    for node in new:
        if node not in sound:
            refuse_superior(batch, node, _why_unplaced(tree, node))
    return placed


def refuse_superior(batch: Batch, node: Node, message: str) -> None:
    """Refuses a row at the column that names its superior."""
    assert node.row is not None
    named = "superior_code" if node.values.get("superior_code") else "superior_name"
    if batch.heading(node.row.sheet, named) is None:
        named = "superior_code"
    _refuse(batch, node, named, message, UNKNOWN_SUPERIOR)


def _refuse(batch: Batch, node: Node, field_name: str, message: str, rule: str = "O04") -> None:
    assert node.row is not None
    batch.refuse(batch.organisations, node.row.sheet, node.row.number, field_name, rule, message)


def _coded(batch: Batch, book: CodeBook, row: Row) -> dict[str, Value] | None:
    """The values with codes in place of labels; None where a label is in no list or the name is missing."""
    values = dict(row.values)
    faults: list[tuple[str, str, str]] = []
    for name, code_list in CODE_FIELDS.items():
        word = values.get(name)
        try:
            if isinstance(word, str):
                values[name] = book.code(code_list, word)
        except NotInList:
            faults.append(
                (name, NOT_IN_CODE_LIST, gettext('"%(value)s" is not in the code list.', value=word))
            )
    for name, rule in (("name", "O03"), ("kind", NOT_IN_CODE_LIST)):
        if values.get(name) is None:
            faults.append((name, rule, gettext("This must be filled in.")))
    for name in ("can_admit", "is_legal_entity"):
        if isinstance(values.get(name), str):
            message = gettext('"%(value)s" is neither yes nor no.', value=values[name])
            faults.append((name, NOT_IN_CODE_LIST, message))
    for name, rule, message in faults:
        batch.refuse(batch.organisations, row.sheet, row.number, name, rule, message)
    return None if faults else values


def _new(batch: Batch, tree: Tree, nodes: list[Node]) -> list[Node]:
    """The nodes that the registry has not yet, each once; all of them can be named from now on."""
    own = _own_row(tree, nodes)
    if own is not None and tree.station is not None:
        tree.station.row, tree.station.values = own.row, own.values
        tree.workbook.add(
            tree.station, own.values.get("external_code"), own.name, own.values.get("short_name")
        )
    new: list[Node] = []
    seen = {_identity(own)} if own is not None else set()
    for node in nodes:
        if node is own or _is_there(batch, tree, node):
            continue
        if _identity(node) in seen:
            message = gettext("This organisation stands twice in the workbook; the first row was taken.")
            _refuse(batch, node, "external_code" if node.values.get("external_code") else "name", message)
            continue
        seen.add(_identity(node))
        new.append(node)
    for node in sorted(new, key=lambda node: not _names_superior(node)):
        code = node.values.get("external_code")
        if _names_superior(node) or code not in tree.workbook.codes:
            tree.workbook.add(node, code, node.name, node.values.get("short_name"))
    return new


def _identity(node: Node) -> tuple[Value, ...]:
    """Two rows with the same identity speak of one organisation."""
    code = node.values.get("external_code")
    name = label_key(node.name)
    return (
        (code, name) if code else (name, node.values.get("superior_code"), node.values.get("superior_name"))
    )


def _own_row(tree: Tree, nodes: list[Node]) -> Node | None:
    """The row of the station itself: by name, by code, or as the only one of its kind without a superior."""
    station = tree.station
    if station is None:
        return None
    coded = [node for node in nodes if node.values.get("external_code") == station.code]
    named = [node for node in nodes if label_key(node.name) == label_key(station.name)]
    rootless = [node for node in nodes if node.kind == station.kind and not _names_superior(node)]
    for found in (
        [node for node in named if node in coded],
        named,
        [node for node in coded if node.kind == station.kind],
        rootless if len(rootless) == 1 else [],
        coded,
    ):
        if found:
            return found[0]
    return None


def _is_there(batch: Batch, tree: Tree, node: Node) -> bool:
    """Whether the registry has this organisation; a code that means another one there is refused."""
    assert node.row is not None
    code = node.values.get("external_code")
    if isinstance(code, str):
        there = [known for known in tree.registry.codes.get(code, ()) if known is not tree.station]
    else:
        superiors = [superior.code for superior in _superiors(tree, node)]
        named = tree.registry.names.get(label_key(node.name), ())
        there = [known for known in named if known is tree.station or [known.code[:-3]] == superiors]
    same = [known for known in there if label_key(known.name) == label_key(node.name)]
    if same:
        tree.workbook.add(same[0], code, node.name, node.values.get("short_name"))
        batch.skip(batch.organisations, Skipped(node.row.sheet, node.row.number, ALREADY_THERE, {}))
    elif there:
        message = gettext("The registry has another organisation with the code %(code)s.", code=code)
        _refuse(batch, node, "external_code", message)
    return bool(there)


def _names_superior(node: Node) -> Value:
    return node.values.get("superior_code") or node.values.get("superior_name")


def _superiors(tree: Tree, node: Node) -> list[Node]:
    return tree.meant(node.values.get("superior_code"), node.values.get("superior_name"))


def _why_unplaced(tree: Tree, node: Node) -> str:
    named, superiors = _names_superior(node), _superiors(tree, node)
    sentence: str
    if named is None:
        sentence = gettext("No superior is named; only the registry's own root stands without one.")
    elif not superiors:
        sentence = gettext(
            "The superior %(superior)s is neither in your scope nor on an accepted row of the workbook.",
            superior=named,
        )
    elif len(superiors) > 1:
        sentence = gettext("Several organisations are called %(superior)s; give the code.", superior=named)
    elif node.parent is None:
        sentence = gettext(
            "The superior %(superior)s is a branch, which has no organisations below it.", superior=named
        )
    elif _runs_in_circle(node):
        sentence = gettext("The superiors of this organisation run in a circle, or are far too many.")
    elif node.parent.code:
        sentence = gettext("The superior %(superior)s has no free code for it.", superior=named)
    else:
        sentence = gettext("The row of its superior %(superior)s was refused.", superior=named)
    return sentence


def _runs_in_circle(node: Node) -> bool:
    step: Node | None = node
    for _ in range(MOST_LEVELS + 1):
        if step is None or step.id is not None:
            return False
        step = step.parent
    return True
