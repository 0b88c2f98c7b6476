"""The search in the header of every page: people, organisations and documents of the scope."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import redirect, request, url_for
from flask_admin import BaseView, expose
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.models import Document, Organisation
from partyadmin.views import lineage
from partyadmin.views.cells import NOTHING, Cell
from partyadmin.views.document import DocumentView
from partyadmin.views.lists import Answer
from partyadmin.views.member import MemberView
from partyadmin.views.organisation import OrganisationView
from partyadmin.views.rights import ANY_POST, holds
from partyadmin.views.search import Kind, sought

MOST_FOUND = 20
_LONGEST = 60
_SHOWN = ("name", "id_number", "birth_date", "branch_id")


class Section(NamedTuple):
    """What was found of one noun: its rows as cells, and where all of them are listed."""

    title: str
    rows: list[list[Cell]]
    all_of_them: str | None = None


class FinderView(BaseView):
    """Finds by POST alone, so that neither names nor numbers stand in an address."""

    def __init__(self, members: MemberView) -> None:
        super().__init__(lazy_gettext("Search"), endpoint="finder", url="/find")
        self.members = members

    def is_accessible(self) -> bool:
        return holds(ANY_POST)

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=("GET", "POST"))
    def find(self) -> Answer:
        """What the reader may see of what was typed, in sections; a whole number opens its one member."""
        typed = request.form.get("find", "").strip()[:_LONGEST]
        kind, value = sought(typed)
        is_number = kind is Kind.MOBILE or (kind is Kind.ID_NUMBER and len(value) in (15, 18))
        sections = []
        if is_number and holds(MemberView.read_by):
            rows = self._with_number(kind, value)
            if len(rows) == 1:
                return redirect(url_for("member.details_view", id=rows[0].id))
            sections.append(Section(gettext("Members"), [self._person(row) for row in rows]))
        elif kind is Kind.NAME and holds(MemberView.read_by):
            href = url_for("member.index_view", name=value)
            sections.append(
                Section(gettext("Members"), [self._person(row) for row in self._named(value)], href)
            )
        if typed and not is_number and holds(OrganisationView.read_by):
            # Many digits may be a person's number, and those stand in no address.
            listed = url_for("organisation.index_view", find=typed) if kind is Kind.NAME else None
            sections.append(Section(gettext("Organisations"), _organisations(typed), listed))
        if typed and not is_number and holds(DocumentView.read_by):
            sections.append(Section(gettext("Documents"), _documents(typed)))
        return str(self.render("partyadmin/found.html", typed=typed, sections=sections))

    def _named(self, name: str) -> list[Any]:
        query = self.members.narrowed(_SHOWN, {"name": name}).ordered
        return list(db.session.execute(query.limit(MOST_FOUND)))

    def _with_number(self, kind: Kind, number: str) -> list[Any]:
        query = self.members.narrowed(_SHOWN, {}).query.where(self.members.has_number(kind, number))
        rows = list(db.session.execute(query.limit(MOST_FOUND)))
        self.members.log_search(rows)
        return rows

    def _person(self, row: Any) -> list[Cell]:
        shown = self.members.cells(row, _SHOWN)
        name, *others = (cell for _, cell in shown)
        return [Cell(name.text, url_for("member.details_view", id=row.id)), *others]


def _organisations(typed: str) -> list[list[Cell]]:
    path = url_for("organisation.details_view")
    found = []
    for node in lineage.found(typed, MOST_FOUND):
        count = node.called or gettext("%(count)s members", count=node.members)
        found.append([Cell(node.name, f"{path}?id={node.id}"), Cell(node.code), Cell(count)])
    return found


def _documents(typed: str) -> list[list[Cell]]:
    path = url_for("document.details_view")
    query = (
        sa.select(Document.id, Document.title, Document.number, Document.dated, Organisation.name)
        .join(Organisation, Organisation.id == Document.organisation_id)
        .where(sa.or_(sa.func.strpos(Document.number, typed) > 0, sa.func.strpos(Document.title, typed) > 0))
        .order_by(Document.id.desc())
        .limit(MOST_FOUND)
    )
    found = []
    for row in db.session.execute(query):
        title = Cell(row.title or NOTHING, f"{path}?id={row.id}")
        found.append([title, Cell(row.number or NOTHING), Cell(str(row.dated or NOTHING)), Cell(row.name)])
    return found
