"""Rows of known types as the XML of a sheet, as XlsxWriter writes them, at a fraction of the time.

A row's template is found by the types of its cells. Only rows of plain, harmless values are filled into it
at once; any other goes cell by cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from partyadmin.workbook.layout import Cell, Kind

LONGEST_TEXT = 32_767
"""UTF-16 units that a cell holds."""

_EPOCH = date(1899, 12, 31).toordinal()
_NO_LEAP_DAY = date(1900, 3, 1).toordinal()
"""The spreadsheet's calendar has a 29 February 1900: from here on a day's number is one more."""
_CALENDAR_BEGINS = date(1900, 1, 1).toordinal()
_SECONDS = 24 * 60 * 60
_LARGEST_EXACT = 10**15

_ESCAPE_ALIKE = re.compile("(_x[0-9a-fA-F]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_BLANK_END = re.compile(r"\A\s|\s\Z")


class RosterNotWritten(Exception):
    """A value the spreadsheet cannot hold; the library itself would leave it out or cut it without a word."""


@dataclass(frozen=True)
class _Template:
    """The XML of all rows with these types: the row's number joins the pieces, the values fill them."""

    pieces: tuple[str, ...]
    filled: Callable[[Any], tuple[Any, ...]]
    texts: Callable[[Any], tuple[str, ...]]
    days: tuple[int, ...]
    numbers: tuple[int, ...]


class RowXml:
    """Makes the XML of the rows below one heading; `styles` are the cell formats of the workbook."""

    def __init__(self, kinds: Sequence[Kind], styles: Mapping[Kind, int]):
        self._letters = [xl_col_to_name(column) for column in range(len(kinds))]
        self._blank = [styles[kind] for kind in kinds]
        self._text, self._number = styles[Kind.TEXT], styles[Kind.NUMBER]
        self._day, self._moment = styles[Kind.DAY], styles[Kind.MOMENT]
        self._templates: dict[tuple[type, ...], _Template | None] = {}

    def of(self, number: int, cells: Sequence[Cell]) -> str:
        """The XML of one row; rows count from 1.

        Raises RosterNotWritten for a value that a sheet cannot hold.
        """
        types = tuple(map(type, cells))
        if types not in self._templates:
            self._templates[types] = self._template(types)
        template = self._templates[types]
        if template is None or not _is_harmless(template.texts(cells)):
            return self._cell_by_cell(number, cells)
        values = list(template.filled(cells))
        for place in template.days:
            day = values[place].toordinal()
            if day < _NO_LEAP_DAY:
                return self._cell_by_cell(number, cells)
            values[place] = day - _EPOCH + 1
        for place in template.numbers:
            if not -_LARGEST_EXACT < values[place] < _LARGEST_EXACT:
                return self._cell_by_cell(number, cells)
        return str(number).join(template.pieces) % tuple(values)

    def _template(self, types: tuple[type, ...]) -> _Template | None:
        """None where there are too few cells, or some are of no type that a template holds."""
        if len(types) != len(self._letters):
            raise RosterNotWritten(f"{len(self._letters)} columns and {len(types)} cells")
        pieces, end = ['<row r="'], '">'
        filled: list[int] = []
        texts: list[int] = []
        days: list[int] = []
        numbers: list[int] = []
        for column, (letter, type_) in enumerate(zip(self._letters, types, strict=True)):
            pieces.append(f'{end}<c r="{letter}')
            if type_ is type(None):
                end = f'" s="{self._blank[column]}"/>'
                continue
            if type_ is str:
                texts.append(column)
                end = f'" s="{self._text}" t="inlineStr"><is><t>%s</t></is></c>'
            elif type_ is date:
                days.append(len(filled))
                end = f'" s="{self._day}"><v>%d</v></c>'
            elif type_ is int:
                numbers.append(len(filled))
                end = f'" s="{self._number}"><v>%d</v></c>'
            else:
                return None
            filled.append(column)
        pieces.append(f"{end}</row>")
        if len(texts) < 2:  # a getter of one item gives no tuple
            return None
        return _Template(tuple(pieces), itemgetter(*filled), itemgetter(*texts), tuple(days), tuple(numbers))

    def _cell_by_cell(self, number: int, cells: Sequence[Cell]) -> str:
        written = "".join(self._cell(number, column, value) for column, value in enumerate(cells))
        return f'<row r="{number}">{written}</row>'

    def _cell(self, number: int, column: int, value: Cell) -> str:
        place = f'<c r="{self._letters[column]}{number}" s='
        if value is None or value == "":
            return f'{place}"{self._blank[column]}"/>'
        if isinstance(value, bool):
            return f'{place}"{self._number}" t="b"><v>{value:d}</v></c>'
        if isinstance(value, date):
            serial = _serial(value)
            if serial is not None:
                style = self._moment if isinstance(value, datetime) else self._day
                return f'{place}"{style}"><v>{serial:.16G}</v></c>'
        elif isinstance(value, int | float):
            if not math.isfinite(value):
                raise RosterNotWritten(f"a sheet holds no {value}")
            return f'{place}"{self._number}"><v>{value:.16G}</v></c>'
        return f'{place}"{self._text}" t="inlineStr"><is>{_text(str(value))}</is></c>'


def _is_harmless(texts: tuple[str, ...]) -> bool:
    """Whether nothing in them needs care: no markup, no escape, no blank at an end, no blank text."""
    line = "|" + "|".join(texts) + "|"
    return (
        line.isprintable()
        and "<" not in line
        and "&" not in line
        and ">" not in line
        and "||" not in line
        and "| " not in line
        and " |" not in line
        and "_x" not in line
        and len(line) < LONGEST_TEXT // 2
    )


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:
        raise RosterNotWritten(f"a cell holds {LONGEST_TEXT} characters; this text is longer: {text[:40]!r}")
    text = _ESCAPE_ALIKE.sub(r"_x005F\1", text)
    text = _CONTROL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    kept = ' xml:space="preserve"' if _BLANK_END.search(text) else ""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<t{kept}>{text}</t>"


def _serial(day: date) -> float | None:
    """The number of a day or moment in the spreadsheet's calendar; None before the calendar begins."""
    ordinal = day.toordinal()
    if ordinal < _CALENDAR_BEGINS:
        return None
    serial = ordinal - _EPOCH + (ordinal >= _NO_LEAP_DAY)
    if not isinstance(day, datetime):
        return serial
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return serial + (day - midnight).total_seconds() / _SECONDS
