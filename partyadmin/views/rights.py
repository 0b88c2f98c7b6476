"""Rights as a view declares them: functions of the permission table and letters, any of which will do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from flask import g
from flask_babel import get_locale, gettext
from flask_login import current_user

from partyadmin import access
from partyadmin.db import db
from partyadmin.models import PermissionFunction
from partyadmin.models.codes import Level
from partyadmin.views.choices import word_of
from partyadmin.views.labels import enumeration, label_of, phrase
from partyadmin.views.lookups import whom_to_ask

Rights = tuple[tuple[str, str], ...]

NOBODY: Rights = ()
ANY_POST: Rights = (("any post", ""),)
"""Open to everybody who acts in a post, whatever its letters."""
EXPORTERS: Rights = (("P10", "X"),)
REVEALERS: Rights = (("P3", "W"), ("A4", "V"), *EXPORTERS)
"""Who may see one person's numbers in full, with a reason, where the table does not mask the cell."""
ORDERERS: Rights = tuple((function, "W") for function in ("O2", "O3", "O4", "O5", "O6", "O7"))
"""Who draws up change orders, of one kind or another."""
GRANTORS: Rights = (("S2", "W"),)
"""Who keeps the permission table itself."""


def holds(rights: Rights) -> bool:
    """Whether the post of this request has one of the rights."""
    here = g._get_current_object()  # asked fifty times a page: no proxy
    # No needs are loaded below /static/, where an error page is still a page.
    if "identity" not in here:
        return False
    known: dict[tuple[int, Rights], bool] = here.setdefault("rights_held", {})
    key = (id(here.identity), rights)
    if key not in known:
        acts = current_user.is_authenticated and current_user.post is not None
        known[key] = acts and (rights is ANY_POST or any(access.may(*right).can() for right in rights))
    return known[key]


def demand(rights: Rights) -> None:
    """Refuses inside an act unless the acting post has one of the rights as the table stands now.

    Raises Refused.
    """
    held = [right for right in rights if access.may(*right).can()]
    function, letters = (held or rights)[0]
    access.demand(db.session(), function, letters)


@dataclass(frozen=True)
class Why:
    """Whether the post of this request may do something, and the sentences that tell why."""

    allowed: bool
    sentences: list[str]


def why(rights: Rights, obstacle: str | None = None) -> Why:
    """Explains one action from the permission table: function, letter, who holds it, whom to ask.

    An obstacle is a reason outside the table; with one, nobody may.
    """
    if obstacle is not None:
        return Why(False, [obstacle])
    allowed = holds(rights)
    if rights is ANY_POST:
        return Why(allowed, [gettext("Every post may do this.")])
    mine = [right for right in rights if holds((right,))] or rights
    language, table = str(get_locale()), rows_of([function for function, _ in mine])
    tell = _held if allowed else _missing
    sentences = [
        tell(function, letters, current_user.level, language, tuple(table[function].values()))
        for function, letters in mine
    ]
    return Why(allowed, sentences if allowed else [*sentences, whom_to_turn_to()])


def function_name(function: str) -> str:
    """A function as the table prints it: its code and its label."""
    return f"{function} {label_of(PermissionFunction, function)}"


def holders_of(function: str, letters: str) -> str:
    """The levels that have one of the letters for a function, in words; empty for none."""
    row = rows_of((function,))[function]
    held = [label_of(Level, cell.level) for cell in row.values() if cell.letter in letters]
    return enumeration(held)


def whom_to_turn_to() -> str:
    """Whom to ask what one may not do: the superior and its telephone; at the top, who keeps the table."""
    if "whom_to_ask" not in g:
        g.whom_to_ask = whom_to_ask()
    ask = g.whom_to_ask
    if ask is None:
        return gettext("The permission table is kept by: %(levels)s.", levels=holders_of(*GRANTORS[0]))
    name, phone = ask
    if phone is None:
        return gettext("Ask %(name)s; its office telephone is not on record.", name=name)
    return gettext("Ask %(name)s, telephone %(phone)s.", name=name, phone=phone)


def rows_of(functions: Collection[str]) -> dict[str, dict[str, access.Cell]]:
    """The rows of some functions of the permission table by level; the table is read once a request."""
    if "permission_rows" not in g:
        g.permission_rows = access.rows_of_table(db.session())
    return {function: g.permission_rows.get(function, {}) for function in functions}


def letters_in_words(letters: str) -> str:
    """Letters of the permission table with their meaning."""
    return enumeration(word_of("permission", "letter", letter) for letter in letters)


# The buttons of every list explain themselves; what they say depends on nothing but these.
@lru_cache(4096)
def _held(function: str, _wanted: str, level: str, _language: str, cells: tuple[access.Cell, ...]) -> str:
    cell = next(cell for cell in cells if cell.level == level)
    return str(
        gettext(
            'Your post has "%(letter)s" for "%(function)s"; reach: %(reach)s.',
            letter=letters_in_words(cell.letter),
            function=function_name(function),
            reach=phrase(cell.scope),
        )
    )


@lru_cache(4096)
def _missing(function: str, letters: str, level: str, _language: str, cells: tuple[access.Cell, ...]) -> str:
    letter = next((cell.letter for cell in cells if cell.level == level), "-")
    return str(
        gettext(
            '"%(function)s" needs "%(letters)s", held by: %(levels)s. Your post has "%(letter)s".',
            function=function_name(function),
            letters=letters_in_words(letters),
            letter=letters_in_words(letter),
            levels=holders_of(function, letters) or gettext("nobody"),
        )
    )
