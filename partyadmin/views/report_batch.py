"""The register of conversions: whose probation ends when, and many converted on one document in one act."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import Member, Organisation, Report
from partyadmin.operations import acting, draft
from partyadmin.operations.draft import AlreadyRegistered
from partyadmin.operations.report import NotEntered, enter_many
from partyadmin.views import drafts, evidence, forms
from partyadmin.views.base import Answer
from partyadmin.views.clocks import Due
from partyadmin.views.columns import column_of
from partyadmin.views.fields import field_of
from partyadmin.views.filters import Below
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.report_steps import ReportSteps
from partyadmin.views.rights import Rights, demand, holds

_KIND = "conversion"
CONVERTERS: Rights = (("P9", "W"),)
MOST_AT_ONCE = 1000
_OPEN = ("reported", "accepted", "paused", "returned")


class ReportBatch(ReportSteps):
    """Enters one kind of report for many members at once."""

    converters = CONVERTERS

    @expose("/conversion/", methods=("GET", "POST"))
    def conversion_view(self) -> Answer:
        """Probationary members by the end of their probation; one act converts all who are ticked."""
        if request.method == "POST" and not holds(CONVERTERS):
            return self.inaccessible_callback("conversion_view")
        values = {name: request.args.get(name, "").strip() for name in ("organisation", "all")}
        if values["all"] not in ("", "1"):
            abort(400)
        bound, ticked, refused = self._batch_form(), request.form.getlist("member"), {}
        if request.method == "POST" and self._is_sound(bound, ticked):
            try:
                return self._convert(bound, [self.members.key_from(key) for key in ticked])
            except AlreadyRegistered as again:
                flash(again.sentence, "info")
                return redirect(self.get_url(".conversion_view", **values))
            except NotEntered as stopped:
                bound.refuse(stopped, stopped.sentence)
                refused = {key: rule_sentence(rule) for key, rule in stopped.rules.items()}
            except Refused as stopped:
                bound.refuse(stopped, stopped.sentence)
        if bound.has_file():
            drafts.keep(bound.sheet, bound.form)
        page = self.render(
            "partyadmin/conversion.html", bound=bound, ticked=set(ticked), refused=refused, values=values,
            rows=self._due(values), below=Below("organisation", column="branch_code"), most=MOST_AT_ONCE,
        )  # fmt: skip
        return page, 422 if bound.refusal else 200

    def _batch_form(self) -> RecordForm:
        def lookup_url(found: Any) -> str:
            return str(self.get_url(".ajax_lookup", name=found.name))

        fields = {"event_date": field_of(column_of(Report, "event_date"), lookup_url, None, None, False)}
        fields["event_date"].kwargs["label"] = gettext("Day of the branch meeting: the conversion date")
        fields |= evidence.fields(lookup_url)
        note = gettext("One document for all who are ticked: its number is enough, the scan may follow.")
        paper = Group(gettext("Document this rests on"), list(evidence.NAMES), note, "evidence", False)
        opened = drafts.opening(self.endpoint, _KIND)
        return forms.build(fields, [Group("", ["event_date"]), paper], {}, gettext("Conversion"), opened)

    def _is_sound(self, bound: RecordForm, ticked: list[str]) -> bool:
        if not bound.validate():
            return False
        if not ticked:
            bound.refusal = gettext("Tick those who are converted.")
        elif len(ticked) > MOST_AT_ONCE:
            bound.refusal = gettext("At most %(number)s members are converted at once.", number=MOST_AT_ONCE)
        return bound.refusal is None

    def _convert(self, bound: RecordForm, keys: list[int]) -> Answer:
        with acting(db.session(), bound.form[forms.REASON].data):
            demand(CONVERTERS)
            draft.register(db.session(), bound.sheet)
            document_id = evidence.document_of(db.session(), bound)
            number = enter_many(db.session(), _KIND, keys, bound.form["event_date"].data, document_id)
            draft.became(db.session(), bound.sheet, _KIND)
        flash(gettext("Converted: %(number)s members.", number=number), "success")
        return redirect(self.get_url(".index_view", course="entered", kind=_KIND))

    def _due(self, values: dict[str, str]) -> list[dict[str, Any]]:
        """Who is on probation, by the day on which it ends: over already, or all."""
        today = sa.func.current_date()
        ends = sa.func.coalesce(Member.probation_until, sa.func.add_months(Member.join_date, 12))
        waits = sa.select(Report.id).where(
            Report.member_id == Member.id, Report.kind == _KIND, Report.state.in_(_OPEN)
        )
        over = sa.func.term_that_is_over(
            Member.status, Member.person_type, Member.join_date, Member.probation_until, Member.since, today
        )
        station = current_user.organisation_code
        query = (
            sa.select(
                Member.id, Member.name, Organisation.name.label("branch"), Member.join_date,
                ends.label("ends"),
                sa.func.workdays_left(ends, today).label("days_left"),
                Member.probation_until.is_not(None).label("is_extended"),
                waits.limit(1).scalar_subquery().label("report_id"),
            )
            .join(Organisation, Organisation.id == Member.branch_id)
            .where(Member.branch_code >= station, Member.branch_code < station + "~")
            .where(Member.person_type == "2", sa.or_(Member.status.is_(None), Member.status == "1"))
        )  # fmt: skip
        if values["organisation"]:
            query = Below("organisation", column="branch_code").narrow(query, Member, values["organisation"])
        if not values["all"]:
            query = query.where(over == "probation")
        rows = db.session.execute(query.order_by(ends, Member.id).limit(MOST_AT_ONCE)).all()
        return [{**row._mapping, "due": Due(row.ends, row.days_left)} for row in rows]
