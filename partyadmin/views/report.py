"""Reports: what happened to members, who holds each, by when it is due, and the steps it may take."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext
from sqlalchemy_continuum import version_class

from partyadmin.db import db
from partyadmin.models import Report
from partyadmin.models.codes import ReportState
from partyadmin.views import menu
from partyadmin.views.cells import NOTHING, Cell, Names, cell, item_text, moment
from partyadmin.views.clocks import Due
from partyadmin.views.columns import Column
from partyadmin.views.filters import Below, Course, Equal, Of
from partyadmin.views.history import versions_of
from partyadmin.views.labels import label_of
from partyadmin.views.lists import Tab
from partyadmin.views.lookups import BRANCH, DOCUMENT, MEMBER, REGION
from partyadmin.views.marks import Mark
from partyadmin.views.report_batch import ReportBatch
from partyadmin.views.rows import Source

_ = lazy_gettext
_AMENDED = ("reported", "accepted", "returned")
_ALWAYS = ("kind", "member_id", "state", "items", "newcomer", "days_left", "is_provisional", "ver")
"""What tells a report wherever it is named."""
SETTLED = ("entered", "withdrawn")


class ReportView(ReportBatch):
    """One thing that happened to one member."""

    chapter = menu.MEMBERS
    title = _("Reports")
    noun = _("report")
    read_by = (("P1", "V"),)
    scope_column = "branch_code"
    masked = {"items": "items_masked"}
    derived = {
        "holder": (_("Held by"), sa.func.report_holder(Report.state, Report.by_branch, Report.branch_id)),
        "days_left": (
            _("Working days left"),
            sa.func.workdays_left(Report.entry_due, sa.func.current_date()),
        ),
        "newcomer": (_("Name"), Report.items["name"].astext),
    }
    column_list = ("kind", "member_id", "branch_id", "event_date", "state", "holder", "entry_due")
    column_details_list = (
        "kind", "member_id", "branch_id", "event_date", "began_by", "ended_by", "facts", "document_id",
        "state", "holder", "answer", "reported_on", "by_branch", "report_due", "entry_due", "paused_on",
        "entered_on",
    )  # fmt: skip
    form_columns = ("items",)
    newest_first = True
    narrow_by = (
        Course("course"), Equal("kind"), Equal("state"), Below("organisation", column="branch_code"),
        Of("member_id"),
    )  # fmt: skip
    tabs = (
        Tab("waiting", _("Waiting to be entered"), {"course": "waiting"}, counted=True),
        Tab("overdue", _("Overdue"), {"course": "overdue"}, counted=True),
        Tab("returned", _("Returned"), {"course": "returned"}, counted=True),
        Tab("entered", _("Entered"), {"course": "entered"}),
    )
    marks = {
        "state": (
            Mark("state", ("entered",), "ok", "check"),
            Mark("state", ("reported", "accepted"), "info", "clock"),
            Mark("state", ("paused", "withdrawn"), "end", "pause"),
            Mark("state", ("returned", "questioned"), "warn", "warn"),
        ),
    }  # fmt: skip
    list_actions = ((_("Conversion register"), "report.conversion_view", (("P1", "V"),)),)
    lookups = {"branch_id": BRANCH, "member_id": MEMBER}
    details_template = "partyadmin/report.html"

    def __init__(self, members: Any) -> None:
        self.members = members
        super().__init__(Report)
        self.offered |= {found.name: found for found in (BRANCH, DOCUMENT, MEMBER, REGION)}

    # -- the list --

    def _order(self, values: dict[str, str], given: Any) -> tuple[tuple[str, ...], bool, str]:
        order, newest_first, sort = super()._order(values, given)
        return order, newest_first and order == self.order, sort  # what is due first stands first

    def selected(self, names: tuple[str, ...]) -> sa.Select[Any]:
        return super().selected((*names, *_ALWAYS))

    def _source(self, column: Column, names: Names) -> Source:
        if column.name == "entry_due":
            return _due_cell, None
        if column.name == "member_id":
            return (
                lambda row: (
                    cell(column, row.member_id, names) if row.member_id else Cell(row.newcomer or NOTHING)
                ),
                None,
            )
        return super()._source(column, names)

    # -- the page --

    def heading(self, row: Any) -> str:
        named = dict(zip(("kind", "member_id"), self.cells(row, ("kind", "member_id")), strict=True))
        who = named["member_id"][1].text if row.member_id else row.newcomer or ""
        return f"{named['kind'][1].text} {who}".strip()

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {
            "row": row,
            "due": _due_cell(row),
            "is_settled": row.state in SETTLED,
            "items": self._items(row),
            "course": _course(row.id),
            "next": self.next_steps(row),
            "amend": None
            if row.state in _AMENDED
            else gettext(
                "A report is put right before it is entered; afterwards it is undone or reported anew."
            ),
        }

    def _items(self, row: Any) -> list[tuple[str, str, str]]:
        """The reported items beside what the member holds now."""
        subject = self.about(row)
        if subject is None:
            return []
        return [
            (
                self.members.heading_of(item.field),
                item_text(item.field, getattr(subject.member, item.field)) if subject.member else NOTHING,
                item_text(item.field, row.items[item.field]),
            )
            for item in subject.items
            if item.field in row.items
        ]


def _due_cell(row: Any) -> Cell:
    """When the entry is due; the plain day once it is settled, and the pause while it lasts."""
    if row.state in SETTLED:
        return Cell(row.entry_due.isoformat())
    if row.state == "paused":
        return Cell("", None, (("end", "pause", gettext("paused")),))
    return Due(row.entry_due, row.days_left, row.is_provisional).cell()


def _course(key: int) -> list[dict[str, str]]:
    """The steps so far, the first one first: state, when, who, why, and the answer."""
    versions = version_class(Report)
    said = {
        row.ver: row
        for row in db.session.execute(
            sa.select(versions.ver, versions.state, versions.answer).where(versions.id == key)
        )
    }
    steps = []
    for version in reversed(versions_of(Report, key)):
        if (found := said.get(version.number)) is None:
            continue
        act = version.act
        steps.append(
            {
                "state": label_of(ReportState, found.state),
                "when": moment(act.issued_at) if act else "",
                "who": " ".join(filter(None, (act.organisation_name, act.account_name)))
                if act
                else gettext("outside your scope"),
                "phone": (act.organisation_phone or "") if act else "",
                "reason": act.reason if act else "",
                "answer": found.answer or "" if found.state in ("returned", "paused", "questioned") else "",
            }
        )
    return steps
