"""Members: the collection form as list, page and form; each field belongs to a function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import flash, g, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin import audit
from partyadmin.db import db
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import KEY_FIELDS, Member, PermissionFunction
from partyadmin.operations.document import prove
from partyadmin.operations.member import Examined, examine, mandatory_items
from partyadmin.views import evidence, menu
from partyadmin.views.base import Answer
from partyadmin.views.beside import TreeView
from partyadmin.views.checks import NUMBER_RULES, checks_of, field_of, number_line, sentence_of, taken_number
from partyadmin.views.correcting import CorrectingView
from partyadmin.views.exporting import ExportingView
from partyadmin.views.fields import MASK
from partyadmin.views.filters import Below, Directly, Either, Equal, Over, Spelt, is_pinyin
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.labels import label_of
from partyadmin.views.lists import Narrowed, Sort, Tab
from partyadmin.views.lookups import BRANCH, DOCUMENT
from partyadmin.views.marks import Mark
from partyadmin.views.paging import Page
from partyadmin.views.paper import PaperPages
from partyadmin.views.report_subject import REPORTERS, with_report
from partyadmin.views.reveal import RevealingView
from partyadmin.views.rights import demand, holds
from partyadmin.views.search import Kind, sought
from partyadmin.views.timeline import timeline_of
from partyadmin.workbook.cleaning import clean_name

_FIELDS_BY_FUNCTION = {
    "P3": KEY_FIELDS,
    "P4": ("name", "sex", "ethnicity", "person_type", "job_post", "new_social_stratum", "remark"),
    "P5": ("education", "mobile", "landline", "address"),
    "P8": ("lost", "lost_month", "is_mobile", "destination", "destination_text"),
}
_FUNCTION_OF = {name: function for function, names in _FIELDS_BY_FUNCTION.items() for name in names}
_MOST_FOUND = 50
_AWAY = lazy_gettext("Out of contact or mobile")


class MemberView(PaperPages, RevealingView, CorrectingView, TreeView, ExportingView):
    """One person on the roll of a branch."""

    chapter = menu.MEMBERS
    title = lazy_gettext("Members")
    noun = lazy_gettext("member")
    read_by = (("P1", "V"),)
    create_by = (("P2", "W"),)
    edit_by = tuple((function, "W") for function in _FIELDS_BY_FUNCTION)
    correct_by = edit_by
    list_actions = (
        (lazy_gettext("Paste corrections"), "member.paste_view", correct_by),
        (lazy_gettext("Correct one field"), "member.correct_view", correct_by),
    )
    scope_column = "branch_code"
    masked = {"id_number": "id_number_masked", "mobile": "phone_masked", "landline": "phone_masked"}

    column_list = (
        "name", "sex", "id_number", "birth_date", "person_type", "branch_id", "join_date", "mobile", "status",
    )  # fmt: skip
    form_columns = (
        "name", "sex", "ethnicity", "id_number", "birth_date", "education", "person_type", "branch_id",
        "join_date", "full_date", "job_post", "mobile", "landline", "address", "status", "lost", "lost_month",
        "is_mobile", "destination", "destination_text", "new_social_stratum", "remark",
    )  # fmt: skip
    column_details_list = (*form_columns, "birth_date_text", "join_date_text", "full_date_text", "intake")
    order = ("branch_code", "id")
    sorts = (
        Sort("branch_id", ("branch_code", "id")),
        Sort("name", ("name_key", "branch_code", "id"), seeks=True),
    )
    narrow_by = (
        Below("organisation", column="branch_code"), Directly("directly", column="branch_code"),
        Spelt("name", place=("branch_code", "id")), Equal("status"), Equal("person_type"), Equal("sex"),
        Equal("education"), Over("over"), Either("away", ("lost", "is_mobile"), _AWAY), Equal("intake"),
    )  # fmt: skip
    tabs = (
        Tab("probationary", lazy_gettext("Probationary members"), {"person_type": "2"}, counted=True),
        Tab("away", _AWAY, {"away": "1"}, counted=True),
        Tab("suspended", lazy_gettext("Membership suspended"), {"status": "2"}, counted=True),
        Tab("stock", lazy_gettext("Items missing or wrong"), {"intake": "stock"}, counted=True),
    )
    marks = {
        "status": (
            Mark("status", ("1", None), "ok", "dot"), Mark("status", ("2",), "end", "pause"),
            Mark("status", ("3", "4", "5"), "end", "bar"), Mark("status", ("6",), "info", "swap"),
            Mark("person_type", ("2",), "info", "half", lazy_gettext("On probation")),
            Mark("lost", (True,), "warn", "q", lazy_gettext("Lost")),
            Mark("is_mobile", (True,), "mobile", "go", lazy_gettext("Away")),
        ),
    }  # fmt: skip
    lookups = {"branch_id": BRANCH}
    fixed = {
        "branch_id": lazy_gettext("The branch changes by a transfer."),
        "status": lazy_gettext("The membership status changes by a report of what happened."),
    }
    later = ("status",)
    paper = lazy_gettext("In the order of the collection form of members")
    items = {
        "name": "1", "sex": "2", "ethnicity": "3", "id_number": "4", "birth_date": "5", "education": "6",
        "person_type": "7", "branch_id": "8", "join_date": "9", "full_date": "10", "job_post": "11",
        "mobile": "12", "address": "13", "status": "14", "lost": "15", "is_mobile": "16",
    }  # fmt: skip
    spanning = ("job_post", "address", "status", "remark")
    list_template = "partyadmin/members.html"
    edit_template = "partyadmin/member_form.html"
    details_template = "partyadmin/member.html"

    def __init__(self) -> None:
        super().__init__(Member)
        self.offered[DOCUMENT.name] = DOCUMENT

    def facts(self, values: dict[str, str]) -> str:
        code = values.get("organisation") or values.get("directly") or current_user.organisation_code
        count = db.session.execute(sa.text("SELECT * FROM members_below(:code)"), {"code": code}).one()
        return gettext(
            "%(counted)s members here, %(probationary)s of them probationary; %(kept)s on the roll.",
            counted=count.counted, probationary=count.probationary, kept=count.kept,
        )  # fmt: skip

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {
            "timeline": timeline_of(row.id),
            "links": [
                (gettext("Member card"), "member.card_view", {"id": row.id}),
                (gettext("Collection form"), "member.collection_form_view", {"id": row.id}),
                (gettext("Reports"), "report.index_view", {"member_id": row.id}),
            ],
            "actions": [
                (gettext("Report what happened"), "report.create_view", {"member": row.id}, REPORTERS)
            ],
            "why_masked": self.why_masked(),
        }

    # -- who may write which field --

    def why_locked(self, name: str, row: Any) -> str | None:
        if (reason := super().why_locked(name, row)) is not None:
            return with_report(reason, name, row.id)
        if row.branch_code == current_user.organisation_code:
            if name in _delegated(row.branch_id):
                return None
            reason = gettext(
                "The superior organisation keeps this field and has not delegated it to the branch."
            )
            return with_report(reason, name, row.id)
        function = _FUNCTION_OF[name]
        if holds(((function, "W"),)):
            return None
        return gettext(
            "Kept by posts with the function %(function)s.",
            function=f"{function} {label_of(PermissionFunction, function)}",
        )

    def demand_change(self, row: Any, changes: dict[str, Any]) -> None:
        if row.branch_code == current_user.organisation_code:
            demand(self.edit_by)  # the database holds the branch to what it was delegated
            return
        self.demand_fields(set(changes))

    def demand_fields(self, names: set[str]) -> None:
        for function in {_FUNCTION_OF[name] for name in names}:
            demand(((function, "W"),))

    # -- key fields and their documents --

    def groups(self, row: Any) -> list[Group]:
        groups = super().groups(row)
        if row is not None and any(name in groups[0].entries for name in KEY_FIELDS):
            groups.append(evidence.group(folded=request.method == "GET"))
        return groups

    def more_fields(self, row: Any) -> dict[str, Any]:
        return (
            {}
            if row is None
            else evidence.fields(lambda found: self.get_url(".ajax_lookup", name=found.name))
        )

    def apply(self, record: Any, changes: dict[str, Any]) -> None:
        super().apply(record, changes)
        for name, value in changes.items():
            # A date that is known replaces what stood for it while it was not.
            if value is not None and hasattr(record, f"{name}_text"):
                setattr(record, f"{name}_text", None)

    def with_change(self, record: Any, bound: RecordForm, changes: dict[str, Any]) -> None:
        changed = [name for name in KEY_FIELDS if name in changes]
        if changed and (document_id := evidence.document_of(db.session(), bound)) is not None:
            prove(db.session(), record.id, changed, document_id)
            db.session.flush()

    def explain(self, refused: Refused, bound: RecordForm) -> str:
        """Says where a taken number is registered, as far as the reader may know."""
        number = bound.form["id_number"].data if "id_number" in bound.form else None
        return taken_number(refused, number) if refused.rule in NUMBER_RULES and number else refused.sentence

    # -- what the rules say before anything is written --

    def mandatory(self) -> frozenset[str]:
        return mandatory_items(db.session())

    def point_out(self, bound: RecordForm, row: Any) -> None:
        examined = self.examined(bound, row)
        for fault in examined.faults:
            bound.point_at(field_of(fault), sentence_of(fault))
        for name, value in checks_of(examined).fill.items():
            bound.fill(name, value)
        changed = [name for name in KEY_FIELDS if row is not None and name in bound.changes()]
        if changed and evidence.is_empty(bound):
            bound.point_at(changed[0], rule_sentence("key_fields_rest_on_evidence"))

    def examined(self, bound: RecordForm, row: Any) -> Examined:
        """What the rules say of the record with what stands typed in its form."""
        typed = {} if row is not None else {"status": "1"}
        for name in bound.names("record"):
            value = bound.form[name].data
            if not bound.form[name].process_errors and not (name in self.masked and MASK in (value or "")):
                typed[name] = value
        return examine(db.session(), None if row is None else row.id, typed)

    def form_values(self, bound: RecordForm, row: Any) -> dict[str, Any]:
        return {"checks": checks_of(self.examined(bound, row))}

    @expose("/check/", methods=("POST",))
    def check(self) -> Answer:
        """What the rules say of a form as it is typed; it asks, and logs, whether the number is taken."""
        bound = self.form_of_request()
        if not isinstance(bound, RecordForm):
            return bound
        own = request.args.get("id")
        row = None if own is None else self.row_of(own, ("branch_code",))
        examined, registered = self.examined(bound, row), None
        if request.form.get("ask") and "id_number" in bound.form:
            number = bound.form["id_number"].data
            registered = number_line(examined, number, None if own is None else int(own))
        db.session.commit()
        return str(self.render("partyadmin/checks.html", checks=checks_of(examined, registered)))

    # -- going to a name, quick search --

    def seek(self, asked: Narrowed, typed: str) -> Any:
        """Where a name would stand; letters are a beginning of pinyin, or else the initials of a name."""
        if not is_pinyin(typed):
            return db.session.scalar(sa.select(sa.func.name_key(clean_name(typed) or typed)))
        letters, keys = typed.lower(), sa.func.min(Member.name_key)
        following = asked.query.with_only_columns(keys).where(Member.name_key >= letters)
        if (db.session.scalar(following) or "").startswith(letters):
            return letters
        spelt = asked.query.with_only_columns(keys).where(
            Member.initials >= letters, Member.initials < letters + "~"
        )
        return db.session.scalar(spelt) or letters

    def has_number(self, kind: Kind, number: str) -> Any:
        """The condition that a member has an ID number or a mobile number."""
        if kind is Kind.MOBILE:
            return Member.mobile == number
        return Member.id_key == sa.func.id_number_18(number)

    def log_search(self, rows: Sequence[Any]) -> None:
        """Leaves in the access log that a number was looked up, and never the number."""
        only = rows[0].id if len(rows) == 1 else None
        audit.log(db.session(), "number looked up", "member", only, f"{len(rows)} found")
        db.session.commit()

    @expose("/search/", methods=("POST",))
    def search(self) -> Answer:
        """Finds by name, whole ID number or mobile number; numbers travel in no address and are logged."""
        kind, value = sought(request.form.get("q", ""))
        if kind is Kind.NOTHING:
            return redirect(self.get_url(".index_view"))
        if kind is Kind.NAME:
            return redirect(self.get_url(".index_view", name=value))
        rows = db.session.execute(
            self.narrowed(given={}).query.where(self.has_number(kind, value)).limit(_MOST_FOUND)
        ).all()
        self.log_search(rows)
        if len(rows) == 1:
            return redirect(self.get_url(".details_view", id=rows[0].id))
        if not rows:
            flash(gettext("No member in your scope has this number."), "info")
            return redirect(self.get_url(".index_view"))
        return self.list_page(Page(list(rows), None, None, True), None)


def _delegated(branch_id: int) -> list[str]:
    """The fields that a branch may write today; asked once a request."""
    if "delegated" not in g:
        g.delegated = db.session.scalar(
            sa.text("SELECT delegated_fields(:branch_id, current_date)"), {"branch_id": branch_id}
        )
    return list(g.delegated)
