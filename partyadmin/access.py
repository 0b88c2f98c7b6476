"""What a post may do: the permission table read as needs of Flask-Principal."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import get_locale, gettext
from flask_principal import Permission as PrincipalPermission
from flask_principal import RoleNeed
from sqlalchemy.orm import Session
from sqlalchemy_continuum import version_class

from partyadmin.dictionary import Refused
from partyadmin.models import Permission, PermissionFunction


class FunctionNeed(NamedTuple):
    """One letter (W A R P V X C) for one function of the permission table (O1, P3, ...)."""

    function: str
    letter: str


def needs_of_level(session: Session, level: str) -> set[tuple[str, str]]:
    """The needs that a post of a level provides: its role, and each letter of its column."""
    held = ((function, row[level].letter) for function, row in rows_of_table(session).items() if level in row)
    return {RoleNeed(level), *(FunctionNeed(*cell) for cell in held if cell[1] != "-")}


class Cell(NamedTuple):
    """What a level may do in one function, and how far it reaches."""

    level: str
    letter: str
    scope: str


_TABLE = sa.select(Permission.function, Permission.level, Permission.letter, Permission.scope).order_by(
    Permission.id
)


Rows = dict[str, dict[str, Cell]]
_tables: dict[str, tuple[int | None, Rows]] = {}
"""The newest act on the table of each database, and its rows then."""
_NEWEST = sa.select(sa.func.max(version_class(Permission).transaction_id))


def rows_of_table(session: Session) -> Rows:
    """The rows of the table by function, each by level in the order of the table.

    Built once for each state of the table, since the buttons of every page are explained from it.
    """
    database, newest = str(session.connection().engine.url), session.scalar(_NEWEST)
    known = _tables.get(database)
    if known is None or known[0] != newest:
        rows: Rows = {}
        for function, level, letter, scope in session.execute(_TABLE):
            rows.setdefault(function, {})[level] = Cell(level, letter, scope)
        known = _tables[database] = (newest, rows)
    return known[1]


def may(function: str, letters: str) -> PrincipalPermission:
    """A permission that holds with any of the letters for the function.

    Principal lets everybody pass a permission without needs, so an empty one is a ValueError here.
    """
    if not letters:
        raise ValueError(f"no letters for {function}")
    return PrincipalPermission(*(FunctionNeed(function, letter) for letter in letters))


def demand(session: Session, function: str, letters: str) -> None:
    """Refuses unless the acting post has one of the letters for the function, as the table stands now.

    Raises Refused.
    """
    held = session.scalar(
        sa.text("SELECT bool_or(holds(:function, letter)) FROM unnest(CAST(:letters AS text[])) AS letter"),
        {"function": function, "letters": list(letters)},
    )
    if not held:
        raise Refused(
            gettext(
                'Your post may not do "%(function)s"; ask the superior organisation.',
                function=_named(session, function),
            ),
            rule="permission",
        )


def _named(session: Session, function: str) -> str:
    """A function as the table prints it: its code, and its label in the reader's language."""
    label = "label_en" if str(get_locale()).startswith("en") else "label_zh"
    name = getattr(PermissionFunction, label)
    found = session.scalar(sa.select(name).where(PermissionFunction.code == function))
    return f"{function} {found}" if found else function


def is_masked(session: Session, function: str) -> bool:
    """Whether the permission table lets the acting post take out masked numbers only."""
    level = sa.func.acting_level()
    found = session.scalar(
        sa.select(Permission.masked).where(Permission.function == function, Permission.level == level)
    )
    return found is not False


def holds_unmasked(session: Session, rights: Collection[tuple[str, str]]) -> bool:
    """Whether the acting post has one of the rights in a cell of the table that is not masked."""
    cells = sa.select(Permission.id).where(
        Permission.level == sa.func.acting_level(),
        Permission.masked.is_(False),
        sa.tuple_(Permission.function, Permission.letter).in_(list(rights)),
    )
    return bool(session.scalar(sa.select(cells.exists())))
