"""Rewriting the XML of one sheet row by row: red cells, one more column, a filter, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from partyadmin.workbook.marked_styles import MarkedStyles
from partyadmin.workbook.sheet_closing import closed
from partyadmin.workbook.sheet_scan import column_letters, column_number, namespace_prefix, row_pieces

_WIDTH = 60
_MAX_TEXT = 32_767
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STYLE = re.compile(rb'\bs="(\d+)"')
_REFERENCE = re.compile(rb"""\br=["']([A-Z]{1,3})\d+["']""")
_ROW_NUMBER = re.compile(rb"""\br=["'](\d+)["']""")


@dataclass
class SheetMarks:
    """What changes on one sheet; rows and columns count from 1.

    `cells` are the columns to fill red and `texts` the words of the error column, by row number;
    `answered_before` says that the error column is one of an earlier answer, to be wiped first.
    """

    heading: str
    header_row: int
    error_column: int
    last_row: int
    answered_before: bool
    filtered: bool = True
    cells: dict[int, set[int]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)

    @property
    def range(self) -> str:
        """The table from its header to its last row, the error column included."""
        return f"A{self.header_row}:{column_letters(self.error_column)}{self.last_row}"


def xml_text(text: str) -> bytes:
    """Text as it may stand in a cell or a comment."""
    return escape(_NOT_IN_XML.sub("", text)[:_MAX_TEXT]).encode()


def rewritten(
    chunks: Iterable[bytes], marks: SheetMarks, styles: MarkedStyles, drawing: str | None
) -> Iterator[bytes]:
    """The sheet's XML with the marks; `drawing` is the relationship id of new comment shapes, if any."""
    rows: _RowWriter | None = None
    root, waiting = b"", b""
    for piece in row_pieces(chunks):
        if rows is None:
            rows = _RowWriter(namespace_prefix(piece), marks, styles)
            root, piece = rows.opening(piece)
        else:
            yield rows.written(waiting)
        waiting = piece
    if rows is not None:
        yield closed(root, waiting, rows.prefix, marks.range if marks.filtered else None, drawing)


class _RowWriter:
    """Holds the patterns for one namespace prefix and the number of the row just written."""

    def __init__(self, prefix: bytes, marks: SheetMarks, styles: MarkedStyles) -> None:
        self.prefix = prefix
        self._marks, self._styles = marks, styles
        self._number = 0
        self._row_open = b"<" + prefix + b"row"
        name = re.escape(prefix)
        self._cell = re.compile(rb"<%bc(?=[\s/>])([^>]*?)(/>|>.*?</%bc>)" % (name, name), re.DOTALL)
        self._column = re.compile(rb"<%bcol\b([^>]*?)/>" % name)
        self._error_letters = column_letters(marks.error_column).encode()

    def opening(self, piece: bytes) -> tuple[bytes, bytes]:
        """The root tag, and the first piece with the new column's width and without `<dimension>`."""
        data = piece.find(b"<" + self.prefix + b"sheetData")
        head, rest = piece[:data], piece[data:]
        root = re.search(rb"<%bworksheet\b[^>]*>" % re.escape(self.prefix), head)
        head = re.sub(rb"<%bdimension\b[^>]*/>" % re.escape(self.prefix), b"", head)
        if not self._marks.answered_before:
            head = self._with_width(head)
        return (root.group(0) if root else b""), head + rest

    def _with_width(self, head: bytes) -> bytes:
        """Widths may be given for ranges of columns: the ranges around the new column are cut."""
        new, prefix = self._marks.error_column, self.prefix
        columns: list[tuple[int, bytes]] = []
        for found in self._column.finditer(head):
            first, last = (_number(found.group(1), name) for name in (b"min", b"max"))
            for low, high in ((first, min(last, new - 1)), (max(first, new + 1), last)):
                if low <= high:
                    limits = re.sub(rb'\b(min|max)="\d+"', b"", found.group(1))
                    columns.append(
                        (low, b'<%bcol min="%d" max="%d"%b/>' % (prefix, low, high, b" " + limits.strip()))
                    )
        columns.append(
            (new, b'<%bcol min="%d" max="%d" width="%d" customWidth="1"/>' % (prefix, new, new, _WIDTH))
        )
        listed = b"".join(column for _, column in sorted(columns))
        start = re.search(rb"<%bcols\b[^>]*>.*?</%bcols>|$" % ((re.escape(prefix),) * 2), head, re.DOTALL)
        before = head[: start.start()] if start else head
        return before + b"<%bcols>%b</%bcols>" % (prefix, listed, prefix)

    def written(self, piece: bytes) -> bytes:
        """One row, changed where the marks say so."""
        opened = piece.rfind(self._row_open)
        end = piece.find(b">", opened) + 1
        numbered = _ROW_NUMBER.search(piece, opened, end)
        self._number = int(numbered.group(1)) if numbered else self._number + 1
        marks, number = self._marks, self._number
        text = marks.heading if number == marks.header_row else marks.texts.get(number)
        wiped = marks.answered_before and number > marks.header_row
        if text is None and not wiped and number not in marks.cells:
            return piece
        cells = list(self._cell.finditer(piece, end))
        if not cells:
            return piece
        tag = re.sub(rb'\sspans="[^"]*"', b"", piece[opened:end])
        return piece[:opened] + tag + self._cells(cells, number, text, wiped) + piece[cells[-1].end() :]

    def _cells(self, cells: list[re.Match[bytes]], number: int, text: str | None, wiped: bool) -> bytes:
        red = self._marks.cells.get(number, set())
        placed: dict[int, bytes] = {}
        column = style = 0
        for cell in cells:
            attributes, body = cell.groups()
            reference = _REFERENCE.search(attributes)
            column = column_number(reference.group(1).decode()) if reference else column + 1
            if not reference:
                attributes = b' r="%b%d"%b' % (column_letters(column).encode(), number, attributes)
            styled = _STYLE.search(attributes)
            style = int(styled.group(1)) if styled else 0
            wanted = self._styles.red(style) if column in red else style
            if wiped and column not in red:
                wanted = self._styles.without_red(style)
            if wanted != style:
                attributes = _STYLE.sub(b"", attributes) + b' s="%d"' % wanted
            placed[column] = b"<%bc%b%b" % (self.prefix, attributes, body)
        for column in red - placed.keys():
            letters = column_letters(column).encode()
            placed[column] = b'<%bc r="%b%d" s="%d"/>' % (self.prefix, letters, number, self._styles.red(0))
        if text is not None or wiped:
            heading_style = style if number == self._marks.header_row else 0
            placed[self._marks.error_column] = self._error_cell(number, text or "", heading_style)
        return b"".join(placed[column] for column in sorted(placed))

    def _error_cell(self, number: int, text: str, style: int) -> bytes:
        prefix = self.prefix
        start = b'<%bc r="%b%d" s="%d"' % (prefix, self._error_letters, number, style)
        if not text:
            return start + b"/>"
        # An inline string is text whatever it begins with: nothing of ours can become a formula.
        return start + b' t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % (
            prefix,
            prefix,
            xml_text(text),
            prefix,
            prefix,
            prefix,
        )


def _number(attributes: bytes, name: bytes) -> int:
    found = re.search(rb'\b%b="(\d+)"' % name, attributes)
    return int(found.group(1)) if found else 1
