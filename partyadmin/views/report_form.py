"""The form of a report: opened for a kind and a member, checked while it is typed, filed in one act."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from markupsafe import Markup

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import Report, ReportKind
from partyadmin.operations.report import Told, amend_report, examine_report, file_report, report_due
from partyadmin.views import drafts, evidence, forms
from partyadmin.views.base import Answer
from partyadmin.views.begun import BegunView
from partyadmin.views.checks import NUMBER_RULES, Checks, Line, checks_of, number_line, taken_number
from partyadmin.views.clocks import Due
from partyadmin.views.fields import LookupField
from partyadmin.views.forms import RecordForm
from partyadmin.views.lookups import MEMBER, Lookup
from partyadmin.views.report_fields import fields_of, groups_of, items_in, place_of, shown_in
from partyadmin.views.report_subject import REPORTERS, Subject, kinds, obstacle, subject_of
from partyadmin.views.rights import demand

_OPEN = ("reported", "accepted", "paused", "returned")


class ReportForms(BegunView[Subject]):
    """Files reports, and puts them right until they are entered."""

    members: Any
    create_by = edit_by = REPORTERS
    edit_template = create_template = "partyadmin/report_form.html"
    new_word = lazy_gettext("Report")
    change_reason = lazy_gettext("Correction of a report")

    # -- what the request is about --

    def asked(self, typed: Any) -> Subject | None:
        kind = db.session.get(ReportKind, typed.get("kind", ""))
        subject = None if kind is None else subject_of(kind, None)
        if subject is None or subject.is_new:
            return subject
        key = typed.get("member", "")
        return subject_of(subject.kind, self.member_of(key, subject)) if key else None

    def on_record(self, row: Any) -> Subject:
        subject = subject_of(db.session.get_one(ReportKind, row.kind), None)
        if subject.is_new or row.member_id is None:
            return subject
        return subject_of(subject.kind, self.member_of(str(row.member_id), subject))

    def member_of(self, key: str, subject: Subject | None = None) -> Any:
        """A member in scope with the items of the kind, numbers masked; 404 for another key."""
        names = ("name", "id_number", "branch_id", "person_type", "status")
        items = tuple(item.field for item in subject.items) if subject else ()
        return self.members.row_of(key, (*names, *items))

    def begin_page(self) -> str:
        """What happened, and to whom: the kinds of reports, each grey where it does not fit."""
        asked = LookupField(gettext("Member"), lookup=MEMBER, url=self._lookup_url(MEMBER))
        field = type("Form", (BaseForm,), {"member": asked})(request.args).member
        member = None if field.data is None else self.member_of(str(field.data))
        offered = []
        for kind in kinds():
            subject = subject_of(kind, None)
            if subject.is_new == (member is None):
                named = {} if member is None else {"member": member.id}
                href = self.get_url(".create_view", kind=kind.code, **named)
                offered.append((subject, href, member and obstacle(kind, member)))
        page = self.render("partyadmin/report_begin.html", member=member, offered=offered, field=field)
        return str(page)

    def heading_of_new(self) -> str:
        subject = self.about(None) if request.blueprint == self.endpoint else None
        if subject is None:
            return gettext("Report")
        told = (subject.label, subject.member.name if subject.member else "")
        return gettext("Report: %(what)s", what=" ".join(filter(None, told)))

    # -- the form --

    def _lookup_url(self, found: Lookup) -> str:
        return self.get_url(".ajax_lookup", name=found.name)

    def form_for(self, row: Any) -> RecordForm:
        subject = self.about(row) or abort(404)
        place = place_of(subject, None if row is None else row.branch_id)
        fields = fields_of(subject, self._lookup_url, self.members.masked, row is not None)
        reason = str(self.change_reason) if row is not None else self.heading_of_new()
        opened = drafts.opening(self.endpoint, None if row is None else str(row.id))
        return forms.build(fields, groups_of(subject, place), shown_in(subject, row), reason, opened)

    def form_values(self, bound: RecordForm, row: Any) -> dict[str, Any]:
        subject = self.about(row) or abort(404)
        return {
            "checks": self._checks(bound, row),
            "subject": subject,
            "is_branch": current_user.level == "branch",
        }

    def told(self, bound: RecordForm, row: Any, filed: dict[str, Any] | None = None) -> Told:
        """What the form says.

        Raises Refused for a number that is typed masked.
        """
        subject, form = self.about(row) or abort(404), bound.form

        def typed(name: str) -> Any:
            return form[name].data if name in form else None

        own = current_user.organisation_id if current_user.level == "branch" else typed("branch_id")
        if row is not None:
            own = row.branch_id
        elif subject.member is not None:
            own = subject.member.branch_id
        return Told(
            subject.kind.code,
            subject.member.id if subject.member else None,
            own,
            typed("event_date"), typed("began_by"), typed("ended_by"),
            items_in(subject, bound, filed or {}), typed("facts"), typed("reported_on"),
        )  # fmt: skip

    def enter(self, bound: RecordForm) -> Any:
        document_id = evidence.document_of(db.session(), bound)
        state = "entered" if request.form.get("then") == "entered" else "reported"
        return file_report(db.session(), self.told(bound, None), document_id, state)

    def created(self, key: Any, bound: RecordForm) -> Answer:
        row = self.row_of(str(key), self.column_details_list)
        if row.state == "entered":
            flash(gettext("Entered: %(what)s.", what=self.heading(row)), "success")
        else:
            said = gettext(
                "Reported: %(what)s. Next: %(holder)s.", what=self.heading(row), holder=row.holder or ""
            )
            flash(said, "success")
        return redirect(self.get_url(".details_view", id=key))

    def demand_change(self, row: Any, changes: dict[str, Any]) -> None:
        demand(self.edit_by)

    def has_change(self, bound: RecordForm) -> bool:
        return super().has_change(bound) or not evidence.is_empty(bound)

    def apply(self, record: Any, changes: dict[str, Any]) -> None:
        """Nothing by itself: what a form says is written as a whole."""

    def with_change(self, record: Report, bound: RecordForm, changes: dict[str, Any]) -> None:
        document_id = evidence.document_of(db.session(), bound)
        amend_report(db.session(), record, self.told(bound, record, record.items), document_id)

    def explain(self, refused: Refused, bound: RecordForm) -> str:
        """Leads to what is in the way: the member who has the number, or the report that is open already."""
        number = bound.form["id_number"].data if "id_number" in bound.form else None
        if refused.rule in NUMBER_RULES and number:
            return taken_number(refused, number)
        subject = self.about(None) if refused.rule == "a_matter_is_reported_once" else None
        if subject is None or subject.member is None:
            return refused.sentence
        same = self.scoped(sa.select(Report.id)).where(
            Report.member_id == subject.member.id, Report.kind == subject.kind.code, Report.state.in_(_OPEN)
        )
        found = db.session.scalar(same)
        href = self.get_url(".details_view", id=found)
        return Markup('{} <a href="{}">{}</a>').format(refused.sentence, href, gettext("Open that report"))

    # -- what the rules say before anything is written --

    def point_out(self, bound: RecordForm, row: Any) -> None:
        checks = self._checks(bound, row)
        for line in checks.lines:
            if not line.is_good and line.field:
                bound.point_at(line.field, line.text)
        for name, value in checks.fill.items():
            bound.fill(name, value)

    def _checks(self, bound: RecordForm, row: Any, ask: bool = False) -> Checks:
        """What the rules and the clock say of what stands typed; `ask` whether the number is taken too."""
        subject, checks = self.about(row) or abort(404), Checks([], {})
        try:
            told = self.told(bound, row, {} if row is None else self.get_one(row.id).items)
        except Refused:
            told = None  # the mask stands in the form, and the save will say so
        if told is not None and subject.items:
            examined = examine_report(db.session(), told)
            registered = number_line(examined, told.items.get("id_number"), told.member_id) if ask else None
            checks = checks_of(examined, registered)
        day = bound.form["event_date"].data
        if day is None:
            return checks
        due = Due(*report_due(db.session(), day))
        said = gettext("The branch reports by: %(due)s", due=due.words())
        return Checks([Line(said, due.left >= 0), *checks.lines], checks.fill)

    @expose("/check/", methods=("POST",))
    def check(self) -> Answer:
        """What the rules and the clock say of a report as it is typed; it asks, and logs, for a number."""
        bound = self.form_of_request()
        if not isinstance(bound, RecordForm):
            return bound
        own = request.args.get("id")
        row = None if own is None else self.row_of(own, self.column_details_list)
        checks = self._checks(bound, row, bool(request.form.get("ask")))
        db.session.commit()
        return str(self.render("partyadmin/checks.html", checks=checks))
