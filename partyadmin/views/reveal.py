"""Whole numbers of one person: asked for with a reason, logged before they are shown, shown once."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext
from wtforms import Form

from partyadmin.access import holds_unmasked
from partyadmin.db import db
from partyadmin.dictionary import Refused, label
from partyadmin.operations.member import masked_only, reveal_numbers
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.fields import Filled, Line
from partyadmin.views.rights import REVEALERS, holds


class RevealingView(PartyView):
    """A noun with masked columns, which some posts may see in full, one record at a time."""

    revealers = REVEALERS

    def why_masked(self) -> str | None:
        """Why a post that has the function sees no whole number; None where it does, or has not even that."""
        if not holds(self.revealers) or holds_unmasked(db.session(), self.revealers):
            return None
        return masked_only()

    @expose("/reveal/", methods=("GET", "POST"))
    def reveal(self) -> Answer:
        """Asks for the reason; answers a reason with the numbers, on a page that nothing keeps."""
        if not holds(self.revealers) or self.why_masked() is not None:
            return self.inaccessible_callback("reveal")
        row = self.row_of(request.args.get("id"), self.readable_columns())
        form = _reason_form()(request.form if request.method == "POST" else None)
        refusal: str | None = None
        if request.method == "POST" and form.validate():
            try:
                numbers = reveal_numbers(
                    db.session(), row.id, tuple(self.masked), form["reason"].data, self.revealers
                )
            except Refused as refused:
                refusal = refused.sentence
            else:
                return self.whole_page(row, numbers)
        html = self._numbers_page(row, dict(row._mapping), form=form, refusal=refusal)
        return html, 422 if refusal or form.errors else 200

    def whole_page(self, row: Any, numbers: dict[str, str | None]) -> Answer:
        """The page that shows revealed numbers once."""
        return self._numbers_page(row, numbers, is_whole=True)

    def _numbers_page(self, row: Any, shown: dict[str, Any], **more: Any) -> str:
        numbers = [(label(self.table, name), shown[name]) for name in self.masked]
        page = self.render(
            "partyadmin/reveal.html", key=row.id, heading=self.heading(row), numbers=numbers, **more
        )
        return str(page)


def _reason_form() -> type[Form]:
    field = Line(gettext("Why the whole numbers are needed"), validators=[Filled()])
    return type("ReasonForm", (Form,), {"reason": field})
