"""The page of a change order: what it will do or has done, on which document, what is in its way."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import request, url_for
from flask_admin import expose
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused, label, rule_sentence
from partyadmin.models import Account, ChangeKind, ChangeOrder, ChangePlan, Document, Job, Organisation
from partyadmin.operations.change_order.plan import Change, Plan
from partyadmin.operations.exchange import export
from partyadmin.operations.exchange.order_sheets import plan_sheet
from partyadmin.views.base import Answer
from partyadmin.views.cells import NOTHING, Cell, moment, today
from partyadmin.views.change_order_outline import following, happenings_of, trees_of
from partyadmin.views.change_order_paper import ChangeOrderPapers
from partyadmin.views.change_order_words import (
    chapters_of,
    figures_of,
    kept_in_words,
    obstacles_in_words,
    rows_of,
)
from partyadmin.views.clocks import Due
from partyadmin.views.exporting import download_of
from partyadmin.views.labels import said_of
from partyadmin.views.paper import printed_by
from partyadmin.views.progress import AT_WORK, progress_of
from partyadmin.views.rights import EXPORTERS, Rights


class ChangeOrderPage(ChangeOrderPapers):
    """Shows one order, and lets its plan leave row by row."""

    def heading(self, row: Any) -> str:
        shown = dict(
            zip(("kind", "organisation_id"), self.cells(row, ("kind", "organisation_id")), strict=True)
        )
        about = shown["organisation_id"][1].text if row.organisation_id else self._new_name(row.id)
        return said_of(shown["kind"][1].text, about)

    def _new_name(self, key: int) -> str:
        order = self.get_one(key)
        return next((str(line.items.get("name", "")) for line in self._lines(order)), "")

    def rights_of(self, row: Any) -> Rights:
        """Who may do something with an order: those who hold the function of its kind."""
        kind = row.kind
        if kind == "undo":
            kind = db.session.scalar(sa.select(ChangeOrder.kind).where(ChangeOrder.id == row.undoes))
        function = db.session.scalar(sa.select(ChangeKind.function).where(ChangeKind.code == kind))
        functions = ("O7", function) if kind in ("change", "term") else (function,)
        return tuple((str(name), "W") for name in functions)

    def extra_details(self, row: Any) -> dict[str, Any]:
        return self.told(row, self.newest_plan(row.id))

    def newest_plan(self, key: int) -> Any:
        """The plan that was kept last with an order, its number and when; None before the first preview."""
        kept = sa.select(ChangePlan.id, ChangePlan.plan, ChangePlan.planned_at)
        return db.session.execute(
            kept.where(ChangePlan.order_id == key).order_by(ChangePlan.id.desc()).limit(1)
        ).one_or_none()

    def told(self, row: Any, kept: Any) -> dict[str, Any]:
        """What the page says of an order and of its newest plan."""
        plan = Plan() if kept is None else Plan.from_json(kept.plan)
        is_draft = row.state == "draft"
        moved = following(row) if is_draft else None
        edited, blocked = kept_in_words(plan.kept)
        members, posts = (moved.members, moved.posts) if moved else (None, 0)
        return {
            "row": row,
            "is_draft": is_draft,
            "step": 2 if is_draft else 3,
            "paper": _paper(row),
            "further": self.further_papers(row.id),
            "due": due_cell(row),
            "facts": self.cells(row, _FACTS),
            "foot": printed_by(),
            "rights": self.rights_of(row),
            "exporters": EXPORTERS,
            "plan_id": kept.id if kept else None,
            "planned_at": moment(kept.planned_at) if kept else None,
            "figures": figures_of(plan, members, posts) if kept else [],
            "trees": trees_of(plan, row.organisation_id) if is_draft else ([], []),
            "happenings": happenings_of(plan, moved),
            "chapters": chapters_of(plan.changes),
            "obstacles": obstacles_in_words(plan.obstacles) if is_draft else [],
            "edited": edited,
            "blocked": blocked,
            "slips": self.without_password(self.get_one(row.id)),
            "places": row.kind in ("split", "upgrade") and is_draft,
            **self._obstacles(row, kept is not None, bool(plan.obstacles)),
            **(
                self._on_its_way(row, kept)
                if is_draft
                else {"slips": self.without_password(self.get_one(row.id))}
            ),
        }

    def job_of(self, key: int) -> Job | None:
        """The reader's own newest job that lets an order take effect."""
        query = (
            sa.select(Job).join(ChangePlan, ChangePlan.id == Job.plan_id).options(sa.orm.undefer(Job.result))
        )
        return db.session.scalar(query.where(ChangePlan.order_id == key).order_by(Job.id.desc()).limit(1))

    def _on_its_way(self, row: Any, kept: Any) -> dict[str, Any]:
        """How far a large order has come, or how its last job ended, until it is previewed anew."""
        job = self.job_of(row.id)
        if (
            row.state != "draft"
            or job is None
            or kept is None
            or job.plan_id != kept.id
            or job.state == "done"
        ):
            return {}
        if job.state in AT_WORK:
            return {"progress": progress_of(job)}
        sentence = job.sentence or gettext(
            "It broke off, and nothing was written: put it in force once more."
        )
        result = job.result or {}
        told = {
            name: chapters_of(Change(**each) for each in result.get(name, [])) for name in ("gone", "come")
        }
        return {"refusal": sentence} | told

    def is_large(self, row: Any) -> bool:
        """Whether a worker lets an order take effect: more records, or more people, than a page waits for."""
        kept = self.newest_plan(row.id)
        moved = following(row)
        changes = len(kept.plan["changes"]) if kept is not None else 0
        return changes > MOST_RECORDS or (moved is not None and moved.members > MOST_MEMBERS)

    def without_password(self, order: ChangeOrder) -> list[Account]:
        """The open accounts that an order in force has opened and that have no password yet."""
        if order.state != "applied":
            return []
        logins = [account.login for account in self._accounts(order)]
        query = sa.select(Account).where(
            Account.login.in_(logins), Account.closed.is_(None), sa.not_(sa.func.has_password(Account.id))
        )
        return list(db.session.scalars(query.order_by(Account.id)))

    def _obstacles(self, row: Any, is_previewed: bool, is_hindered: bool) -> dict[str, Any]:
        """Why an order cannot be put in force or taken back now; None where it can."""
        reason = None
        if row.state != "draft":
            reason = gettext("This order is a draft no longer.")
        elif not is_previewed:
            reason = gettext("Preview the order before it is applied.")
        elif row.effective_on > today():
            reason = rule_sentence("an_order_takes_effect_on_its_day")
        elif is_hindered:
            reason = gettext("Something has to be settled first.")
        goes_back = row.state == "applied" and row.kind != "undo"
        return {
            "why_not_applied": reason,
            "undo": None if goes_back else gettext("Only an applied order is taken back."),
        }

    def order_row(self) -> Any:
        """The order of the request, as far as its page needs it; 404 where it is not the reader's to see."""
        return self.row_of(request.args.get("id"), (*self.column_details_list, *ALWAYS))

    @expose("/detail/", methods=("POST",))
    def detail_view(self) -> Answer:
        """The whole plan as a workbook, a row for each field, for a purpose, by the ledger."""
        if not self.can_edit:
            return self.inaccessible_callback("detail_view")
        row = self.order_row()
        kept = self.newest_plan(row.id)
        plan = Plan() if kept is None else Plan.from_json(kept.plan)
        about = row.organisation_id or row.superior_id
        code = db.session.scalar(sa.select(Organisation.code).where(Organisation.id == about))
        title = gettext("details of order %(number)s", number=row.id)
        headings = (
            gettext("Kind of record"), gettext("Record"), gettext("Field"), gettext("Now"),
            gettext("Afterwards"),
        )  # fmt: skip
        try:
            sheet = plan_sheet(title, headings, rows_of(plan))
            leaving = export(db.session(), self.leaving_order(code), sheet)
        except Refused as refused:
            return self.refused_page(refused.sentence, 422)
        return download_of(leaving, "order", f"{self.heading(row)} {title}")

    def refused_page(self, sentence: str, status: int, **more: Any) -> Answer:
        """The page of the order with what was refused above it."""
        row = self.order_row()
        extra = self.told(row, self.newest_plan(row.id)) | {"refusal": sentence} | more
        return self.details_page(row, extra), status


ALWAYS = (
    "kind", "organisation_id", "superior_id", "document_id", "effective_on", "undoes", "state", "entry_due",
    "days_left", "is_provisional", "ver",
)  # fmt: skip
"""Columns that the list and the page need, whatever is shown."""


MOST_RECORDS = 200
MOST_MEMBERS = 2000
"""What an order may change, or take along, before a worker does it."""
_FACTS = ("superior_id", "state", "applied_on", "maker_id", "undoes", "remark")
"""What the side column tells beside the document and what the head says."""


def _paper(row: Any) -> list[tuple[str, Cell]]:
    """The document of an order, its title leading to it."""
    paper = db.session.get(Document, row.document_id)
    if paper is None:
        return []
    number = " ".join(filter(None, (paper.number, paper.dated.isoformat() if paper.dated else "")))
    href = url_for("document.details_view", id=paper.id)
    return [
        (label("document", "number"), Cell(number or NOTHING)),
        (label("document", "title"), Cell(paper.title, href)),
    ]


def due_cell(row: Any) -> Any:
    """When the entry of a draft is due; the plain day once it is settled."""
    if row.state != "draft":
        return Cell(row.entry_due.isoformat())
    return Due(row.entry_due, row.days_left, row.is_provisional).cell()
