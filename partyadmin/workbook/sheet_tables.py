"""Tables inside a sheet (the spreadsheet's own kind, with banded rows) that must take in one more column."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from partyadmin.workbook.marked_sheet import SheetMarks
from partyadmin.workbook.parts import Parts
from partyadmin.workbook.sheet_scan import column_letters, column_number

_REFERENCE = re.compile(rb'(\bref=")([A-Z]+)(\d+):([A-Z]+)(\d+)(")')
_COLUMNS = re.compile(
    rb"(<((?:[\w.-]+:)?)tableColumns\b[^>]*?)count=\"(\d+)\"([^>]*>)(.*?)(</(?:[\w.-]+:)?tableColumns>)",
    re.DOTALL,
)


def widen_tables(parts: Parts, sheet: str, marks: SheetMarks) -> bool:
    """Let the table that ends left of the error column take it in; whether the sheet has tables at all.

    A sheet with tables must not get a filter of its own: the two would overlap and the file be refused.
    """
    tables = parts.linked(sheet, "table")
    for part in tables:
        content = parts.read(part) or b""
        reference = _REFERENCE.search(content)
        if reference is None or int(reference.group(3)) != marks.header_row:
            continue
        if column_number(reference.group(4).decode()) == marks.error_column - 1:
            parts.write(part, _widened(content, marks))
    return bool(tables)


def _widened(content: bytes, marks: SheetMarks) -> bytes:
    right = column_letters(marks.error_column).encode()
    # The table's own range and its filter's: both end in the same column.
    content = _REFERENCE.sub(rb"\g<1>\g<2>\g<3>:" + right + rb"\g<5>\g<6>", content, count=2)
    numbers = [
        int(number) for number in re.findall(rb'<(?:[\w.-]+:)?tableColumn\s[^>]*?\bid="(\d+)"', content)
    ]
    name = quoteattr(marks.heading).encode()

    def with_one_more(found: re.Match[bytes]) -> bytes:
        opening, prefix, count, rest, columns, end = found.groups()
        column = b'<%btableColumn id="%d" name=%b/>' % (prefix, max(numbers, default=0) + 1, name)
        return b'%bcount="%d"%b%b%b%b' % (opening, int(count) + 1, rest, columns, column, end)

    return _COLUMNS.sub(with_one_more, content)
