"""Lists that leave as a workbook: the rows that the list shows, for a purpose, by the ledger."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

import sqlalchemy as sa
from flask import Response, abort, request
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import Refused, label
from partyadmin.models import ExportLedger
from partyadmin.operations.document import WORKBOOK
from partyadmin.operations.exchange import ExportRequest, Leaving, Sheet, export, selected_for, sheet_of
from partyadmin.views import choices
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.columns import Kind, attribute, key_of
from partyadmin.views.fields import Filled, Line
from partyadmin.views.filters import Below
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.labels import enumeration, said_of
from partyadmin.views.lists import Narrowed
from partyadmin.views.paper import roster_page
from partyadmin.views.rights import EXPORTERS, Rights, holds

_PURPOSE = "purpose"
_COUNTED = 10_000
"""Rows that are counted before the form says "more than"."""
_RECENT = 5
_PLACES = ("after", "before", "last", "find")


class ExportingView(PartyView):
    """A noun whose list leaves as Excel: what the address asks for, its filters, order and columns."""

    export_by: ClassVar[Rights] = EXPORTERS

    def exports(self) -> bool:
        """Whether this post may take the list out."""
        return holds(self.export_by)

    @expose("/export/", methods=("GET", "POST"))
    def export_view(self) -> Answer:
        """The form that asks for the purpose; sent, it answers with the file."""
        if not self.exports():
            return self.inaccessible_callback("export_view")
        sets = self.column_sets()
        chosen = request.form.get("columns", "shown")
        names = sets.get(chosen) or abort(400)
        asked = self.narrowed(tuple(selected_for(self.model, names)))
        bound = self._export_form()
        if request.method == "POST" and bound.validate():
            try:
                if "print" in request.form:
                    return self._paper(asked, names, bound.form[_PURPOSE].data)
                return self._file(asked, names, bound.form[_PURPOSE].data)
            except Refused as refused:
                bound.refuse(refused, refused.sentence)
        html = self.render(
            "partyadmin/export.html",
            bound=bound,
            sets=self._in_words(sets),
            chosen=chosen,
            top=self._top(asked.values)[1],
            filters=self._filters_in_words(asked.values),
            count=self._count(asked),
            counted=_COUNTED,
            recent=_recent_purposes(),
            query=self._query(),
        )
        return html, 422 if bound.refusal else 200

    def export_url(self) -> str:
        """The form for what this page of the list shows."""
        return self.get_url(".export_view", **self._query())

    def _query(self) -> dict[str, str]:
        """What the request asks of the list, whatever page it is on."""
        return {name: value for name, value in request.args.items() if name not in _PLACES}

    def column_sets(self) -> dict[str, tuple[str, ...]]:
        """The columns to choose from: the list's, the paper form's or all, as far as the reader sees them."""
        readable = self.readable_columns()
        sets = {
            "shown": self.shown_columns(),
            "form": tuple(name for name in self.form_columns if name in readable),
            "all": readable,
        }
        return {name: columns for name, columns in sets.items() if columns}

    def _in_words(self, sets: dict[str, tuple[str, ...]]) -> dict[str, tuple[int, str]]:
        """The number of columns of each set, and their headings."""
        return {
            name: (len(columns), enumeration(label(self.table, column) for column in columns))
            for name, columns in sets.items()
        }

    def title_of_file(self) -> str:
        """What a file or paper of this list is called."""
        return str(self.title)

    def _export_form(self) -> RecordForm:
        line = Line(
            label("export_ledger", _PURPOSE),
            validators=[Filled()],
            render_kw={"list": "recent", "autocomplete": "off", "maxlength": 200},
            description=gettext(
                "It stands in the ledger and at the foot of each page, for example: half-year statistics."
            ),
        )
        form_class = type("ExportForm", (BaseForm,), {_PURPOSE: line})
        typed = request.form if request.method == "POST" else None
        return RecordForm(form_class(typed), [Group("", [_PURPOSE])])

    def _sheet(self, asked: Narrowed, names: tuple[str, ...]) -> Sheet:
        return sheet_of(
            db.session(), self.model, names, asked.ordered,
            title=self.title_of_file(),
            filters=self._filters_in_words(asked.values),
            words={name: self._closed_list(name) for name in names if self.column(name).kind is Kind.CHOICE},
        )  # fmt: skip

    def _request(self, asked: Narrowed, purpose: str, way: str) -> ExportRequest:
        code = self._top(asked.values)[0]
        right = next((right for right in self.export_by if holds((right,))), self.export_by[0])
        return ExportRequest(scope=code, purpose=purpose, way=way, right=right)

    def _paper(self, asked: Narrowed, names: tuple[str, ...], purpose: str) -> Answer:
        """The list as a page for the printer, streamed as the workbook is."""
        wanted = self._request(asked, purpose, "print")
        leaving = export(db.session(), wanted, self._sheet(asked, names), roster_page)
        return Response(iter(leaving), mimetype="text/html")

    def _file(self, asked: Narrowed, names: tuple[str, ...], purpose: str) -> Answer:
        leaving = export(db.session(), self._request(asked, purpose, "screen"), self._sheet(asked, names))
        return download_of(leaving, self.table, f"{self._top(asked.values)[1]} {self.title_of_file()}")

    def _closed_list(self, name: str) -> Any:
        known = choices.words(self.table, name)
        return lambda value: known.get(value, value)

    def _top(self, values: dict[str, str]) -> tuple[str, str]:
        """Code and name of the organisation whose subtree is asked for."""
        for narrowing in self.narrow_by:
            if isinstance(narrowing, Below) and narrowing.name in values:
                code = values[narrowing.name]
                return code, narrowing.chosen(code)
        return current_user.organisation_code, current_user.organisation_name

    def _filters_in_words(self, values: dict[str, str]) -> list[str]:
        """The filters beside the subtree, as the list's chips tell them."""
        return [
            said_of(narrowing.heading(self.model), narrowing.chosen_word(self.model, values[narrowing.name]))
            for narrowing in self.narrow_by
            if narrowing.name in values and not isinstance(narrowing, Below)
        ]

    def _count(self, asked: Narrowed) -> int:
        """The number of rows, counted no further than one more than _COUNTED."""
        key = attribute(self.model, key_of(self.model).name)
        found = asked.query.with_only_columns(key).order_by(None).limit(_COUNTED + 1).subquery()
        return db.session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def download_of(leaving: Leaving, plain: str, title: str) -> Response:
    """A workbook on its way out, called by its title and its number in the ledger."""
    answer = Response(iter(leaving), mimetype=WORKBOOK)
    # A header holds ASCII only; what else a name has travels beside it.
    full = quote(f"{title} {leaving.number}.xlsx", safe="")
    both = f"filename={plain}-{leaving.number}.xlsx; filename*=UTF-8''{full}"
    answer.headers["Content-Disposition"] = f"attachment; {both}"
    return answer


def _recent_purposes() -> list[str]:
    """What the reader's last exports were for, the newest first."""
    mine = (
        sa.select(ExportLedger.purpose)
        .where(ExportLedger.account_id == current_user.account_id)
        .order_by(ExportLedger.id.desc())
        .limit(10 * _RECENT)
    )
    return list(dict.fromkeys(db.session.scalars(mine)))[:_RECENT]
