"""Which column is which: the labels people give the fields, and finding them on a sheet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from partyadmin.workbook import messages
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.labels import APPLICANTS, LABELS, MANDATORY
from partyadmin.workbook.reading import Scalar, Sheet, SheetRow, Workbook
from partyadmin.workbook.refusal import WorkbookRefused

_SEARCHED_ROWS = 30
_ENOUGH_TO_BE_A_HEADER = 3
_ENOUGH_WITHOUT_ANCHOR = 5
_ANCHORS = {"organisation": {"name"}, "member": {"name", "id_number"}}
"""A sheet with neither of these, such as a table of counts by sex and nation, needs more evidence."""

_ORNAMENT = re.compile(r"[\s*※★☆:：#]+")
_NUMBERING = re.compile(r"^\(?\d{1,2}[.、)]")
_HINT = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕")
_BRACKETS = re.compile(r"[()\[\]【】〔〕]")
_TITLE = re.compile(r".{0,40}(名册|名单|台账|登记表|一览表|信息表|汇总表)")
"""An instruction above the table may mention applicants too, and is no title."""


@dataclass(frozen=True)
class Table:
    """A recognised sheet: which column (from 0) holds which field, and the label in the user's words."""

    sheet: Sheet
    kind: str
    header_row: int
    columns: dict[str, int]
    labels: dict[str, str]
    missing: tuple[str, ...]
    applicants: bool


def heading_keys(label: str) -> list[str]:
    """A heading without blanks, stars and numbering: with the words in brackets, then with fewer of them."""
    text = _NUMBERING.sub("", _ORNAMENT.sub("", unicodedata.normalize("NFKC", plain_text(label))))
    keys = [_BRACKETS.sub("", text)]
    while hints := _HINT.findall(text):
        text = "".join(text.rsplit(hints[-1], 1))
        keys.append(_BRACKETS.sub("", text))
    return keys


def field_of(label: str, kind: str) -> str | None:
    """The field a heading names in a table of this kind, or None."""
    fields = _FIELDS[kind]
    return next((fields[key][0] for key in heading_keys(label) if key in fields), None)


def _ranked_fields() -> dict[str, dict[str, tuple[str, int]]]:
    """Per kind: key of a label -> its field and its rank among the field's labels, best first."""
    return {
        kind: {
            heading_keys(label)[0]: (field, rank)
            for field, labels in fields.items()
            for rank, label in enumerate(labels)
        }
        for kind, fields in LABELS.items()
    }


_FIELDS = _ranked_fields()


def recognise(sheet: Sheet) -> Table | None:
    """Find the header among the first rows, whatever the order of columns; None for any other sheet."""
    rows = list(islice(sheet.rows(), _SEARCHED_ROWS))
    best: tuple[int, int, str, dict[str, int], list[str]] | None = None
    for position in range(len(rows)):
        for height, labels in _readings(rows, position):
            for kind in LABELS:
                columns = _columns(labels, kind)
                if _is_header(columns, kind) and (best is None or len(columns) > len(best[3])):
                    best = position, height, kind, columns, labels
    if best is None:
        return None
    position, height, kind, columns, labels = best
    return Table(
        sheet=sheet,
        kind=kind,
        header_row=rows[position].number + height - 1,
        columns=columns,
        labels={field: labels[column].strip() for field, column in columns.items()},
        missing=_missing(columns, kind),
        applicants=kind == "member" and _is_list_of_applicants(sheet.name, rows[:position]),
    )


def recognised_tables(workbook: Workbook) -> list[Table]:
    """The tables of a workbook; WorkbookRefused when there is none or one lacks a mandatory column."""
    tables = [table for table in map(recognise, workbook.sheets) if table is not None]
    if not tables:
        raise WorkbookRefused(messages.NO_TABLE)
    for table in tables:
        if table.missing and not table.applicants:
            columns = "、".join(table.missing)
            raise WorkbookRefused(messages.MISSING_COLUMNS, sheet=table.sheet.name, columns=columns)
    return tables


def _readings(rows: Sequence[SheetRow], position: int) -> list[tuple[int, list[str]]]:
    """The labels if the header is this row alone, and if it is this row and the next."""
    row = rows[position]
    upper = [_label(value) for value in row.cells]
    readings = [(1, upper)]
    following = rows[position + 1] if position + 1 < len(rows) else None
    if following and following.number == row.number + 1 and all(map(_may_be_labels, (row, following))):
        lower = [_label(value) for value in following.cells]
        readings.append((2, _combined(upper, lower)))
    return readings


def _label(value: Scalar) -> str:
    return value if isinstance(value, str) else ""


def _may_be_labels(row: SheetRow) -> bool:
    filled = [value for value in row.cells if value not in ("", None)]
    known = [value for value in filled if isinstance(value, str) and any(field_of(value, k) for k in LABELS)]
    return len(known) >= 2 and all(isinstance(value, str) for value in filled)


def _combined(upper: list[str], lower: list[str]) -> list[str]:
    """Two-row headers: the lower label where it says enough, together with the one above where not."""
    labels: list[str] = []
    group = ""
    for above, below in zip(upper, lower, strict=False):
        group = above or (group if below else "")
        if not below:
            labels.append(above)
        elif any(field_of(below, kind) for kind in LABELS):
            labels.append(below)
        else:
            labels.append(group + below)
    return labels


def _columns(labels: list[str], kind: str) -> dict[str, int]:
    """Field -> column; of two columns for one field the better known label wins, then the left one."""
    chosen: dict[str, tuple[int, int]] = {}
    for column, label in enumerate(labels):
        for key in heading_keys(label):
            if key in _FIELDS[kind]:
                field, rank = _FIELDS[kind][key]
                if field not in chosen or rank < chosen[field][0]:
                    chosen[field] = (rank, column)
                break
    return {field: column for field, (_, column) in chosen.items()}


def _is_header(columns: dict[str, int], kind: str) -> bool:
    anchored = not _ANCHORS[kind].isdisjoint(columns)
    return len(columns) >= (_ENOUGH_TO_BE_A_HEADER if anchored else _ENOUGH_WITHOUT_ANCHOR)


def _missing(columns: dict[str, int], kind: str) -> tuple[str, ...]:
    """For each mandatory group of which no column is present, the labels that would do."""
    return tuple(
        "/".join(LABELS[kind][field][0] for field in group)
        for group in MANDATORY[kind]
        if columns.keys().isdisjoint(group)
    )


def _is_list_of_applicants(name: str, title: Sequence[SheetRow]) -> bool:
    """By the tab or a title line, unless it names members as well, as 党员和发展对象 does."""
    lines = (plain_text(value) for row in title for value in row.cells)
    for text in (name, *(line for line in lines if _TITLE.fullmatch(line))):
        applicants = APPLICANTS.search(text)
        if applicants and "党员" not in APPLICANTS.sub("", text):
            return True
    return False
