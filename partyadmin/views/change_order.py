"""Change orders: the list, the page that says what an order will do, and what is done with it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.identity import hash_password
from partyadmin.models import ChangeAccount, ChangeKind, ChangeOrder, ChangePlan, Organisation, Post
from partyadmin.operations import acting, lock
from partyadmin.operations.change_order import Replanned, apply, preview, reason_of, withdraw
from partyadmin.operations.change_order.plan import Plan
from partyadmin.views import menu
from partyadmin.views.account import random_password
from partyadmin.views.asking import first_ask
from partyadmin.views.base import Answer
from partyadmin.views.cells import Cell, moment, today
from partyadmin.views.change_order_place import ChangeOrderPlaces
from partyadmin.views.change_order_words import (
    chapters_of,
    figures_of,
    kept_in_words,
    obstacles_in_words,
)
from partyadmin.views.clocks import Due
from partyadmin.views.columns import Column
from partyadmin.views.filters import Below, Equal, Of
from partyadmin.views.labels import said_of
from partyadmin.views.lists import Tab
from partyadmin.views.lookups import DOCUMENT, ORGANISATION
from partyadmin.views.marks import Mark
from partyadmin.views.rights import Rights, demand
from partyadmin.views.rows import Source

_ = lazy_gettext
_ALWAYS = (
    "kind",
    "organisation_id",
    "superior_id",
    "state",
    "entry_due",
    "days_left",
    "is_provisional",
    "ver",
)


class ChangeOrderView(ChangeOrderPlaces):
    """One change of an organisation, on its document."""

    chapter = menu.ORGANISATIONS
    title = _("Change orders")
    noun = _("change order")
    read_by = (("O1", "V"),)
    scope_column = None
    derived = {
        "days_left": (
            _("Working days left"),
            sa.func.workdays_left(ChangeOrder.entry_due, sa.func.current_date()),
        ),
    }
    column_list = ("id", "kind", "organisation_id", "effective_on", "document_id", "state", "entry_due")
    column_details_list = (
        "kind", "organisation_id", "superior_id", "effective_on", "document_id", "remark", "state",
        "applied_on", "entry_due", "maker_id", "undoes",
    )  # fmt: skip
    form_columns = ("remark",)
    newest_first = True
    narrow_by = (
        Equal("state"), Equal("kind"), Below("organisation", column="maker_code"), Of("organisation_id"),
    )  # fmt: skip
    tabs = (
        Tab("draft", _("To be applied"), {"state": "draft"}, counted=True),
        Tab("applied", _("Applied"), {"state": "applied"}),
    )
    marks = {
        "state": (
            Mark("state", ("applied",), "ok", "check"),
            Mark("state", ("draft",), "info", "clock"),
            Mark("state", ("withdrawn", "undone"), "end", "pause"),
        ),
    }  # fmt: skip
    lookups = {"organisation_id": ORGANISATION, "superior_id": ORGANISATION, "maker_id": ORGANISATION}
    details_template = "partyadmin/change_order.html"

    def __init__(self) -> None:
        super().__init__(ChangeOrder)
        self.offered |= {found.name: found for found in (DOCUMENT, ORGANISATION)}

    # -- the list --

    def selected(self, names: tuple[str, ...]) -> sa.Select[Any]:
        return super().selected((*names, *_ALWAYS))

    def _source(self, column: Column, names: Any) -> Source:
        if column.name == "entry_due":
            return _due_cell, None
        return super()._source(column, names)

    # -- the page --

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
        return self.told(row, self._newest_plan(row.id))

    def _newest_plan(self, key: int) -> Any:
        kept = sa.select(ChangePlan.id, ChangePlan.plan, ChangePlan.planned_at)
        return db.session.execute(
            kept.where(ChangePlan.order_id == key).order_by(ChangePlan.id.desc()).limit(1)
        ).one_or_none()

    def told(self, row: Any, kept: Any) -> dict[str, Any]:
        """What the page says of an order and of its newest plan."""
        plan = Plan() if kept is None else Plan.from_json(kept.plan)
        is_draft, rights = row.state == "draft", self.rights_of(row)
        obstacle = None if is_draft else gettext("This order is a draft no longer.")
        waits = row.effective_on > today()
        return {
            "row": row,
            "is_draft": is_draft,
            "due": _due_cell(row),
            "rights": rights,
            "plan_id": kept.id if kept else None,
            "planned_at": moment(kept.planned_at) if kept else None,
            "figures": figures_of(plan, self._followers(row)) if kept else [],
            "chapters": chapters_of(plan.changes),
            "obstacles": obstacles_in_words(plan.obstacles),
            "kept": kept_in_words([each for each in plan.kept if each.is_edited]),
            "blocked": kept_in_words([each for each in plan.kept if not each.is_edited]),
            "places": row.kind in ("split", "upgrade") and is_draft,
            "amend": obstacle,
            "why_not_applied": obstacle
            or (gettext("Preview the order before it is applied.") if kept is None else None)
            or (rule_sentence("an_order_takes_effect_on_its_day") if waits else None)
            or (gettext("Something has to be settled first.") if plan.obstacles else None),
            "undo": None
            if row.state == "applied" and row.kind != "undo"
            else gettext("Only an applied order is taken back."),
        }  # fmt: skip

    def _followers(self, row: Any) -> dict[str, int]:
        """What follows a moved organisation without being changed."""
        if row.kind != "move" or row.organisation_id is None:
            return {}
        code = db.session.scalar(sa.select(Organisation.code).where(Organisation.id == row.organisation_id))
        if code is None:
            return {}
        count = db.session.execute(sa.text("SELECT * FROM members_below(:code)"), {"code": code}).one()
        below = sa.and_(Post.organisation_code >= code, Post.organisation_code < code + "~")
        posts = db.session.scalar(sa.select(sa.func.count()).where(below, Post.closed.is_(None)))
        return {"members": count.kept, "posts": posts or 0}

    # -- what is done with an order --

    def _row(self) -> Any:
        return self.row_of(request.args.get("id"), (*self.column_details_list, *_ALWAYS))

    @expose("/preview/", methods=("POST",))
    def preview_view(self) -> Answer:
        """Plans the order anew and keeps the plan."""
        if not self.can_edit:
            return self.inaccessible_callback("preview_view")
        row = self._row()
        with acting(db.session(), gettext("Preview of change order %(number)s", number=row.id)):
            demand(self.rights_of(row))
            preview(db.session(), self.get_one(row.id))
        flash(gettext("Previewed anew."), "info")
        return redirect(self.get_url(".details_view", id=row.id))

    @expose("/apply/", methods=("POST",))
    def apply_view(self) -> Answer:
        """Applies the order as the page showed it; otherwise says what would be different now."""
        if not self.can_edit:
            return self.inaccessible_callback("apply_view")
        row = self._row()
        order = self.get_one(row.id)
        passwords = {login: random_password() for login in self._logins(order)}
        hashes = {login: hash_password(password) for login, password in passwords.items()}
        try:
            with acting(db.session(), reason_of(order), order.document_id):
                demand(self.rights_of(row))
                self._demand_plan(row)
                apply(db.session(), order, hashes)
        except Replanned as replanned:
            return self._refused_page(
                replanned.sentence, chapters_of(replanned.gone), chapters_of(replanned.come)
            )
        except Refused as refused:
            return self._refused_page(refused.sentence, [], [])
        flash(gettext("Applied: %(what)s.", what=self.heading(row)), "success")
        if passwords:
            slips = [
                (account.name, account.login, passwords[account.login]) for account in self._accounts(order)
            ]
            return str(
                self.render(
                    "partyadmin/change_order_slips.html", key=row.id, heading=self.heading(row), slips=slips
                )
            )
        return redirect(self.get_url(".details_view", id=row.id))

    def _logins(self, order: ChangeOrder) -> list[str]:
        query = sa.select(ChangeAccount.login).where(
            ChangeAccount.order_id == order.id, ~ChangeAccount.dropped
        )
        return list(db.session.scalars(query))

    def _demand_plan(self, row: Any) -> None:
        """Refuses where another plan was kept after the page that the person looked at."""
        newest = self._newest_plan(row.id)
        if newest is None or str(newest.id) != request.form.get("plan"):
            raise Refused(gettext("Somebody previewed this order again: look at the new preview first."))

    def _refused_page(self, sentence: str, gone: list[Any], come: list[Any]) -> Answer:
        row = self._row()
        extra = self.told(row, self._newest_plan(row.id)) | {"refusal": sentence, "gone": gone, "come": come}
        return self.details_page(row, extra), 409

    @expose("/withdraw/", methods=("POST",))
    def withdraw_view(self) -> Answer:
        """Withdraws a draft, after a question."""
        if not self.can_edit:
            return self.inaccessible_callback("withdraw_view")
        row = self._row()
        back = self.get_url(".details_view", id=row.id)
        if page := first_ask(
            self,
            gettext("Withdraw this order? It stays on record, and does nothing."),
            gettext("Withdraw"),
            back,
        ):
            return page
        try:
            with acting(db.session(), gettext("Change order %(number)s withdrawn", number=row.id)):
                demand(self.rights_of(row))
                record = self.get_one(row.id)
                lock(db.session(), record, row.ver)
                withdraw(db.session(), record)
        except Refused as refused:
            flash(refused.sentence, "danger")
        else:
            flash(gettext("Withdrawn: %(what)s.", what=self.heading(row)), "success")
        return redirect(back)


def _due_cell(row: Any) -> Any:
    """When the entry of a draft is due; the plain day once it is settled."""
    if row.state != "draft":
        return Cell(row.entry_due.isoformat())
    return Due(row.entry_due, row.days_left, row.is_provisional).cell()
