"""Change orders: the list, the page that says what an order will do, and what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from flask import Response, flash, jsonify, redirect, request
from flask_admin import expose
from flask_babel import get_locale, gettext, lazy_gettext

from partyadmin import jobs
from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.identity import hash_password
from partyadmin.models import ChangeOrder
from partyadmin.operations import acting, lock
from partyadmin.operations.account import set_password
from partyadmin.operations.change_order import Replanned, apply, preview, reason_of, withdraw
from partyadmin.views import menu
from partyadmin.views.account import random_password
from partyadmin.views.asking import first_ask
from partyadmin.views.base import Answer
from partyadmin.views.change_order_page import ALWAYS, ChangeOrderPage, due_cell
from partyadmin.views.change_order_words import (
    chapters_of,
)
from partyadmin.views.columns import Column
from partyadmin.views.filters import Below, Equal, Of
from partyadmin.views.lists import Tab
from partyadmin.views.lookups import DOCUMENT, ORGANISATION
from partyadmin.views.marks import Mark
from partyadmin.views.progress import progress_of
from partyadmin.views.rights import demand
from partyadmin.views.rows import Source

_ = lazy_gettext


class ChangeOrderView(ChangeOrderPage):
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
        return super().selected((*names, *ALWAYS))

    def _source(self, column: Column, names: Any) -> Source:
        if column.name == "entry_due":
            return due_cell, None
        return super()._source(column, names)

    # -- what is done with an order --

    @expose("/preview/", methods=("POST",))
    def preview_view(self) -> Answer:
        """Plans the order anew and keeps the plan."""
        if not self.can_edit:
            return self.inaccessible_callback("preview_view")
        row = self.order_row()
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
        row = self.order_row()
        order = self.get_one(row.id)
        seen = request.form.get("plan", "")
        plan_id = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else 0
        if self.is_large(row):
            return self._queue(row, plan_id)
        passwords = {account.login: random_password() for account in self._accounts(order)}
        hashes = {login: hash_password(password) for login, password in passwords.items()}
        try:
            with acting(db.session(), reason_of(order), order.document_id):
                demand(self.rights_of(row))
                apply(db.session(), order, hashes, plan_id)
        except Replanned as replanned:
            gone, come = chapters_of(replanned.gone), chapters_of(replanned.come)
            return self.refused_page(replanned.sentence, 409, gone=gone, come=come)
        except Refused as refused:
            return self.refused_page(refused.sentence, 409)
        flash(gettext("In force: %(what)s.", what=self.heading(row)), "success")
        if passwords:
            return self._slips_page(row, self._accounts(order), passwords)
        return redirect(self.get_url(".details_view", id=row.id))

    def _queue(self, row: Any, plan_id: int) -> Answer:
        """Lets a worker do it: a large order would hold the page for too long."""
        title, language = self.heading(row), str(get_locale())
        try:
            with acting(db.session(), gettext("Change order %(number)s to take effect", number=row.id)):
                demand(self.rights_of(row))
                self._demand_newest(row, plan_id)
                jobs.ask_for_order(db.session(), plan_id, title, language)
        except Refused as refused:
            # A second click finds it on its way already: the page shows how far.
            if refused.rule != "job_is_asked_once":
                return self.refused_page(refused.sentence, 409)
        return redirect(self.get_url(".details_view", id=row.id))

    def _demand_newest(self, row: Any, plan_id: int) -> None:
        """Refuses where another plan was kept after the page that the person looked at."""
        newest = self.newest_plan(row.id)
        if newest is None or newest.id != plan_id:
            raise Refused(gettext("Somebody previewed this order again: look at the new preview first."))

    @expose("/progress/")
    def progress(self) -> Response:
        """How far an order is on its way into force, as amounts for the page that waits."""
        job = self.job_of(self.order_row().id)
        return jsonify(progress_of(job) if job is not None else {"over": True})

    @expose("/slips/", methods=("POST",))
    def slips_view(self) -> Answer:
        """The slips of accounts that an order opened without a password, which is set now and shown once."""
        if not self.can_edit:
            return self.inaccessible_callback("slips_view")
        row = self.order_row()
        order = self.get_one(row.id)
        passwords: dict[str, str] = {}
        with acting(db.session(), gettext("Activation slips of change order %(number)s", number=row.id)):
            demand(self.rights_of(row))
            db.session.refresh(order, with_for_update=True)
            waiting = self.without_password(order)
            for account in waiting:
                passwords[account.login] = random_password()
                set_password(db.session(), account.id, hash_password(passwords[account.login]))
        if not waiting:
            flash(
                gettext("The slips were printed before; a new password is made on the page of the account."),
                "info",
            )
            return redirect(self.get_url(".details_view", id=row.id))
        return self._slips_page(row, waiting, passwords)

    def _slips_page(self, row: Any, accounts: Sequence[Any], passwords: Mapping[str, str]) -> str:
        slips = [(account.name, account.login, passwords[account.login]) for account in accounts]
        heading = self.heading(row)
        page = self.render("partyadmin/change_order_slips.html", key=row.id, heading=heading, slips=slips)
        return str(page)

    @expose("/withdraw/", methods=("POST",))
    def withdraw_view(self) -> Answer:
        """Withdraws a draft, after a question."""
        if not self.can_edit:
            return self.inaccessible_callback("withdraw_view")
        row = self.order_row()
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
