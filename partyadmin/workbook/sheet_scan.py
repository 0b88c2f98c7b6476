"""What the XML of a sheet tells that the cell reader does not: formulas, and how far the cells reach.

The scan works on bytes and never builds a tree, so that 100,000 rows take a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from partyadmin.workbook import messages
from partyadmin.workbook.package import MEGABYTE
from partyadmin.workbook.refusal import WorkbookRefused

_MAX_ROW_XML = 32 * MEGABYTE
_MAX_ROWS = 1_048_576
_WIDEST_TABLE = 1_024
_ROOT = re.compile(rb"<([\w.-]+:)?worksheet\b")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_ROW_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d{1,7})["']""")
_RANGE = re.compile(rb"""\bref\s*=\s*["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")


@dataclass
class Scan:
    """Extent (last row and column that hold a value, from 1) and formula columns (from 0) by row number."""

    rows: int = 0
    columns: int = 0
    formulas: dict[int, list[int]] = field(default_factory=dict)


def column_number(letters: str) -> int:
    """A -> 1, Z -> 26, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def column_letters(number: int) -> str:
    """1 -> A, 27 -> AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def namespace_prefix(xml: bytes) -> bytes:
    """The prefix of the sheet's own elements, with its colon, or nothing; some writers use `x:`."""
    root = _ROOT.search(xml)
    if root is None:
        raise WorkbookRefused(messages.DAMAGED)
    return root.group(1) or b""


def row_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a sheet behind each row's end tag; the first piece opens the sheet, the last one closes it."""
    pending, end = b"", b""
    for chunk in chunks:
        pending += chunk
        if not end:
            if len(pending) < 4096:
                continue
            end = b"</" + namespace_prefix(pending[:65536]) + b"row>"
        *rows, pending = pending.split(end)
        for row in rows:
            yield row + end
        if len(pending) > _MAX_ROW_XML:
            raise WorkbookRefused(messages.INFLATED)
    if not end:
        end = b"</" + namespace_prefix(pending) + b"row>"
    *rows, rest = pending.split(end)
    for row in rows:
        yield row + end
    yield rest


def scan_sheet(chunks: Iterable[bytes]) -> Scan:
    """Find formulas and the extent of one sheet, whatever its `<dimension>` claims."""
    scan, number, ranges = Scan(), 0, _ArrayRanges()
    grammar: _Grammar | None = None
    for count, piece in enumerate(row_pieces(chunks)):
        if count > _MAX_ROWS:
            raise WorkbookRefused(messages.INFLATED)
        if grammar is None:
            grammar = _Grammar(namespace_prefix(piece))
            if b"sheetData" not in piece:
                raise WorkbookRefused(messages.DAMAGED)
        number, columns = grammar.extent(piece, number + 1)
        if not columns:
            continue
        scan.rows, scan.columns = max(scan.rows, number), max(scan.columns, columns)
        formulas = list(grammar.formulas(piece, ranges)) if grammar.formula in piece else []
        found = ranges.columns(number).union(formulas)
        if found:
            scan.formulas[number] = sorted(found)
    return scan


class _ArrayRanges:
    """Ranges filled by one array formula: only their first cell carries the formula itself."""

    def __init__(self) -> None:
        self._last_rows: dict[int, int] = {}

    def add(self, formula: bytes) -> None:
        """Note the range a formula fills; a shared formula needs none, each of its cells carries one."""
        spanned = _RANGE.search(formula)
        if spanned and b"shared" not in formula:
            left, _, right, last = (part.decode() for part in spanned.groups())
            for column in range(column_number(left) - 1, min(column_number(right), _WIDEST_TABLE)):
                self._last_rows[column] = max(int(last), self._last_rows.get(column, 0))

    def columns(self, row: int) -> set[int]:
        """Columns, counted from 0, that a range begun above or in this row still fills."""
        return {column for column, last in self._last_rows.items() if last >= row}


class _Grammar:
    """The few patterns of a sheet's rows, for one namespace prefix."""

    def __init__(self, prefix: bytes) -> None:
        self.formula = b"<" + prefix + b"f"
        self._cell_open, self._cell_end = b"<" + prefix + b"c ", b"</" + prefix + b"c>"
        self._row_open = b"<" + prefix + b"row"
        escaped = re.escape(prefix)
        self._cells = re.compile(rb"<%bc(\s[^>]*|/)?>(\s*<%bf(?:\s[^>]*|/)?>)?" % (escaped, escaped))

    def extent(self, piece: bytes, expected_row: int) -> tuple[int, int]:
        """Row number and last column with content; (row, 0) for a row without any."""
        opened = piece.rfind(self._row_open)
        last_end = piece.rfind(self._cell_end)
        if opened < 0 or last_end < opened:
            return expected_row, 0
        tag = piece[opened : piece.find(b">", opened)]
        numbered = _ROW_NUMBER.search(tag)
        row = int(numbered.group(1)) if numbered else expected_row
        cell = piece.rfind(self._cell_open, opened, last_end)
        reference = _REFERENCE.search(piece[cell : piece.find(b">", cell)]) if cell >= 0 else None
        if reference:
            return row, column_number(reference.group(1).decode())
        return row, len(self._cells.findall(piece, opened))

    def formulas(self, piece: bytes, ranges: _ArrayRanges) -> Iterator[int]:
        """Columns, counted from 0, of the cells that hold a formula; array ranges are collected."""
        position = 0
        for cell in self._cells.finditer(piece, piece.rfind(self._row_open)):
            reference = _REFERENCE.search(cell.group(1) or b"")
            position = column_number(reference.group(1).decode()) if reference else position + 1
            if cell.group(2) is not None:
                ranges.add(cell.group(2))
                yield position - 1
