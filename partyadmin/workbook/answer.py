"""The answer to an import: the user's own workbook with every refusal written where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from partyadmin.workbook import messages
from partyadmin.workbook.cell_comments import Cell, comment_on
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.headings import Table, recognise
from partyadmin.workbook.marked_sheet import SheetMarks, rewritten, xml_text
from partyadmin.workbook.marked_styles import STYLES_TYPE, MarkedStyles
from partyadmin.workbook.package import DEFAULT_LIMIT, WORKBOOK_PART, inflate, open_package, parse_small
from partyadmin.workbook.parts import Parts
from partyadmin.workbook.reading import load, open_workbook
from partyadmin.workbook.refusal import WorkbookRefused
from partyadmin.workbook.sheet_tables import widen_tables

_LAST_COLUMN = 16_384
_ROWS_THAT_SHOW_THE_HEADER = 40


@dataclass(frozen=True)
class Refusal:
    """One reason against one row; `column` is the heading in the user's words, None for the whole row."""

    sheet: str
    row: int
    column: str | None
    sentence: str


def answer(
    source: str | Path | bytes,
    refusals: Iterable[Refusal],
    target: str | Path | BinaryIO,
    *,
    heading: str,
    notes: Mapping[str, str] | None = None,
    limit_bytes: int = DEFAULT_LIMIT,
) -> None:
    """Write the workbook with red cells, comments and one filterable column of sentences at the right.

    `heading` is the label of that column, `notes` a comment on it per sheet. A workbook that is itself
    such an answer keeps its column: what it said before is wiped. Everything else stays as it was; sheets
    without refusals or notes are copied unread. Raises WorkbookRefused as reading does, and ValueError
    for a refusal on a sheet that is no table.
    """
    data = load(source, limit_bytes)
    package = open_package(data, limit_bytes)
    by_sheet: dict[str, list[Refusal]] = {name: [] for name in notes or ()}
    for refusal in refusals:
        by_sheet.setdefault(refusal.sheet, []).append(refusal)
    tables = _tables(data, limit_bytes, by_sheet)
    parts = Parts(package)
    styles_part = (parts.linked(WORKBOOK_PART, "styles") or [""])[0] or _new_styles(parts)
    styles = MarkedStyles(parts.read(styles_part))
    streamed: dict[str, Iterator[bytes]] = {}
    for name, its in by_sheet.items():
        part = next(sheet.part for sheet in package.sheets if sheet.name == name)
        marks, comments = _marks(tables[name], its, heading)
        if notes and notes.get(name):
            comments[marks.header_row, marks.error_column] = notes[name]
        marks.filtered = not widen_tables(parts, part, marks)
        _move_filter_name(parts, name, marks)
        drawing = comment_on(parts, part, comments)
        streamed[part] = rewritten(inflate(package, part), marks, styles, drawing)
    # Last of the streamed parts: only then is it known which formats the sheets asked for.
    streamed[styles_part] = (styles.content() for _ in range(1))
    parts.save(target, streamed)


def _tables(data: bytes, limit_bytes: int, wanted: Iterable[str]) -> dict[str, Table]:
    workbook = open_workbook(data, limit_bytes, rows_per_sheet=_ROWS_THAT_SHOW_THE_HEADER)
    sheets = {sheet.name: sheet for sheet in workbook.sheets}
    tables: dict[str, Table] = {}
    for name in wanted:
        table = recognise(sheets[name]) if name in sheets else None
        if table is None:
            raise ValueError(f"sheet {name!r} holds no table to answer in")
        tables[name] = table
    return tables


def _new_styles(parts: Parts) -> str:
    parts.declare("xl/styles.xml", STYLES_TYPE)
    parts.link(WORKBOOK_PART, "styles", "xl/styles.xml")
    return "xl/styles.xml"


def _marks(table: Table, refusals: list[Refusal], heading: str) -> tuple[SheetMarks, dict[Cell, str]]:
    """What to change on the sheet, and the comments on its cells."""
    headings = _headings(table)
    before = headings.get(heading)
    column = before or max(table.sheet.columns, len(headings)) + 1
    if column > _LAST_COLUMN:
        raise WorkbookRefused(messages.SPREAD, sheet=table.sheet.name)
    marks = SheetMarks(
        heading=heading,
        header_row=table.header_row,
        error_column=column,
        last_row=max(table.sheet.rows_used, table.header_row),
        answered_before=before is not None,
    )
    columns = {table.labels[field]: index + 1 for field, index in table.columns.items()}
    comments: dict[Cell, str] = {}
    for refusal in refusals:
        told = f"{refusal.column}: {refusal.sentence}" if refusal.column else refusal.sentence
        earlier = marks.texts.get(refusal.row)
        marks.texts[refusal.row] = f"{earlier}; {told}" if earlier else told
        place = columns.get(refusal.column or "") or headings.get(refusal.column or "")
        if place:
            marks.cells.setdefault(refusal.row, set()).add(place)
            earlier = comments.get((refusal.row, place))
            comments[refusal.row, place] = f"{earlier}\n{refusal.sentence}" if earlier else refusal.sentence
    return marks, comments


def _headings(table: Table) -> dict[str, int]:
    """All labels of the header row, those of unknown columns included, with their columns from 1."""
    for row in table.sheet.rows():
        if row.number == table.header_row:
            return {plain_text(value): column for column, value in enumerate(row.cells, start=1)}
    return {}


def _move_filter_name(parts: Parts, sheet: str, marks: SheetMarks) -> None:
    """A filtered sheet repeats the filter's range in a hidden name, which has to follow."""
    content = parts.read(WORKBOOK_PART) or b""
    names = [each.get("name") for each in parse_small(content).findall("{*}sheets/{*}sheet")]
    left, right = marks.range.split(":")
    quoted = sheet.replace("'", "''")
    absolute = re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", f"{left}:{right}")
    pattern = (
        rb'(<(?:[\w.-]+:)?definedName\b(?=[^>]*"_xlnm\._FilterDatabase")(?=[^>]*localSheetId="%d")[^>]*>)[^<]*'
        % names.index(sheet)
    )
    new = xml_text(f"'{quoted}'!{absolute}")
    parts.write(WORKBOOK_PART, re.sub(pattern, lambda found: found.group(1) + new, content))
