"""A Flask-Admin view with every seam closed: deny by default, and nothing read that is not selected in scope.

Flask-Admin's own lists, forms, filters, exports, deletion and bulk actions are not built at all, since what
is not there cannot leak; only its routes, its menu and the frame of its templates remain.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_admin.contrib.sqla import ModelView
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from partyadmin import audit
from partyadmin.db import Base, db
from partyadmin.dictionary import label, refusal
from partyadmin.views.cells import moment
from partyadmin.views.columns import Column, Kind, attribute, column_of, key_of
from partyadmin.views.fields import lookup_of
from partyadmin.views.filters import Below, Filter
from partyadmin.views.lookups import ORGANISATION_CODE, Lookup
from partyadmin.views.menu import Chapter
from partyadmin.views.rights import NOBODY, Rights, holds

_LARGEST = 2**63 - 1


class ClosedView(ModelView):
    """What a view declares, who may use it, and how its records are selected."""

    read_by: ClassVar[Rights] = NOBODY
    create_by: ClassVar[Rights] = NOBODY
    edit_by: ClassVar[Rights] = NOBODY

    chapter: ClassVar[Chapter | None] = None
    title: ClassVar[Any] = ""
    noun: ClassVar[Any] = ""
    column_list: tuple[str, ...] = ()
    column_details_list: tuple[str, ...] = ()
    form_columns: tuple[str, ...] = ()
    order: ClassVar[tuple[str, ...]] = ("id",)
    newest_first: ClassVar[bool] = False
    narrow_by: ClassVar[tuple[Filter, ...]] = ()
    scope_column: ClassVar[str | None] = None
    masked: ClassVar[dict[str, str]] = {}
    lookups: ClassVar[dict[str, Lookup]] = {}
    fixed: ClassVar[dict[str, Any]] = {}
    later: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[dict[str, tuple[Any, Any]]] = {}
    """Columns that no table holds, each a heading and the expression that tells it."""
    keeps_versions: ClassVar[bool] = True
    moment = staticmethod(moment)
    in_menu: ClassVar[bool] = True

    # Routes of Flask-Admin that this registry does not have.
    delete_view = action_view = export = ajax_update = None

    def __init__(self, model: type[Base], url: str | None = None, endpoint: str | None = None) -> None:
        self.table = model.__tablename__
        endpoint = endpoint or self.table
        super().__init__(model, db, name=self.title, endpoint=endpoint, url=url or f"/{endpoint}")
        # A form whose relations are not bounded by scope must not start.
        self.offered = {found.name: found for name in self.form_columns if (found := self.lookup(name))}
        if any(isinstance(narrowing, Below) for narrowing in self.narrow_by):
            self.offered[ORGANISATION_CODE.name] = ORGANISATION_CODE

    # -- seams of Flask-Admin, closed --

    def _refresh_cache(self) -> None:
        """Builds none of Flask-Admin's own lists, forms and filters."""

    def scaffold_auto_joins(self) -> list[Any]:
        return []

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin calls a view again when it raises TypeError: that hides the error and repeats the write.
        return fn(self, *args, **kwargs)

    def handle_action(self, return_view: Any = None) -> Any:
        abort(404)

    def handle_view_exception(self, exc: Exception) -> bool:
        if isinstance(exc, DBAPIError):
            flash(refusal(exc).sentence, "danger")
            return True
        return False

    def is_accessible(self) -> bool:
        return holds(self.read_by)

    def is_visible(self) -> bool:
        return self.in_menu

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return redirect(url_for("person.sign_in"))
        if current_user.post is not None and current_user.look is None:
            audit.log(db.session(), "refused", self.table, detail=f"{request.method} {self.endpoint}.{name}")
            db.session.commit()
        abort(403)

    @property
    def can_create(self) -> bool:
        return holds(self.create_by)

    @property
    def can_edit(self) -> bool:
        return holds(self.edit_by)

    # -- what a request may see --

    def column(self, name: str) -> Column:
        if name in self.derived:
            return Column(self.table, name, Kind.TEXT, False, False)
        return column_of(self.model, name)

    def heading_of(self, name: str) -> str:
        """What a column is called."""
        return str(self.derived[name][0]) if name in self.derived else label(self.table, name)

    def lookup(self, name: str) -> Lookup | None:
        return self.lookups.get(name) or lookup_of(self.column(name))

    def scoped(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """The query inside the subtree of the acting post; row security says the same once more."""
        if self.scope_column is None or not current_user.sees_records:
            return query
        code, station = attribute(self.model, self.scope_column), current_user.organisation_code
        return query.where(code >= station, code < station + "~")

    def selected(self, names: tuple[str, ...]) -> sa.Select[Any]:
        """Only the named columns and those that place a row, masked where they must be, in scope."""
        needed = dict.fromkeys((*self.order, key_of(self.model).name, *names))
        return self.scoped(sa.select(*(self.readable(name) for name in needed)))

    def readable(self, name: str) -> Any:
        """A column as it may be read: numbers of people leave the database masked."""
        if name in self.derived:
            return self.derived[name][1].label(name)
        column = attribute(self.model, name)
        return getattr(sa.func, self.masked[name])(column).label(name) if name in self.masked else column

    def key_from(self, raw: str | None) -> Any:
        """The key in a request; 404 for what cannot be one, as for a record that does not exist."""
        python_type = sa.inspect(self.model).primary_key[0].type.python_type
        try:
            key = python_type(raw) if python_type in (int, str) else date.fromisoformat(raw or "")
        except (ValueError, TypeError):
            abort(404)
        if raw is None or str(key) != raw or (isinstance(key, int) and not 0 < key <= _LARGEST):
            abort(404)
        return key

    def row_of(self, raw: str | None, names: tuple[str, ...]) -> Any:
        """The readable columns of one record; 404 where it does not exist or lies out of scope."""
        key = attribute(self.model, key_of(self.model).name)
        row = db.session.execute(self.selected(names).where(key == self.key_from(raw))).one_or_none()
        return row if row is not None else abort(404)

    def get_one(self, id: Any) -> Any:
        """The record itself, for a change; 404 as above."""
        key = attribute(self.model, key_of(self.model).name)
        query = self.scoped(sa.select(self.model)).where(key == self.key_from(str(id)))
        return db.session.scalar(query) or abort(404)

    def key_in(self, row: Any) -> Any:
        return getattr(row, key_of(self.model).name)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Response:
        """Type-ahead choices of this view's forms and filters."""
        found = self.offered.get(request.args.get("name", "")) or abort(404)
        return jsonify(found.search(request.args.get("query", "")))
