"""The permission table as it is printed: functions down, levels across, and how it left the initial one."""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext
from sqlalchemy_continuum import version_class

from partyadmin.db import db
from partyadmin.dictionary import help_text
from partyadmin.models import Permission, PermissionFunction
from partyadmin.models.codes import Level
from partyadmin.views import cells, history
from partyadmin.views.choices import words
from partyadmin.views.labels import label_of, phrase
from partyadmin.views.rights import function_name
from partyadmin.views.versions import level_of
from partyadmin.workbook.permission_table import PermissionBook, Printed

FIRST = 1
"""The number of the version that the initial table was loaded with."""

_NO_REACH = "none"


class State(NamedTuple):
    """What can be adjusted in a cell."""

    letter: str
    scope: str
    masked: bool

    def __str__(self) -> str:
        told = [words("permission", "letter")[self.letter]]
        if self.scope != _NO_REACH:
            told.append(phrase(self.scope))
        if self.masked:
            told.append(gettext("masked"))
        return " · ".join(told)


class TableCell(NamedTuple):
    """One cell as it stands, and as it stood in the initial table; None where it was not in it."""

    id: int
    function: str
    level: str
    now: State
    was: State | None

    @property
    def differs(self) -> bool:
        return self.now != self.was

    @property
    def text(self) -> str:
        """The letter with its marks, as paper and workbook show it."""
        return "\n".join((self.now.letter, *self.marks))

    @property
    def marks(self) -> list[str]:
        """What is told below the letter: masking, and how the initial table differed."""
        told = [gettext("masked")] if self.now.masked else []
        if self.was is None:
            return [*told, gettext("added later")]
        if self.now.letter != self.was.letter:
            told.append(gettext("was %(letter)s", letter=self.was.letter))
        if self.now.scope != self.was.scope:
            told.append(gettext("reach changed"))
        if self.now.masked != self.was.masked:
            told.append(gettext("was masked") if self.was.masked else gettext("was not masked"))
        return told


class Table(NamedTuple):
    """The whole table in the reader's language; `groups` are the functions of each subsystem."""

    levels: list[tuple[str, str]]
    groups: list[tuple[str, list[tuple[str, str]]]]
    cells: dict[tuple[str, str], TableCell]

    @property
    def differing(self) -> list[TableCell]:
        """The cells that left the initial table, in the order of the table."""
        return [cell for cell in self.cells.values() if cell.differs]


class Change(NamedTuple):
    """One act that changed a cell, in words; of one outside the reader's scope `who` says that alone."""

    version: int
    is_known: bool
    when: str
    who: str
    why: str
    document: cells.Cell


class Difference(NamedTuple):
    """A cell that left the initial table, with the acts that changed it, newest first."""

    cell: TableCell
    function: str
    level: str
    was: str
    now: str
    changes: list[Change]


def read_table() -> Table:
    """The table as it stands, every cell beside its first version."""
    first = version_class(Permission)
    rows = db.session.execute(
        sa.select(
            Permission.id, Permission.function, Permission.level, Permission.letter, Permission.scope,
            Permission.masked, first.letter.label("first_letter"), first.scope.label("first_scope"),
            first.masked.label("first_masked"), first.transaction_id,
        )
        .join(first, sa.and_(first.id == Permission.id, first.ver == FIRST))
        .order_by(Permission.id)
    ).all()  # fmt: skip
    loading = min((row.transaction_id for row in rows), default=0)
    found = {}
    for row in rows:
        was = State(row.first_letter, row.first_scope, row.first_masked)
        now = State(row.letter, row.scope, row.masked)
        cell = TableCell(row.id, row.function, row.level, now, was if row.transaction_id == loading else None)
        found[row.function, row.level] = cell
    return Table(
        [(level, label_of(Level, level)) for level in dict.fromkeys(row.level for row in rows)],
        [
            (subsystem, [(each.code, function_name(each.code)) for each in functions])
            for subsystem, functions in functions_by_subsystem()
        ],
        found,
    )


def functions_by_subsystem() -> list[tuple[str, list[PermissionFunction]]]:
    """All functions in the order of the printed table, under the names of their subsystems."""
    functions = db.session.scalars(sa.select(PermissionFunction).order_by(PermissionFunction.position))
    return [(phrase(name), list(group)) for name, group in groupby(functions, attrgetter("subsystem"))]


def differences_of(table: Table) -> list[Difference]:
    """Every cell that left the initial table: what it was and is, and who changed it when, why, on what."""
    names = dict(table.levels)
    return [
        Difference(
            cell,
            function_name(cell.function),
            names[cell.level],
            gettext("not in the table") if cell.was is None else str(cell.was),
            str(cell.now),
            _changes_of(cell),
        )
        for cell in table.differing
    ]


def _changes_of(cell: TableCell) -> list[Change]:
    """The acts that changed what can be adjusted; one that changed a note alone is none of them."""
    versions = history.versions_of(Permission, cell.id)
    numbers = [version.number for version in versions]
    states = history.states_of(Permission, cell.id, State._fields, {}, numbers)
    held = {number: State(*(getattr(states[number], name) for name in State._fields)) for number in numbers}
    changing = {newer for newer, older in pairwise(numbers) if held[newer] != held[older]}
    if cell.was is None:
        changing.add(FIRST)
    return [_told(version.number, version.act) for version in versions if version.number in changing]


def _told(version: int, act: Any) -> Change:
    outside = gettext("outside your scope")
    if act is None:
        return Change(version, False, "", outside, "", cells.Cell(""))
    name = act.account_name or outside
    document = cells.Cell(cells.NOTHING)
    if act.document_id is not None:
        title = " ".join(filter(None, (act.document_number, act.document_title)))
        opens = title and cells.may_open("document")
        path = url_for("document.details_view", id=act.document_id) if opens else None
        document = cells.Cell(title or outside, path)
    post = level_of(act.post)
    who = f"{name} · {post}" if post else name
    return Change(version, True, cells.moment(act.issued_at), who, act.reason, document)


def legend() -> list[tuple[str, str]]:
    """What the letters and the marks in the cells mean."""
    return [
        *(
            (letter, word.removeprefix(letter).strip())
            for letter, word in words("permission", "letter").items()
        ),
        (gettext("(empty)"), gettext("not in the table: the level may not")),
        (gettext("masked"), help_text("permission", "masked")),
        (gettext("was %(letter)s", letter="W"), gettext("another letter stood in the initial table")),
        (gettext("reach changed"), gettext("the same letter reached otherwise in the initial table")),
    ]


def headings_of_differences() -> list[str]:
    """The columns under which differences are told, on pages and in the workbook."""
    return [
        gettext("Function"), gettext("Level"), gettext("Initial table"), gettext("Is now"), gettext("When"),
        gettext("Who"), gettext("Reason"), gettext("Document"),
    ]  # fmt: skip


def as_book(title: str, foot: str) -> PermissionBook:
    """The table for its workbook: cells as on the page, a row for each act that changed one."""
    table = read_table()
    return PermissionBook(
        title=title,
        headings=[gettext("Function"), *(name for _, name in table.levels)],
        groups=[
            (subsystem, [(name, [_printed(table.cells.get((code, level))) for level, _ in table.levels])
                         for code, name in functions])
            for subsystem, functions in table.groups
        ],
        differences_title=gettext("Differences"),
        differences_headings=headings_of_differences(),
        differences=[
            [each.function, each.level, each.was, each.now, change.when, change.who, change.why,
             change.document.text]
            for each in differences_of(table)
            for change in each.changes
        ],
        legend_title=gettext("Legend"),
        legend_headings=[gettext("In the cell"), gettext("Meaning")],
        legend=legend(),
        foot=foot,
    )  # fmt: skip


def _printed(cell: TableCell | None) -> Printed:
    return Printed("", False) if cell is None else Printed(cell.text, cell.differs)
