"""A block of a spreadsheet as a grid: its headings, its cells, and beside each what is wrong with it."""

from __future__ import annotations

from typing import Any, NamedTuple

from partyadmin.dictionary import label
from partyadmin.operations.exchange.correcting import (
    CORRECTED,
    MOST_ROWS,
    NAMING,
    Correction,
    fields_of,
    lines_of,
)
from partyadmin.workbook.labels import MEMBER

_AT_FIRST = (*NAMING, "mobile", "address")
_EMPTY_ROWS = 8

Changes = list[tuple[str, str, str]]


class Heading(NamedTuple):
    """A column: the word that names its field in a block, and whether it may be pasted."""

    word: str
    is_known: bool


class Row(NamedTuple):
    """A line of the block: each cell with its fault, those of the whole row, and what would change."""

    number: int
    cells: list[tuple[str, str]]
    faults: list[str]
    changes: Changes | None


class Grid(NamedTuple):
    """Headings and rows; `offered` are the headings to choose from, `words` the names that each goes by."""

    headings: list[Heading]
    rows: list[Row]
    offered: list[tuple[str, str]]
    words: dict[str, str]


def empty_grid() -> Grid:
    """A few columns and rows to paste into or to fill in."""
    return _grid([Heading(_word(name), True) for name in _AT_FIRST], [])


def grid_of(block: str, checked: list[tuple[Correction, Changes]]) -> Grid | None:
    """A block as it was typed, with what its check found; None where it has more rows than a grid holds."""
    lines = lines_of(block)
    if len(lines) - 1 > MOST_ROWS:
        return None
    fields = fields_of(lines[0])
    fields += [None] * (max(map(len, lines)) - len(fields))
    headings = [
        Heading(_word(name), True) if name else Heading(word.strip(), not word.strip())
        for name, word in zip(fields, lines[0] + [""] * (len(fields) - len(lines[0])), strict=True)
    ]
    found = {each.number: (each, changes) for each, changes in checked}
    return _grid(headings, [_row(number, cells, fields, found) for number, cells in enumerate(lines[1:], 2)])


def _row(
    number: int, cells: list[str], fields: list[str | None], found: dict[int, tuple[Correction, Changes]]
) -> Row:
    correction, changes = found.get(number, (None, None))
    faults: dict[Any, str] = dict(correction.faults) if correction else {}
    padded = cells + [""] * (len(fields) - len(cells))
    told = [(text.strip(), faults.pop(name, "")) for name, text in zip(fields, padded, strict=True)]
    return Row(number, told, list(faults.values()), None if faults or any(f for _, f in told) else changes)


def _grid(headings: list[Heading], rows: list[Row]) -> Grid:
    last = rows[-1].number if rows else 1
    spare = range(last + 1, max(last + 2, 2 + _EMPTY_ROWS))
    empty = [Row(number, [("", "")] * len(headings), [], None) for number in spare]
    names = (*NAMING, *CORRECTED)
    words = {each: _word(name) for name in names for each in (*MEMBER[name], label("member", name))}
    return Grid(headings, rows + empty, [(_word(name), label("member", name)) for name in names], words)


def _word(name: str) -> str:
    """The heading of a field in a block, whichever language the reader has."""
    return MEMBER[name][0]
