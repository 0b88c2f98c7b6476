"""Further documents of a change order, filed or chosen on a page of their own, whatever the order's state."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ChangePaper, Document
from partyadmin.operations import acting, draft
from partyadmin.operations.change_order import add_paper
from partyadmin.views import drafts, evidence, forms
from partyadmin.views.base import Answer
from partyadmin.views.cells import Cell, names_in
from partyadmin.views.change_order_place import ChangeOrderPlaces
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.labels import said_of
from partyadmin.views.rights import demand


class ChangeOrderPapers(ChangeOrderPlaces):
    """Adds documents to an order beside the one that it rests on."""

    def further_papers(self, key: int) -> list[Cell]:
        """The documents that were added to an order, the first one first."""
        query = sa.select(ChangePaper.document_id).where(ChangePaper.order_id == key)
        ids = list(db.session.scalars(query.order_by(ChangePaper.id)))
        names = names_in(Document, ids)
        return [Cell(names[Document, each], url_for("document.details_view", id=each)) for each in ids]

    @expose("/paper/", methods=("GET", "POST"))
    def paper_view(self) -> Answer:
        """The document block for one more document; adding it is one act."""
        if not self.can_edit:
            return self.inaccessible_callback("paper_view")
        row = self.row_of(request.args.get("id"), ("kind", "state", "organisation_id", "undoes", "ver"))
        bound = self._paper_form(row)
        if request.method == "POST" and bound.validate():
            try:
                with acting(db.session(), bound.form[forms.REASON].data):
                    demand(self.rights_of(row))
                    draft.register(db.session(), bound.sheet)
                    add_paper(db.session(), self.get_one(row.id), self.document_in(bound))
                    draft.became(db.session(), bound.sheet, row.id)
            except Refused as refused:
                bound.refuse(refused, refused.sentence)
            else:
                flash(gettext("The document now belongs to the order."), "success")
                return redirect(self.get_url(".details_view", id=row.id))
        if bound.has_file():
            drafts.keep(bound.sheet, bound.form)
        page = self.render(
            "partyadmin/step.html", bound=bound, row=row, key=row.id, heading=self.heading(row),
            word=gettext("Add a document"), needed=False,
        )  # fmt: skip
        return page, 422 if bound.refusal else 200

    def _paper_form(self, row: Any) -> RecordForm:
        group = Group(gettext("Further document"), list(evidence.NAMES), "", "evidence", False)
        fields = evidence.fields(lambda found: self.get_url(".ajax_lookup", name=found.name))
        reason = said_of(gettext("Further document"), self.heading(row))
        opened = drafts.opening(self.endpoint, str(row.id))
        return forms.build(fields, [group], {forms.VERSION: str(row.ver)}, reason, opened)
