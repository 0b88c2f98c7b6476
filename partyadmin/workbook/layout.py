"""What a roster looks like: its columns, and what stands on each printed page and in the file itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum, auto

Cell = str | int | float | bool | date | datetime | None


class Kind(Enum):
    """What the empty cells of a column take; a value is always written as what it is."""

    TEXT = auto()
    NUMBER = auto()
    DAY = auto()
    MOMENT = auto()


@dataclass(frozen=True)
class Column:
    """One column; the width counts digits. With `choices` its cells are filled from a drop-down list."""

    heading: str
    kind: Kind = Kind.TEXT
    width: float = 14
    choices: Sequence[str] = ()


@dataclass(frozen=True)
class Layout:
    """What stands around the rows of a roster.

    `mark` and `footer` are lines of each printed page: the mark at the top right, the footer at the bottom
    left; a page holds only so much, and longer texts end in an ellipsis. `page_words` has `{page}` and
    `{pages}` in it. `properties` are the file's own, by their names in XlsxWriter; `record` is told in full
    on a sheet that is hidden until somebody asks for it, and each of its entries is a property too. Choices
    of columns stand beside the record and need one.
    """

    title: str
    columns: Sequence[Column]
    mark: Sequence[str] = ()
    footer: Sequence[str] = ()
    page_words: str = "{page} / {pages}"
    properties: Mapping[str, str] = field(default_factory=dict)
    record_name: str = ""
    record: Sequence[tuple[str, str]] = ()
