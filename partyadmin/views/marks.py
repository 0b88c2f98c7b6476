"""Marks: what stands out in a cell of a list, as chips told from other columns of the row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from partyadmin.db import Base
from partyadmin.views.cells import Cell, text_of
from partyadmin.views.columns import Column, column_of


@dataclass(frozen=True)
class Mark:
    """How some values of a column are told in another column's cell: a style of chip, a sign and a word."""

    column: str
    values: tuple[Any, ...]
    style: str
    sign: str
    word: Any = None


def marked(model: type[Base], column: Column, marks: tuple[Mark, ...], row: Any) -> Cell:
    """A cell with the marks that hold for its row: the exceptions, where there are any."""
    found = [mark for mark in marks if getattr(row, mark.column) in mark.values]
    exceptions = [mark for mark in found if mark.style != "ok"] or found
    told = tuple((mark.style, mark.sign, _word(model, mark, row)) for mark in exceptions)
    return Cell(text_of(column, getattr(row, column.name)), None, told)


def _word(model: type[Base], mark: Mark, row: Any) -> str:
    if mark.word is not None:
        return str(mark.word)
    value = getattr(row, mark.column)
    return gettext("Not stated") if value is None else text_of(column_of(model, mark.column), value)
