"""The rows of a list as HTML.

Written here and not in the template, which would spend most of the time on passing each piece of each cell
through its blocks: a list page is the page of this registry, and its cells repeat a few values many times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from markupsafe import Markup, escape

from partyadmin.views.cells import Cell

CellOf = Callable[[Any], Cell]
Source = tuple[CellOf, Callable[[Any], Any] | None]
"""How a column's cell is told from a row, and what of the row it depends on where few rows differ in it."""


def body_of(rows: Iterable[Any], sources: list[Source], key_of: Callable[[Any], Any], path: str) -> Markup:
    """The rows of a table; the first cell of each leads to its record below `path`."""
    first, others = sources[0], [(cell_of, depends, dict[Any, str]()) for cell_of, depends in sources[1:]]
    lines: list[str] = []
    start = str(escape(path))
    for row in rows:
        lines.append(f'<tr><td><a href="{start}{escape(key_of(row))}">{escape(first[0](row).text)}</a></td>')
        for cell_of, depends, known in others:
            if depends is None:
                lines.append(_cell(cell_of(row)))
                continue
            value = depends(row)
            html = known.get(value)
            if html is None:
                html = known[value] = _cell(cell_of(row))
            lines.append(html)
        lines.append("</tr>\n")
    return Markup("".join(lines))


def _cell(cell: Cell) -> str:
    if cell.marks:
        chips = (
            f'<span class="chip chip-{style}"><svg class="icon" aria-hidden="true"><use href="#i-{sign}"/>'
            f"</svg>{escape(word)}</span>"
            for style, sign, word in cell.marks
        )
        return f"<td>{''.join(chips)}</td>"
    if cell.href:
        return f'<td><a href="{escape(cell.href)}">{escape(cell.text)}</a></td>'
    return f"<td>{escape(cell.text)}</td>"
