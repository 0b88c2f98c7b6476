"""The chart of an organisation: what stands below it, two or three levels deep, to be read and printed."""

from __future__ import annotations

from partyadmin.views.tree import Node, children, node_of, within

DEPTHS = (2, 3)
ACROSS = 6
"""Boxes beside one another on a sheet."""
_MOST = {1: 6 * ACROSS, 2: 12}
"""How many subordinates one box of a level shows."""


def chart_of(code: str, depth: int) -> Node:
    """An organisation with what stands below it and is not abolished; 404 out of scope."""
    top = node_of(code)
    level = {top.id: top}
    for deep in range(1, depth):
        for node in level.values():
            node.below = []
        found: dict[int, Node] = {}
        for child, above, siblings in children(list(level), abolished=False, most=_MOST[deep]):
            superior = level[above]
            assert superior.below is not None
            superior.below.append(child)
            superior.rest = siblings - len(superior.below)
            child.short = within(child.short, superior)
            found[child.id] = child
        level = found
    return top


def rows_of(top: Node) -> list[list[Node]]:
    """The boxes directly below the top, no more in a row than a sheet is wide; rows are about as long."""
    boxes = top.below or []
    rows = -(-len(boxes) // ACROSS)
    across = -(-len(boxes) // rows) if rows else 0
    return [boxes[start : start + across] for start in range(0, len(boxes), across or 1)]
