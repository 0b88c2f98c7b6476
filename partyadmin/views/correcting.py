"""Quick work for people who live in a spreadsheet: a pasted block, or one value for many of a list."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext
from wtforms import SelectField, TextAreaField

from partyadmin.db import db
from partyadmin.dictionary import Refused, label
from partyadmin.models import KEY_FIELDS
from partyadmin.operations.exchange.correcting import (
    CORRECTED,
    MOST_ROWS,
    Correction,
    one_for_all,
    read_pasted,
    rehearse,
    write,
)
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import text_of
from partyadmin.views.fields import Filled, Line, LookupField
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.grid import Changes, empty_grid, grid_of
from partyadmin.views.labels import enumeration
from partyadmin.views.lookups import DOCUMENT
from partyadmin.views.rights import NOBODY, Rights, demand, holds

_OFFERED = 200
"""Members of a list that one page offers for the same correction."""


class CorrectingView(PartyView):
    """A noun whose records many can be corrected at once: checked first, written by a named button."""

    correct_by: Rights = NOBODY

    def demand_fields(self, names: set[str]) -> None:
        """Refuses inside the act fields that the post may not change."""
        demand(self.correct_by)

    @expose("/paste/", methods=("GET", "POST"))
    def paste_view(self) -> Answer:
        """Takes a block of a spreadsheet: headings, then one member a line."""
        if not holds(self.correct_by):
            return self.inaccessible_callback("paste_view")
        bound = self._correction_form(
            block=TextAreaField(
                gettext("Block of the spreadsheet"),
                validators=[Filled()],
                render_kw={"rows": 10, "wrap": "off"},
            )
        )
        corrections: list[Correction] = []
        if request.method == "POST" and bound.validate():
            try:
                corrections = read_pasted(db.session(), bound.form["block"].data)
                if answer := self._checked(bound, corrections):
                    return answer
            except Refused as refused:
                bound.refuse(refused, refused.sentence)
        block, told = bound.form["block"].data, self._told(corrections)
        grid = grid_of(block, told) if block else empty_grid()
        return self._corrections_page("partyadmin/paste.html", bound, corrections, grid=grid)

    @expose("/correct/", methods=("GET", "POST"))
    def correct_view(self) -> Answer:
        """Gives one value of one field to the ticked members of a list."""
        if not holds(self.correct_by):
            return self.inaccessible_callback("correct_view")
        asked = self.narrowed(("id", "name", "branch_id"))
        offered = db.session.execute(asked.ordered.limit(_OFFERED + 1)).all()
        ticked = {int(raw) for raw in request.form.getlist("member") if raw.isascii() and raw.isdigit()}
        fields = {name: label(self.table, name) for name in CORRECTED}
        bound = self._correction_form(
            field=SelectField(gettext("Field"), choices=list(fields.items())),
            value=Line(gettext("Becomes"), validators=[Filled()]),
        )
        corrections: list[Correction] = []
        if request.method == "POST" and bound.validate():
            chosen = [row.id for row in offered[:_OFFERED] if row.id in ticked]
            try:
                if not chosen:
                    raise Refused(gettext("Tick at least one member."))
                corrections = one_for_all(
                    db.session(), chosen, bound.form["field"].data, bound.form["value"].data
                )
                if answer := self._checked(bound, corrections):
                    return answer
            except Refused as refused:
                bound.refuse(refused, refused.sentence)
        return self._corrections_page(
            "partyadmin/correct.html", bound, corrections,
            offered=offered[:_OFFERED],
            ticked=ticked if request.method == "POST" else {row.id for row in offered},
            is_more=len(offered) > _OFFERED, most=_OFFERED,
        )  # fmt: skip

    def _correction_form(self, **fields: Any) -> RecordForm:
        url = self.get_url(".ajax_lookup", name=DOCUMENT.name)
        key_fields = enumeration(label(self.table, name) for name in KEY_FIELDS)
        document = LookupField(
            gettext("Document on file"), lookup=DOCUMENT, url=url,
            description=gettext("Needed for: %(fields)s.", fields=key_fields),
        )  # fmt: skip
        reason = Line(gettext("Reason for this change"), validators=[Filled()])
        fields = {**fields, "document_id": document, "reason": reason}
        form_class = type("CorrectingForm", (BaseForm,), fields)
        typed = request.form if request.method == "POST" else None
        return RecordForm(
            form_class(typed, data={"reason": gettext("Correction of information")}),
            [Group("", list(fields))],
        )

    def _checked(self, bound: RecordForm, corrections: list[Correction]) -> Answer | None:
        """Rehearses the corrections, or writes them by the named button; None after a rehearsal."""
        reason, document_id = bound.form["reason"].data, bound.form["document_id"].data
        names = {name for each in corrections for name in each.typed}
        if "write" not in request.form:
            rehearse(db.session(), corrections, reason, document_id)
            return None
        changed = write(db.session(), corrections, reason, document_id, lambda: self.demand_fields(names))
        flash(gettext("Members corrected: %(number)s.", number=changed), "success")
        return redirect(self.get_url(".index_view"))

    def _corrections_page(
        self, template: str, bound: RecordForm, corrections: list[Correction], **more: Any
    ) -> Answer:
        faulty = sum(each.fault is not None for each in corrections)
        html = self.render(
            template,
            bound=bound,
            rows=self._told(corrections),
            faulty=faulty,
            changing=sum(bool(each.changes) and each.fault is None for each in corrections),
            columns=enumeration(label(self.table, name) for name in CORRECTED),
            most_rows=MOST_ROWS,
            **more,
        )
        return html, 422 if bound.refusal else 200

    def _told(self, corrections: list[Correction]) -> list[tuple[Correction, Changes]]:
        return [(each, self._changes_in_words(each)) for each in corrections]

    def _changes_in_words(self, correction: Correction) -> Changes:
        """Field, was, becomes; what the list masks is not told of the present value."""
        return [
            (
                label(self.table, name),
                gettext("(masked)") if name in self.masked and was else text_of(self.column(name), was),
                text_of(self.column(name), becomes),
            )
            for name, (was, becomes) in correction.changes.items()
        ]
