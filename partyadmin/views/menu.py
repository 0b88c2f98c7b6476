"""The menu: chapters in the words of the field, each with the screens that the reader may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request, url_for
from flask_admin import Admin
from flask_babel import lazy_gettext


@dataclass(frozen=True, eq=False)
class Chapter:
    """Screens that stand together in the menu, in the order in which they are registered."""

    title: Any


HOME = Chapter(lazy_gettext("Home"))
ORGANISATIONS = Chapter(lazy_gettext("Organisations"))
MEMBERS = Chapter(lazy_gettext("Members"))
DOCUMENTS = Chapter(lazy_gettext("Documents"))
EXCHANGE = Chapter(lazy_gettext("Import and export"))
ACCOUNTS = Chapter(lazy_gettext("Accounts and rights"))
AUDIT = Chapter(lazy_gettext("Audit"))
CODES = Chapter(lazy_gettext("Code lists"))


@dataclass
class Entry:
    """One line of the menu; `below` are the screens of a chapter."""

    title: str
    href: str
    is_here: bool
    below: list[Entry] = field(default_factory=list)


def entries_of(admin: Admin) -> list[Entry]:
    """The chapters that this reader may use; a chapter opens at the first of its screens."""
    found: dict[Chapter, Entry] = {}
    for view in admin._views:
        chapter = getattr(view, "chapter", None)
        if chapter is None or not view.is_accessible():
            continue
        is_here, entry = view.endpoint == request.blueprint, found.get(chapter)
        if view.is_visible():
            href = url_for(f"{view.endpoint}.{view._default_view}")
            if entry is None:
                entry = found[chapter] = Entry(str(chapter.title), href, False)
            entry.below.append(Entry(str(view.name), href, is_here))
        if entry is not None:
            entry.is_here = entry.is_here or is_here
    return list(found.values())
