"""A worksheet of people that comes back filled in: which one it is, and what each row says."""

from __future__ import annotations

import re
from dataclasses import dataclass

from partyadmin.workbook import messages
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.reading import Scalar, Sheet, open_workbook
from partyadmin.workbook.refusal import WorkbookRefused

_STAMP = re.compile(r"(\d{1,18})-([0-9a-f]{16})")


@dataclass(frozen=True)
class Filled:
    """A row as it stands: Excel's number of it, the key, the name and the choice, as text."""

    number: int
    key: str
    name: str
    choice: str


@dataclass(frozen=True)
class Worksheet:
    """The rows of a filled worksheet; `order` and `digest` tell what it was made of."""

    order: int
    digest: str
    rows: list[Filled]


def read_worksheet(content: bytes, headings: tuple[str, str, str]) -> Worksheet:
    """The rows below the headings of key, name and choice, wherever these columns stand by now.

    Raises WorkbookRefused for a file that is no such worksheet.
    """
    first, *others = open_workbook(content).sheets
    stamps = (stamp for sheet in others if (stamp := _stamp_in(sheet)))
    stamp = next(stamps, None)
    if stamp is None:
        raise WorkbookRefused(messages.NO_WORKSHEET)
    rows = iter(first.rows())
    top = next(rows, None)
    named = [plain_text(cell) for cell in top.cells] if top else []
    missing = [heading for heading in headings if heading not in named]
    if missing:
        raise WorkbookRefused(messages.MISSING_COLUMNS, sheet=first.name, columns="、".join(missing))
    places = [named.index(heading) for heading in headings]
    filled = []
    for row in rows:
        cells = [_text(row.cells[place]) if place < len(row.cells) else "" for place in places]
        if any(cells):
            filled.append(Filled(row.number, *cells))
    return Worksheet(int(stamp[1]), stamp[2], filled)


def _stamp_in(sheet: Sheet) -> re.Match[str] | None:
    for row in sheet.rows():
        for cell in row.cells[:2]:
            if isinstance(cell, str) and (found := _STAMP.fullmatch(cell.strip())):
                return found
    return None


def _text(cell: Scalar) -> str:
    """A cell as text; a number that Excel holds as 12.0 is 12."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return plain_text(cell)
