"""Lists of records: what a request asks of one, which columns its reader sees, and the page of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, ClassVar, NamedTuple

import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response as AnyResponse

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.views import saved
from partyadmin.views.addresses import path_of
from partyadmin.views.asking import first_ask
from partyadmin.views.cells import NOTHING, Cell, Names, cell, names_of
from partyadmin.views.closed import ClosedView
from partyadmin.views.columns import Column, Kind, attribute
from partyadmin.views.marks import Mark, marked
from partyadmin.views.paging import Page, read_page
from partyadmin.views.rights import Rights
from partyadmin.views.rows import Source, body_of

Answer = str | AnyResponse | tuple[str, int]
_MOST_COUNTED = 999


@dataclass(frozen=True)
class Sort:
    """An order that an index gives, asked for by a column's heading; with `seeks` one goes to a name."""

    name: str
    order: tuple[str, ...]
    seeks: bool = False


@dataclass(frozen=True)
class Tab:
    """A view that everybody finds on a list; counted where an index holds its rows alone."""

    name: str
    title: Any
    filters: Mapping[str, str] = field(default_factory=dict)
    counted: bool = False


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
    sort: str = ""

    @property
    def ordered(self) -> sa.Select[Any]:
        """All rows in the order of the list, without a page."""
        return self.query.order_by(
            *(column.desc() if self.newest_first else column.asc() for column in self.columns)
        )


class ListView(ClosedView):
    """The list of a noun; whatever shows, exports or samples the same rows asks `narrowed` for them."""

    list_template = "partyadmin/list.html"
    sorts: ClassVar[tuple[Sort, ...]] = ()
    tabs: ClassVar[tuple[Tab, ...]] = ()
    marks: ClassVar[dict[str, tuple[Mark, ...]]] = {}
    list_actions: ClassVar[tuple[tuple[Any, str, Rights], ...]] = ()
    """Buttons above the list that lead to other screens: words, endpoint, rights."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known_labels: dict[str, dict[str, str]] = {}

    # -- what the request asks for --

    def readable_columns(self) -> tuple[str, ...]:
        """All columns of a record that this reader may see, in the order of its page."""
        return tuple(dict.fromkeys((*(self.column_details_list or self.column_list), *self.column_list)))

    def shown_columns(self) -> tuple[str, ...]:
        """The columns of the list that this reader sees: the one place that says so.

        The tab of the request or else the account chooses among those that it may read.
        """
        readable = self.readable_columns()
        kept = saved.columns_kept(self.table, request.args.get("tab"))
        if kept is None:
            return tuple(name for name in self.column_list if name in readable)
        return tuple(name for name in readable if name in kept or name == self.column_list[0])

    def narrowed(
        self, names: tuple[str, ...] | None = None, given: Mapping[str, str] | None = None
    ) -> Narrowed:
        """What the request asks for, with the named columns or else the shown ones; 400 for a bad filter."""
        given = request.args if given is None else given
        values = {
            narrowing.name: value
            for narrowing in self.narrow_by
            if (value := given.get(narrowing.name, narrowing.usual(given)).strip())
        }
        order, newest_first, sort = self._order(values, given)
        shown = self.shown_columns() if names is None else names
        query = self.selected((*shown, *order, *(self.marking(shown) if names is None else ())))
        for narrowing in self.narrow_by:
            if narrowing.name in values:
                query = narrowing.narrow(query, self.model, values[narrowing.name])
        columns = tuple(attribute(self.model, name) for name in order)
        return Narrowed(query, order, newest_first, values, columns, sort)

    def _order(self, values: dict[str, str], given: Mapping[str, str]) -> tuple[tuple[str, ...], bool, str]:
        """The order asked for, whether it goes backwards, and its name; else that of the filter or list."""
        asked = given.get("sort", "").strip()
        if not asked and given.get("goto", "").strip():
            asked = next((sort.name for sort in self.sorts if sort.seeks), "")
        if asked:
            sort = next((sort for sort in self.sorts if sort.name == asked.removeprefix("-")), None)
            return (sort or abort(400)).order, asked.startswith("-"), asked
        orders = [f.order(values[f.name]) for f in self.narrow_by if f.name in values]
        return next((order for order in orders if order), self.order), self.newest_first, ""

    def marking(self, shown: tuple[str, ...]) -> tuple[str, ...]:
        """The columns that the marks of the shown ones are told from."""
        return tuple(mark.column for name in shown for mark in self.marks.get(name, ()))

    def state_of(self, asked: Narrowed, given: Mapping[str, str]) -> dict[str, str]:
        """What an address of this list carries on: filters (empty for a usual one taken away), order, tab."""
        away = {f.name: "" for f in self.narrow_by if f.name not in asked.values and f.usual(given)}
        kept = {"sort": asked.sort, "tab": given.get("tab", ""), "abolished": given.get("abolished", "")}
        kept = {name: value for name, value in kept.items() if value and len(value) <= 60}
        return asked.values | away | kept

    def beyond_usual(self, state: Mapping[str, str]) -> dict[str, str]:
        """The filters of a state without those by which the list is narrowed anyway."""
        held = [narrowing for narrowing in self.narrow_by if narrowing.name in state]
        return {f.name: state[f.name] for f in held if state[f.name] != f.usual(state)}

    def address(self, state: Mapping[str, str | None], /, **changes: str | None) -> str:
        """The address of this list in a state with some changes; None takes a parameter away."""
        return path_of(f"{self.endpoint}.index_view", {**self.carried(), **state, **changes})

    def carried(self) -> dict[str, str]:
        """What every address of this list carries on, whatever its state."""
        return {}

    def with_filters(self, endpoint: str) -> str:
        """The address of another screen for what this list shows."""
        query = {f.name: value for f in self.narrow_by if (value := request.args.get(f.name))}
        return str(self.get_url(endpoint, **query))

    # -- the page --

    @expose("/")
    def index_view(self) -> Answer:
        """The list: one page by key, narrowed by the filters of the request."""
        asked = self.narrowed()
        typed = request.args.get("goto", "").strip()
        start = self.seek(asked, typed[:60]) if typed else None
        page = read_page(asked.query, asked.columns, asked.newest_first, start)
        return self.list_page(page, asked, self.facts(asked.values))

    def seek(self, asked: Narrowed, typed: str) -> Any:
        """The value of the order's first column at which the list begins when somebody goes to a name."""
        return typed

    def list_page(self, page: Page, asked: Narrowed | None, facts: str = "") -> str:
        """The page of some rows; without what was asked it is the answer to a search."""
        values = asked.values if asked else {}
        state = self.state_of(asked, request.args) if asked else {}
        return str(
            self.render(
                self.list_template,
                page=page,
                values=values,
                state=state,
                asks=asked is not None,
                filter_names=[narrowing.name for narrowing in self.narrow_by],
                address=lambda **changes: self.address(state, **changes),
                facts=facts,
                tabs=self.tab_bar(values, state) if asked else [],
                chips=self._chips(values, state),
                everything=self.address({f.name: "" for f in self.narrow_by if f.usual({})}),
                own_view=saved.view_of(self.table, state.get("tab")),
                seeks=any(sort.seeks for sort in self.sorts),
                **self.beside(values, state),
                **self.listing(page.rows, asked),
            )
        )

    def _chips(self, values: dict[str, str], state: dict[str, str]) -> list[tuple[str, str, str]]:
        """The filters in words, each with the address of the list without it."""
        return [
            (
                f.heading(self.model),
                f.chosen_word(self.model, values[f.name]),
                self.address(state, **{f.name: "" if f.usual(state) else None}),
            )
            for f in self.narrow_by
            if f.name in values
        ]

    def beside(self, values: dict[str, str], state: dict[str, str]) -> dict[str, Any]:
        """What stands beside the list."""
        return {"tree": None}

    def listing(self, rows: list[Any], asked: Narrowed | None = None) -> dict[str, Any]:
        """The rows of a list under their headings; `choosable` are all columns that it could have."""
        shown = self.shown_columns()
        columns = [self.column(name) for name in shown]
        names = {key: self.brief(*key, name) for key, name in names_of(columns, rows).items()}
        labels, (path, end_of) = self._labels(), self.opens()
        return {
            "headings": [(labels[name], *self._order_of(name, asked)) for name in shown],
            "choosable": [
                (name, labels[name], name in shown, name in self.masked) for name in self.readable_columns()
            ],
            "count": len(rows),
            "body": body_of(rows, [self._source(column, names) for column in columns], end_of, path),
        }

    def opens(self) -> tuple[str, Callable[[Any], Any]]:
        """Where the first cell of a row leads: how the address begins, and what of the row ends it."""
        return self.get_url(".details_view") + "?id=", self.key_in

    def _labels(self) -> dict[str, str]:
        """The headings of all readable columns, told once in each language."""
        language = str(get_locale())
        known = self._known_labels.setdefault(language, {})
        if not known or len(known) < len(self.readable_columns()):
            known |= {name: self.heading_of(name) for name in self.readable_columns()}
        return known

    def _source(self, column: Column, names: Names) -> Source:
        """How the cells of a column are told; values of lists and records come in few kinds."""
        if marks := self.marks.get(column.name):
            decided = attrgetter(column.name, *dict.fromkeys(mark.column for mark in marks))
            return lambda row: marked(self.model, column, marks, row), decided
        value_of = attrgetter(column.name)
        if column.kind is Kind.TEXT:
            return lambda row: Cell(NOTHING if (text := value_of(row)) is None else text), None
        repeats = column.kind in (Kind.CODE, Kind.CHOICE, Kind.YES_NO, Kind.RECORD, Kind.TABLE)
        return lambda row: cell(column, value_of(row), names), value_of if repeats else None

    def brief(self, target: type[Any], key: int, name: str) -> str:
        """The name of another record in a list of many."""
        return name

    def _order_of(self, name: str, asked: Narrowed | None) -> tuple[str, str]:
        """What a heading says of the order (aria-sort), and the sort that it asks for; empty where none."""
        sort = next((sort for sort in self.sorts if sort.name == name), None)
        if sort is None or asked is None:
            return "", ""
        if asked.order != sort.order:
            return "none", sort.name
        return ("descending", sort.name) if asked.newest_first else ("ascending", f"-{sort.name}")

    def facts(self, values: dict[str, str]) -> str:
        """One line about the whole list, where it is exact; values are the filters."""
        return ""

    # -- tabs and columns of one's own --

    def tab_bar(self, values: dict[str, str], state: dict[str, str]) -> list[dict[str, Any]]:
        """The tabs of everybody, then the account's own; each within the chosen organisation."""
        place = {name: value for name, value in values.items() if name in ("organisation", "directly")}
        rest = {name: value for name, value in self.beyond_usual(state).items() if name not in place}
        base = place | ({"abolished": state["abolished"]} if "abolished" in state else {})
        own, counts = saved.view_of(self.table, state.get("tab")), self._counts(place)
        bar = [
            {
                "title": tab.title,
                "href": self.address(base | dict(tab.filters)),
                "is_here": own is None and rest == dict(tab.filters),
                "count": counts.get(tab.name),
            }
            for tab in (Tab("all", gettext("All")), *self.tabs)
        ]
        for view in (view for view in saved.views_of(self.table) if view.name):
            kept = {**base, **view.filters, "sort": view.sort, "tab": str(view.id)}
            bar.append(
                {"title": view.name, "href": self.address(kept), "is_here": view is own, "count": None}
            )
        return bar

    def _counts(self, place: dict[str, str]) -> dict[str, str]:
        """The numbers on the counted tabs, in one statement that never counts further than is shown."""
        counted = [tab for tab in self.tabs if tab.counted]
        if not counted:
            return {}
        numbers = []
        for tab in counted:
            query = self.narrowed((), place | dict(tab.filters)).query.with_only_columns(sa.literal(1))
            few = query.limit(_MOST_COUNTED + 1).subquery()
            numbers.append(sa.select(sa.func.count()).select_from(few).scalar_subquery().label(tab.name))
        row = db.session.execute(sa.select(*numbers)).one()._mapping
        return {
            name: f"{_MOST_COUNTED}+" if number > _MOST_COUNTED else str(number)
            for name, number in row.items()
        }

    @expose("/columns/", methods=("POST",))
    def choose_columns(self) -> Answer:
        """Keeps the account's choice of columns, for the tab that is open or for the whole list."""
        wanted = set(request.form.getlist("shown"))
        shown = [name for name in self.readable_columns() if name in wanted]
        state = self.state_of(self.narrowed((), request.form), request.form)
        standard = "standard" in request.form or not shown
        saved.keep_columns(self.table, state.get("tab"), None if standard else shown)
        return redirect(self.address(state))

    @expose("/views/", methods=("POST",))
    def keep_view(self) -> Answer:
        """Saves the list as it stands as a tab of one's own, or renames or takes away the open one."""
        asked = self.narrowed((), request.form)
        state = self.state_of(asked, request.form)
        view, name = saved.view_of(self.table, state.get("tab")), request.form.get("called", "").strip()
        try:
            if "take_away" in request.form:
                if view is not None:
                    question = gettext('Take away your view "%(name)s"?', name=view.name)
                    if page := first_ask(self, question, gettext("Take away"), self.address(state)):
                        return page
                    saved.take_away(view)
                    flash(gettext("Taken away: %(name)s.", name=view.name), "info")
                state.pop("tab", None)
            elif view is not None and "rename" in request.form:
                saved.rename(view, name)
                flash(gettext("The view is now called %(name)s.", name=name), "success")
            else:
                shown = saved.columns_kept(self.table, state.get("tab")) or list(self.column_list)
                state["tab"] = str(
                    saved.keep_view(self.table, name, self.beyond_usual(state), shown, asked.sort)
                )
                flash(gettext("Saved as a view of yours: %(name)s.", name=name), "success")
        except Refused as refused:
            flash(refused.sentence, "danger")
        return redirect(self.address(state))
