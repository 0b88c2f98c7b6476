"""The steps of a report: the buttons on its page, and the page that asks for a reason or a document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ReportKind
from partyadmin.operations import Stale, acting, draft, lock
from partyadmin.operations.draft import AlreadyRegistered
from partyadmin.operations.report import NEEDS_ANSWER, Step, steps_of, take_step
from partyadmin.views import drafts, evidence, forms
from partyadmin.views.base import Answer
from partyadmin.views.columns import column_of
from partyadmin.views.fields import Filled, field_of
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.labels import said_of
from partyadmin.views.report_form import ReportForms
from partyadmin.views.rights import Rights, demand, holds

_ = lazy_gettext
_ANSWER = "answer"


@dataclass(frozen=True)
class Verb:
    """A step in words: on its button, in the reason of its act, and what is true afterwards."""

    word: Any
    done: Any


VERBS = {
    "entered": Verb(_("Enter"), _("Entered: %(what)s.")),
    "accepted": Verb(_("Take up"), _("Taken up: %(what)s.")),
    "reported": Verb(_("Report again"), _("Reported again: %(what)s.")),
    "returned": Verb(_("Return"), _("Returned: %(what)s.")),
    "paused": Verb(_("Pause"), _("Paused, the clock stands still: %(what)s.")),
    "withdrawn": Verb(_("Withdraw"), _("Withdrawn: %(what)s.")),
    "questioned": Verb(_("Question"), _("Questioned: %(what)s.")),
}
_AGAIN = {("paused", "accepted"): _("Go on"), ("questioned", "entered"): _("Answer")}
"""What the step out of a state is called, where it is not called after the state it leads to."""


@dataclass(frozen=True)
class Button:
    """A step as the page of a report offers it; grey where the post may not take it."""

    word: str
    href: str
    rights: Rights
    obstacle: str | None
    asks: bool
    is_main: bool


class ReportSteps(ReportForms):
    """Takes the steps of a report, each one act."""

    def next_steps(self, row: Any) -> list[Button]:
        """The buttons of the steps that may follow, in the order of VERBS."""
        kind = db.session.get_one(ReportKind, row.kind)
        steps = {step.becomes: step for step in steps_of(db.session(), row.state, row.kind)}
        return [self._button(row, kind, steps[state]) for state in VERBS if state in steps]

    def _button(self, row: Any, kind: ReportKind, step: Step) -> Button:
        rights = tuple((kind.function, letter) for letter in step.letters)
        why = (
            None
            if step.is_open or not holds(rights)
            else gettext("The committee judges a report, not its branch.")
        )
        return Button(
            _word(row.state, step.becomes),
            self.get_url(".step_view", id=row.id, to=step.becomes, ver=row.ver),
            rights,
            why,
            _asks(row, kind, step.becomes),
            step.is_open and step.becomes in ("entered", "reported"),
        )

    @expose("/step/", methods=("GET", "POST"))
    def step_view(self) -> Answer:
        """The next step of a report, with the reason or the document that it needs; each is one act."""
        if not self.can_edit:
            return self.inaccessible_callback("step_view")
        row = self.row_of(request.args.get("id"), (*self.column_details_list, forms.VERSION))
        state = request.args.get("to") or self._first_step(row)
        if state not in VERBS:
            abort(400)
        bound = self._step_form(row, state)
        if request.method == "POST" and bound.validate():
            try:
                return self._take(row, state, bound)
            except AlreadyRegistered as again:
                flash(again.sentence, "info")
                return redirect(self.get_url(".details_view", id=row.id))
            except Stale as stale:
                flash(stale.sentence, "danger")
                return redirect(self.get_url(".details_view", id=row.id))
            except Refused as refused:
                bound.refuse(refused, refused.sentence)
        if bound.has_file():
            drafts.keep(bound.sheet, bound.form)
        word = _word(row.state, state)
        page = self.render(
            "partyadmin/step.html", bound=bound, row=row, key=row.id, heading=self.heading(row),
            word=word, needed=state in NEEDS_ANSWER,
        )  # fmt: skip
        return page, 422 if bound.refusal else 200

    def _first_step(self, row: Any) -> str:
        """The step that comes first for this post; 404 where there is none."""
        steps = {step.becomes for step in steps_of(db.session(), row.state, row.kind) if step.is_open}
        return next((state for state in VERBS if state in steps), None) or abort(404)

    def _step_form(self, row: Any, state: str) -> RecordForm:
        kind = db.session.get_one(ReportKind, row.kind)
        groups, fields = [], {}
        if state in NEEDS_ANSWER or row.state == "questioned":
            fields[_ANSWER] = field_of(column_of(self.model, _ANSWER), lambda _: "", None, None, False)
            fields[_ANSWER].kwargs["validators"] = [Filled()] if state in NEEDS_ANSWER else []
            groups.append(Group("", [_ANSWER]))
        if state == "entered" and row.document_id is None:
            fields |= evidence.fields(lambda found: self.get_url(".ajax_lookup", name=found.name))
            note = (
                gettext("The number is enough, the scan or a photo may follow.")
                if kind.needs_document
                else ""
            )
            groups.append(
                Group(gettext("Document this rests on"), list(evidence.NAMES), note, "evidence", False)
            )
        reason = said_of(_word(row.state, state), self.heading(row))
        shown = {forms.VERSION: request.args.get("ver", str(row.ver))}
        return forms.build(fields, groups, shown, reason, drafts.opening(self.endpoint, str(row.id)))

    def _take(self, row: Any, state: str, bound: RecordForm) -> Answer:
        opened = bound.form[forms.VERSION].data or request.args.get("ver", "")
        with acting(db.session(), bound.form[forms.REASON].data):
            demand(self.edit_by)
            draft.register(db.session(), bound.sheet)
            record = self.get_one(row.id)
            lock(db.session(), record, int(opened) if opened.isascii() and opened.isdigit() else 0)
            document_id = evidence.document_of(db.session(), bound) if "document_id" in bound.form else None
            answer = bound.form[_ANSWER].data if _ANSWER in bound.form else None
            take_step(db.session(), record, state, answer, document_id)
            draft.became(db.session(), bound.sheet, row.id)
        flash(str(VERBS[state].done) % {"what": self.heading(row)}, "success")
        return redirect(self.get_url(".details_view", id=row.id))


def _word(was: str, becomes: str) -> str:
    return str(_AGAIN.get((was, becomes), VERBS[becomes].word))


def _asks(row: Any, kind: ReportKind, becomes: str) -> bool:
    """Whether a step needs a page of its own: for a reason, an answer or the document."""
    lacks_document = becomes == "entered" and kind.needs_document and row.document_id is None
    return becomes in NEEDS_ANSWER or row.state == "questioned" or lacks_document
