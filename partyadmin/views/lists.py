"""Lists of records: what a request asks of one, which columns its reader sees, and the page of rows."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import request
from flask_admin import expose
from werkzeug.wrappers import Response as AnyResponse

from partyadmin.dictionary import label
from partyadmin.views.cells import cell, names_of
from partyadmin.views.closed import ClosedView
from partyadmin.views.columns import attribute
from partyadmin.views.paging import Page, read_page

Answer = str | AnyResponse | tuple[str, int]


class Narrowed(NamedTuple):
    """What a request asks of a list: the rows in scope that its filters leave, and the order they come in.

    `query` is not ordered yet, so that a page may begin inside it; `ordered` is.
    `order` names the columns of the order; `values` are the filters by parameter.
    """

    query: sa.Select[Any]
    order: tuple[str, ...]
    newest_first: bool
    values: dict[str, str]
    columns: tuple[Any, ...]

    @property
    def ordered(self) -> sa.Select[Any]:
        """All rows in the order of the list, without a page."""
        return self.query.order_by(
            *(column.desc() if self.newest_first else column.asc() for column in self.columns)
        )


class ListView(ClosedView):
    """The list of a noun; whatever shows, exports or samples the same rows asks `narrowed` for them."""

    list_template = "partyadmin/list.html"

    def readable_columns(self) -> tuple[str, ...]:
        """All columns of a record that this reader may see, in the order of its page."""
        return tuple(dict.fromkeys((*(self.column_details_list or self.column_list), *self.column_list)))

    def shown_columns(self) -> tuple[str, ...]:
        """The columns of the list that this reader sees: the one place that says so."""
        readable = set(self.readable_columns())
        return tuple(name for name in self.column_list if name in readable)

    def narrowed(self, names: tuple[str, ...] | None = None) -> Narrowed:
        """What the request asks for, with the named columns or else the shown ones; 400 for a bad filter."""
        query = self.selected(self.shown_columns() if names is None else names)
        order, values = self.order, {}
        for narrowing in self.narrow_by:
            if value := request.args.get(narrowing.name, "").strip():
                values[narrowing.name] = value
                query = narrowing.narrow(query, self.model, value)
                order = narrowing.order(self.model) or order
        columns = tuple(attribute(self.model, name) for name in order)
        return Narrowed(query, order, self.newest_first, values, columns)

    @expose("/")
    def index_view(self) -> Answer:
        """The list: one page by key, narrowed by the filters of the request."""
        asked = self.narrowed()
        page = read_page(asked.query, asked.columns, asked.newest_first)
        return self.list_page(page, asked.values, self.facts(asked.values))

    def list_page(self, page: Page, values: dict[str, str], facts: str = "") -> str:
        """The page of some rows."""
        return str(
            self.render(self.list_template, page=page, values=values, facts=facts, **self.listing(page.rows))
        )

    def listing(self, rows: list[Any]) -> dict[str, Any]:
        """The rows of a list as cells, under their headings."""
        columns = [self.column(name) for name in self.shown_columns()]
        names = names_of(columns, rows)
        return {
            "headings": [label(self.table, column.name) for column in columns],
            "rows": [
                (self.key_in(row), [cell(c, getattr(row, c.name), names) for c in columns]) for row in rows
            ],
        }

    def facts(self, values: dict[str, str]) -> str:
        """One line about the whole list, where it is exact; values are the filters."""
        return ""
