"""Where the members of a divided branch will stand: one choice for each, on one page."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ChangeLine, ChangeOrder, ChangePlace, Member, Organisation
from partyadmin.operations import acting
from partyadmin.operations.change_order import place, preview
from partyadmin.operations.change_order.world import members_of, task_of
from partyadmin.views.base import Answer
from partyadmin.views.change_order_form import ChangeOrderForms
from partyadmin.views.rights import Rights, demand

_PLACE = "place_"
_STAYS = "stays"


class Placed(NamedTuple):
    """A member with the place that is chosen: a line, `stays`, or nothing yet."""

    member: Member
    chosen: str


class ChangeOrderPlaces(ChangeOrderForms):
    """Places the members of a branch that is split or upgraded."""

    def rights_of(self, row: Any) -> Rights:
        """Who may do something with an order."""
        raise NotImplementedError

    def _targets(self, order: ChangeOrder, lines: list[ChangeLine]) -> list[tuple[str, str]]:
        """The places to choose from, each with its name."""
        new = [(str(line.id), str(line.items["name"])) for line in lines]
        if order.kind != "split":
            return new
        stays = db.session.get_one(Organisation, order.organisation_id)
        return [(_STAYS, gettext("stays in %(name)s", name=stays.name)), *new]

    @expose("/place/", methods=("GET", "POST"))
    def place_view(self) -> Answer:
        """The members of the branch, each with the choice of the branches to come; saving previews anew."""
        if not self.can_edit:
            return self.inaccessible_callback("place_view")
        row = self.row_of(request.args.get("id"), ("kind", "state", "organisation_id", "undoes"))
        order = self.get_one(row.id)
        if order.state != "draft" or order.kind not in ("split", "upgrade"):
            flash(gettext("Only the draft of a split or an upgrade places members."), "info")
            return redirect(self.get_url(".details_view", id=row.id))
        task = task_of(db.session(), order)
        members = members_of(task, order.organisation_id) if order.organisation_id else []
        refusal = None
        if request.method == "POST":
            try:
                self._place_members(order, members, task.lines, self.rights_of(row))
            except Refused as refused:
                refusal = refused.sentence
            else:
                flash(gettext("Placed and previewed anew."), "success")
                return redirect(self.get_url(".details_view", id=row.id))
        kept = sa.select(ChangePlace.member_id, ChangePlace.line_id).where(ChangePlace.order_id == order.id)
        chosen = {m: _STAYS if line is None else str(line) for m, line in db.session.execute(kept)}
        typed = request.form if request.method == "POST" else {}
        rows = [Placed(m, typed.get(f"{_PLACE}{m.id}", chosen.get(m.id, ""))) for m in members]
        page = self.render(
            "partyadmin/change_order_place.html", key=row.id, heading=self.heading(row), rows=rows,
            refusal=refusal, targets=self._targets(order, task.lines), prefix=_PLACE,
        )  # fmt: skip
        return page, 422 if refusal else 200

    def _place_members(
        self, order: ChangeOrder, members: list[Member], lines: list[ChangeLine], rights: Rights
    ) -> None:
        """Writes what is chosen for each member; a choice that is not offered is left out."""
        offered = {str(line.id): line.id for line in lines} | {_STAYS: None}
        places = {
            member.id: offered[said]
            for member in members
            if (said := request.form.get(f"{_PLACE}{member.id}", "")) in offered
        }
        if not places:
            raise Refused(gettext("Choose for at least one member where they will stand."))
        with acting(db.session(), gettext("Members placed in change order %(number)s", number=order.id)):
            demand(rights)
            place(db.session(), order, places)
            preview(db.session(), order)
