"""How one account likes to see a list: its own tabs and its choice of columns. No record, so no act."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from flask import g
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from partyadmin.db import db
from partyadmin.dictionary import refusal
from partyadmin.models import SavedView


def views_of(subject: str) -> list[SavedView]:
    """What the account of the request keeps for a list, in the order of saving; asked once a request."""
    if current_user.post is None:
        return []
    known: dict[str, list[SavedView]] = g.setdefault("saved_views", {})
    if subject not in known:
        query = sa.select(SavedView).where(SavedView.subject == subject, SavedView.taken_away.is_(None))
        known[subject] = list(db.session.scalars(query.order_by(SavedView.id)))
    return known[subject]


def view_of(subject: str, tab: str | None) -> SavedView | None:
    """The own view that a tab is; None where the tab is none of the account's."""
    return next((view for view in views_of(subject) if view.name and str(view.id) == tab), None)


def columns_kept(subject: str, tab: str | None) -> list[str] | None:
    """The columns that the account chose, for a view of its own or else for the list."""
    standing = next((view for view in views_of(subject) if view.name is None), None)
    for view in (view_of(subject, tab), standing):
        if view is not None and view.shown:
            return view.shown
    return None


def keep_columns(subject: str, tab: str | None, shown: Iterable[str] | None) -> None:
    """Keeps a choice of columns; None goes back to the columns that the list shows by itself."""
    view = view_of(subject, tab) or next((v for v in views_of(subject) if v.name is None), None)
    if view is None:
        view = SavedView(subject=subject)
        db.session.add(view)
    view.shown = None if shown is None else list(shown)
    db.session.commit()


def keep_view(subject: str, name: str, filters: dict[str, str], shown: Iterable[str], sort: str) -> int:
    """Saves a new tab and returns its key.

    Raises Refused for a name that is taken or no name.
    """
    view = SavedView(subject=subject, name=name, filters=filters, shown=list(shown), sort=sort or None)
    db.session.add(view)
    _commit()
    return view.id


def rename(view: SavedView, name: str) -> None:
    """Gives a tab another name.

    Raises Refused for a name that is taken or no name.
    """
    view.name = name
    _commit()


def take_away(view: SavedView) -> None:
    """Takes a tab away; its row stays."""
    view.taken_away = sa.func.now()
    db.session.commit()


def _commit() -> None:
    try:
        db.session.commit()
    except DBAPIError as error:
        db.session.rollback()
        raise refusal(error) from error
