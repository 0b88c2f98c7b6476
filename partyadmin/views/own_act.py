"""One's own entries of today, and taking them back by a compensating entry."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import Form

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import Transaction
from partyadmin.operations import acting
from partyadmin.operations.member import undo
from partyadmin.views import menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import moment, today
from partyadmin.views.fields import Filled, Line
from partyadmin.views.periods import day_begins
from partyadmin.views.rights import Rights, demand
from partyadmin.views.written import written_by

WRITERS: Rights = (("P3", "W"), ("P4", "W"), ("P5", "W"), ("P3", "R"))


class OwnActView(PartyView):
    """What this person wrote today in this post; each entry can be undone as long as nothing stands on it."""

    chapter = menu.MEMBERS
    title = lazy_gettext("My entries of today")
    noun = lazy_gettext("entry of today")
    read_by = WRITERS
    column_list = ("issued_at", "reason", "document_id")
    column_details_list = ("issued_at", "reason", "document_id", "id")
    order = ("issued_at", "id")
    newest_first = True
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(Transaction, endpoint="own_act")

    def scoped(self, query: sa.Select[Any]) -> sa.Select[Any]:
        return (
            super()
            .scoped(query)
            .where(
                Transaction.account_id == current_user.account_id,
                Transaction.post_id == current_user.post_id,
                Transaction.issued_at >= day_begins(today()),
            )
        )

    def heading(self, row: Any) -> str:
        return gettext("Entry of %(time)s", time=moment(row.issued_at))

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {
            "sections": [written_by(row.id)],
            "links": [(gettext("Undo this entry"), ".undo_view", {"id": row.id})],
        }

    @expose("/undo/", methods=("GET", "POST"))
    def undo_view(self) -> Answer:
        """Says what will be as it was, asks for the reason, and takes the entry back in an act of its own."""
        row = self.row_of(request.args.get("id"), self.readable_columns())
        form = _reason_form()(request.form if request.method == "POST" else None)
        refusal: str | None = None
        if request.method == "POST" and form.validate():
            try:
                with acting(db.session(), form["reason"].data):
                    demand(self.read_by)
                    number = undo(db.session(), row.id)
            except Refused as refused:
                refusal = refused.sentence
            else:
                done = gettext(
                    "Undone: the entry of %(time)s; %(number)s records are as before.",
                    time=moment(row.issued_at), number=number,
                )  # fmt: skip
                flash(done, "success")
                return redirect(self.get_url(".index_view"))
        html = self.render(
            "partyadmin/undo.html",
            key=row.id, heading=self.heading(row), section=written_by(row.id), form=form, refusal=refusal,
        )  # fmt: skip
        return html, 422 if refusal or form.errors else 200


def _reason_form() -> type[Form]:
    field = Line(gettext("Why the entry is undone"), validators=[Filled()])
    return type("UndoForm", (Form,), {"reason": field})
