"""Where the members of a divided branch will stand: a choice for each on one page, or a worksheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ChangeOrder, Member
from partyadmin.operations import acting
from partyadmin.operations.change_order import place, preview
from partyadmin.operations.change_order.worksheet import WorksheetRefused, places_in, targets_of
from partyadmin.operations.change_order.world import Task, members_of, places_of, task_of
from partyadmin.operations.exchange import ExportRequest, export
from partyadmin.operations.exchange.order_sheets import placing_sheet
from partyadmin.views.base import Answer
from partyadmin.views.change_order_form import ChangeOrderForms
from partyadmin.views.exporting import download_of
from partyadmin.views.rights import EXPORTERS, Rights, demand

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

    def _placing(self) -> tuple[Any, Task] | None:
        """The order of the request with its lines; None where it places nobody."""
        row = self.row_of(request.args.get("id"), ("kind", "state", "organisation_id", "undoes"))
        order = self.get_one(row.id)
        if order.state != "draft" or order.kind not in ("split", "upgrade"):
            flash(gettext("Only the draft of a split or an upgrade places members."), "info")
            return None
        return row, task_of(db.session(), order)

    @expose("/place/", methods=("GET", "POST"))
    def place_view(self) -> Answer:
        """The members of the branch, each with the choice of the branches to come; saving previews anew."""
        if not self.can_edit:
            return self.inaccessible_callback("place_view")
        found = self._placing()
        if found is None:
            return redirect(self.get_url(".details_view", id=request.args.get("id")))
        row, task = found
        if request.method == "GET":
            return self._place_page(row, task)
        try:
            places = self._uploaded(task) if "worksheet" in request.files else _ticked(task)
            self._write_places(task.order, places, self.rights_of(row))
        except WorksheetRefused as refused:
            return self._place_page(row, task, refused.sentence, refused.rows), 422
        except Refused as refused:
            return self._place_page(row, task, refused.sentence), 422
        flash(gettext("Placed and previewed anew."), "success")
        return redirect(self.get_url(".details_view", id=row.id))

    def _place_page(
        self, row: Any, task: Task, refusal: str | None = None, faults: Sequence[tuple[int, str, str]] = ()
    ) -> str:
        chosen = {member_id: _value(line_id) for member_id, line_id in places_of(task).items()}
        typed: Mapping[str, str] = request.form if request.method == "POST" else {}
        members = members_of(task, task.subject.id)
        rows = [Placed(m, typed.get(f"{_PLACE}{m.id}", chosen.get(m.id, ""))) for m in members]
        targets = [(_value(line_id), name) for name, line_id in targets_of(task).items()]
        purpose = gettext("To place the members of %(name)s", name=task.subject.name)
        return str(
            self.render(
                "partyadmin/change_order_place.html", key=row.id, heading=self.heading(row), rows=rows,
                refusal=refusal, faults=faults, targets=targets, prefix=_PLACE, purpose=purpose,
                open_ones=sum(not placed.chosen for placed in rows), exporters=EXPORTERS,
            )
        )  # fmt: skip

    @expose("/worksheet/", methods=("POST",))
    def worksheet_view(self) -> Answer:
        """The members of the branch as a workbook to fill in, for a purpose, by the ledger."""
        if not self.can_edit:
            return self.inaccessible_callback("worksheet_view")
        found = self._placing()
        if found is None:
            return redirect(self.get_url(".details_view", id=request.args.get("id")))
        row, task = found
        try:
            wanted = self.leaving_order(task.subject.code)
            leaving = export(db.session(), wanted, placing_sheet(db.session(), task))
        except Refused as refused:
            return self._place_page(row, task, refused.sentence), 422
        return download_of(leaving, "worksheet", gettext("worksheet of order %(number)s", number=row.id))

    def leaving_order(self, code: str | None) -> ExportRequest:
        """A file about an organisation, for the purpose that was typed; without a code about one's own."""
        scope, purpose = code or current_user.organisation_code, request.form.get("purpose", "")
        return ExportRequest(scope=scope, purpose=purpose, way="screen", right=EXPORTERS[0])

    def _uploaded(self, task: Task) -> dict[int, int | None]:
        """What the filled worksheet says; nothing is written before all of it is sound."""
        upload = request.files["worksheet"]
        if not upload.filename:
            raise Refused(gettext("Choose the filled worksheet first."), "worksheet")
        return places_in(task, upload.read())

    def _write_places(self, order: ChangeOrder, places: dict[int, int | None], rights: Rights) -> None:
        if not places:
            raise Refused(gettext("Choose for at least one member where they will stand."))
        with acting(db.session(), gettext("Members placed in change order %(number)s", number=order.id)):
            demand(rights)
            place(db.session(), order, places)
            preview(db.session(), order)


def _value(line_id: int | None) -> str:
    return _STAYS if line_id is None else str(line_id)


def _ticked(task: Task) -> dict[int, int | None]:
    """What is chosen for each member, and for the rest together; a choice that is not offered is left out."""
    offered = {_value(line_id): line_id for line_id in targets_of(task).values()}
    kept, rest = places_of(task), request.form.get("rest", "")
    places = {}
    for member in members_of(task, task.subject.id):
        said = request.form.get(f"{_PLACE}{member.id}", "")
        if said not in offered and member.id not in kept:
            said = rest
        if said in offered:
            places[member.id] = offered[said]
    return places
