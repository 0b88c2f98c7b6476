"""Rosters as spreadsheets, ready to print and streamed: the first bytes leave at once, memory stays flat."""

from __future__ import annotations

import zipfile
from collections.abc import Generator, Iterable, Iterator
from itertools import chain

from partyadmin.workbook.layout import Cell, Layout
from partyadmin.workbook.row_xml import RosterNotWritten, RowXml
from partyadmin.workbook.skeleton import FIRST_ROW, Skeleton, sheet_part, skeleton

__all__ = ["FIRST_ROW", "ROWS_PER_SHEET", "RosterNotWritten", "stream_roster"]

ROWS_PER_SHEET = 1_048_576 - FIRST_ROW
LARGEST_SHEET = 1_900_000_000
"""Bytes of XML after which a sheet ends: from 2 GiB on a part needs an extension that Excel cannot read."""

_BLOCK = 1000
_LEVEL = 1
"""Of compression: higher ones take several times as long for a file a little smaller."""
_SAME_FROM_THE_START = ("_rels/.rels", "docProps/core.xml", "xl/theme/theme1.xml", "xl/styles.xml")
"""Parts that do not depend on the rows; all others list the sheets, their ranges or their texts."""


class _Sink:
    """Takes what the zip writes until it is carried on; it cannot seek, so nothing is written twice."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._kept.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing lies deeper."""

    def taken(self) -> bytes:
        data = b"".join(self._kept)
        self._kept.clear()
        return data


def stream_roster(layout: Layout, rows: Iterable[tuple[Cell, ...]]) -> Generator[bytes]:
    """The workbook in pieces: rows of as many cells as columns, on a further sheet when one is full.

    The first piece comes before the first row is asked for. Raises RosterNotWritten for a value that a sheet
    cannot hold; what was yielded before is then no workbook.
    """
    sink = _Sink()
    opening = skeleton(layout, [0, 0])
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as book:  # type: ignore[call-overload]
        for name in _SAME_FROM_THE_START:
            book.writestr(name, opening.others[name])
        yield sink.taken()
        counts: list[int] = []
        rows = iter(rows)
        first = next(rows, None)
        while first is not None or not counts:
            for _ in _sheet(book, layout, opening, chain(() if first is None else (first,), rows), counts):
                yield sink.taken()
            first = next(rows, None)
        for name, content in skeleton(layout, counts).others.items():
            if name not in _SAME_FROM_THE_START:
                book.writestr(name, content)
    yield sink.taken()


def _sheet(
    book: zipfile.ZipFile,
    layout: Layout,
    opening: Skeleton,
    rows: Iterator[tuple[Cell, ...]],
    counts: list[int],
) -> Iterator[None]:
    """Writes one sheet, pausing after each block, and adds its number of rows."""
    begins, _ = list(opening.sheets.values())[1 if counts else 0]
    xml = RowXml([column.kind for column in layout.columns], opening.styles)
    count = size = 0
    with book.open(sheet_part(len(counts) + 1), "w") as part:
        part.write(begins)
        while size < LARGEST_SHEET and (room := min(_BLOCK, ROWS_PER_SHEET - count)):
            numbers = range(FIRST_ROW + 1 + count, FIRST_ROW + 1 + count + room)
            block = [xml.of(number, cells) for number, cells in zip(numbers, rows, strict=False)]
            size += part.write("".join(block).encode())
            count += len(block)
            yield
            if len(block) < room:
                break
        counts.append(count)
        *_, (_, ends) = skeleton(layout, counts).sheets.values()
        part.write(ends)
