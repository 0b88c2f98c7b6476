"""The form of a change order: kind and organisation are chosen, then it is written down and previewed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from flask import abort, redirect, request
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ChangeAccount, ChangeKind, ChangeLine, ChangeOrder, Organisation
from partyadmin.operations.change_order import amend, draft, preview
from partyadmin.views import drafts, evidence, forms, same_unit
from partyadmin.views.base import Answer
from partyadmin.views.begun import BegunView
from partyadmin.views.cells import today
from partyadmin.views.change_order_begin import offered_for
from partyadmin.views.change_order_fields import (
    ITEM,
    LOGIN,
    MOST_LINES,
    NEW,
    UNIT,
    About,
    fields_of,
    groups_of,
    ordered,
    shown_in,
    with_same_unit,
)
from partyadmin.views.forms import RecordForm
from partyadmin.views.labels import label_of
from partyadmin.views.rights import ORDERERS, demand

_FEWEST_NEW = {"split": 1, "upgrade": 0}
"""How many new organisations a kind makes at least, where the form may ask for more."""


class ChangeOrderForms(BegunView[About]):
    """Writes down change orders, and changes them while they are drafts."""

    create_by = edit_by = ORDERERS
    create_template = edit_template = "partyadmin/change_order_form.html"
    new_word = lazy_gettext("New change order")
    save_word = lazy_gettext("Write down and preview")
    change_reason = lazy_gettext("Correction of a change order")

    # -- what the request is about --

    def asked(self, typed: Any) -> About | None:
        kind = db.session.get(ChangeKind, typed.get("kind", ""))
        if kind is None:
            return None
        undone = self._undone_order(typed.get("undoes", "")) if kind.code == "undo" else None
        if undone is not None:
            return About(kind.code, undone.organisation, 0, undone)
        if kind.code == "establish":
            return About(kind.code, None, 1)
        place = self._place(typed.get("organisation", ""))
        if kind.code == "undo" or place is None:
            return None
        return About(kind.code, place, _number_of_new(kind.code, typed.get("lines", "")))

    def _place(self, key: str) -> Organisation | None:
        found: Organisation | None = None
        if key.isascii() and key.isdigit() and len(key) < 19:
            found = db.session.get(Organisation, int(key))
        return found

    def _undone_order(self, key: str) -> ChangeOrder | None:
        return self.get_one(self.row_of(key, ("id",)).id) if key else None

    def on_record(self, row: Any) -> About:
        order = self.get_one(row.id)
        number = len([line for line in self._lines(order) if line.role == "new"])
        undone = db.session.get(ChangeOrder, order.undoes) if order.undoes else None
        return About(order.kind, order.organisation, number, undone)

    def _lines(self, order: ChangeOrder) -> list[ChangeLine]:
        query = sa.select(ChangeLine).where(ChangeLine.order_id == order.id, ~ChangeLine.dropped)
        return list(db.session.scalars(query.order_by(ChangeLine.id)))

    def _accounts(self, order: ChangeOrder) -> list[ChangeAccount]:
        query = sa.select(ChangeAccount).where(ChangeAccount.order_id == order.id, ~ChangeAccount.dropped)
        return list(db.session.scalars(query.order_by(ChangeAccount.id)))

    def begin_page(self) -> str:
        """What can happen to an organisation: each kind, grey where the post does not hold its function."""
        place = self._place(request.args.get("organisation", ""))
        offered = [(each, self._href(each.code, place)) for each in offered_for(place)]
        return str(self.render("partyadmin/change_order_begin.html", place=place, offered=offered))

    def _href(self, kind: str, place: Organisation | None) -> str:
        named = {"superior" if kind == "establish" else "organisation": place.id} if place else {}
        return str(self.get_url(".create_view", kind=kind, **named))

    def heading_of_new(self) -> str:
        about = self.about(None) if request.blueprint == self.endpoint else None
        if about is None:
            return gettext("New change order")
        kind = label_of(ChangeKind, about.kind)
        return f"{kind} {about.organisation.name}" if about.organisation else kind

    # -- the form --

    def form_for(self, row: Any) -> RecordForm:
        about = self.about(row) or abort(404)
        order = None if row is None else self.get_one(row.id)
        lines, accounts = (self._lines(order), self._accounts(order)) if order else ([], [])
        shown = shown_in(about, order, lines, accounts)
        if order is None:
            place = self._place(request.args.get("superior", ""))
            shown |= {"effective_on": today()} | ({"superior_id": place.id} if place else {})
        reason = str(self.change_reason) if order else self.heading_of_new()
        opened = drafts.opening(self.endpoint, None if order is None else str(order.id))
        if (prefix := same_unit.chosen()) is not None and opened.typed is not None:
            opened = replace(opened, typed=with_same_unit(opened.typed, prefix))
        fields = fields_of(about, lambda found: self.get_url(".ajax_lookup", name=found.name))
        return forms.build(fields, groups_of(about), shown, reason, opened)

    def form_values(self, bound: RecordForm, row: Any) -> dict[str, Any]:
        about = self.about(row) or abort(404)
        more = None
        if row is None and about.kind in ("split", "upgrade") and about.number_of_new < MOST_LINES:
            named = {"organisation": about.organisation.id} if about.organisation else {}
            more = self.get_url(".create_view", kind=about.kind, lines=about.number_of_new + 1, **named)
        return {"about": about, "more": more}

    def enter(self, bound: RecordForm) -> Any:
        about = self.about(None) or abort(404)
        order = draft(db.session(), ordered(about, bound, self.document_in(bound)))
        preview(db.session(), order)
        return order

    def document_in(self, bound: RecordForm) -> int:
        """The document of the block, filed in the open act where it is new.

        Raises Refused where none is named.
        """
        document_id = evidence.document_of(db.session(), bound)
        if document_id is None:
            raise Refused(gettext("Name the document that this order rests on."), "document_number")
        return document_id

    def created(self, key: Any, bound: RecordForm) -> Answer:
        return redirect(self.get_url(".details_view", id=key))

    def demand_change(self, row: Any, changes: dict[str, Any]) -> None:
        demand(self.edit_by)

    def has_change(self, bound: RecordForm) -> bool:
        # A box that is not ticked and a field that was never filled are both nothing.
        typed = (
            (bound.form[name].data or None, bound.shown.get(name) or None) for name in bound.names("record")
        )
        return any(data != shown for data, shown in typed) or not evidence.is_empty(bound)

    def apply(self, record: Any, changes: dict[str, Any]) -> None:
        """Nothing by itself: what a form says is written as a whole."""

    def with_change(self, record: ChangeOrder, bound: RecordForm, changes: dict[str, Any]) -> None:
        about = self.about(record) or abort(404)
        document_id = evidence.document_of(db.session(), bound) or record.document_id
        amend(db.session(), record, ordered(about, bound, document_id))
        preview(db.session(), record)

    def explain(self, refused: Refused, bound: RecordForm) -> str:
        """Points to the field that the form has for what was refused."""
        if NEW.format(1) + UNIT + (refused.field or "") in bound.form:
            bound.point_at(NEW.format(1) + UNIT + (refused.field or ""), refused.sentence)
            return same_unit.offered(refused, NEW.format(1))
        for prefix in (NEW.format(1), ITEM):
            if refused.field and prefix + refused.field in bound.form:
                bound.point_at(prefix + refused.field, refused.sentence)
                break
        else:
            if refused.field == LOGIN:
                bound.point_at(LOGIN, refused.sentence)
        return refused.sentence


def _number_of_new(kind: str, typed: str) -> int:
    """How many new organisations a form asks for, in the bounds of its kind."""
    if kind not in _FEWEST_NEW:
        return 0
    asked = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 3 else 0
    return min(max(asked, _FEWEST_NEW[kind]), MOST_LINES)
