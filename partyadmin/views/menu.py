"""The menu: chapters in the words of the field, each with the screens that the reader may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import current_app, request
from flask_admin import Admin
from flask_babel import get_locale, lazy_gettext

from partyadmin.views.addresses import path_of


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
    words = _words_of(admin)
    for view in admin._views:
        chapter = getattr(view, "chapter", None)
        if chapter is None or not view.is_accessible():
            continue
        is_here, entry = view.endpoint == request.blueprint, found.get(chapter)
        if view.is_visible():
            title, name, href = words[view.endpoint]
            if entry is None:
                entry = found[chapter] = Entry(title, href, False)
            entry.below.append(Entry(name, href, is_here))
        if entry is not None:
            entry.is_here = entry.is_here or is_here
    return list(found.values())


def _words_of(admin: Admin) -> dict[str, tuple[str, str, str]]:
    """The chapter, name and address of each screen: the same for all readers of a language, on every page."""
    known: dict[tuple[str, str], dict[str, tuple[str, str, str]]]
    known = current_app.extensions.setdefault("menu_words", {})
    key = (str(get_locale()), request.script_root)
    if key not in known:
        known[key] = {
            view.endpoint: (
                str(view.chapter.title), str(view.name), path_of(f"{view.endpoint}.{view._default_view}"),
            )
            for view in admin._views
            if getattr(view, "chapter", None) is not None
        }  # fmt: skip
    return known[key]
