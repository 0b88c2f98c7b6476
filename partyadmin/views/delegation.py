"""What branches may keep themselves: ticked for one branch or for all below an organisation, dated."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField

from partyadmin.db import db
from partyadmin.dictionary import Refused, label
from partyadmin.models import FieldDelegation, Organisation
from partyadmin.operations.member import delegate
from partyadmin.views import delegation_table, menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import today
from partyadmin.views.choices import DELEGATED
from partyadmin.views.fields import Filled, LookupField
from partyadmin.views.filters import Active, Below, Equal
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.lookups import BRANCH, ORGANISATION
from partyadmin.views.paper import printed_by

_PLACE, _TICK = "place", "field_"


class FieldDelegationView(PartyView):
    """One member field that a branch may keep itself, from day to day."""

    chapter = menu.MEMBERS
    title = lazy_gettext("Delegations")
    noun = lazy_gettext("field delegation")
    read_by = (("P1", "V"),)
    create_by = edit_by = (("O9", "W"),)
    scope_column = "branch_code"
    column_list = form_columns = ("branch_id", "field", "since", "until", "document_id")
    list_actions = ((lazy_gettext("Overview by branch"), "field_delegation.overview_view", read_by),)
    order = ("branch_code", "id")
    narrow_by = (Below("organisation", column="branch_code"), Equal("field"), Active("until"))
    lookups = {"branch_id": BRANCH}
    fixed = {
        "branch_id": lazy_gettext("A delegation stays with its branch; end it and enter another."),
        "field": lazy_gettext("A delegation stays with its field; end it and enter another."),
    }

    def __init__(self) -> None:
        super().__init__(FieldDelegation)
        self.offered[ORGANISATION.name] = ORGANISATION

    @expose("/overview/")
    def overview_view(self) -> Answer:
        """Branches down, fields across, each cell from day to day; with ?held=1 those that keep some."""
        asked = delegation_table.read_asked()
        page = asked.page()
        return self.render(
            "partyadmin/delegation_table.html", page=page, place=delegation_table.PLACE,
            address=lambda **changes: self.get_url(".overview_view", **(asked.parameters | changes)),
            **self._overview(asked, page.rows),
        )  # fmt: skip

    @expose("/print/")
    def print_view(self) -> Answer:
        """The same branches on paper, as many as fit."""
        asked = delegation_table.read_asked()
        rows, most = asked.all(), delegation_table.MOST_ON_PAPER
        return self.render(
            "partyadmin/delegation_paper.html", foot=printed_by(), most=most, is_more=len(rows) > most,
            **self._overview(asked, rows[:most]),
        )  # fmt: skip

    def _overview(self, asked: delegation_table.Asked, rows: list[Any]) -> dict[str, Any]:
        keeping, every = delegation_table.counts_of(asked)
        return {
            "asked": asked,
            "rows": rows,
            "branch_heading": label(self.table, "branch_id"),
            "fields": [(name, label("member", name)) for name in DELEGATED],
            "held": delegation_table.held_by([row.id for row in rows]),
            "facts": gettext(
                "%(keeping)s of %(all)s branches keep fields themselves today", keeping=keeping, all=every
            ),
        }

    def defaults(self) -> dict[str, Any]:
        return {"since": today()}

    def groups(self, row: Any) -> list[Group]:
        if row is not None:
            return super().groups(row)
        ticks = [_TICK + name for name in DELEGATED]
        return [
            Group("", [_PLACE], name="place"),
            Group(gettext("Fields that they may keep themselves"), list(ticks), name="ticks"),
            Group("", ["since", "until", "document_id"]),
        ]

    def more_fields(self, row: Any) -> dict[str, Any]:
        if row is not None:
            return {}
        place = LookupField(
            label("field_delegation", "branch_id"), lookup=ORGANISATION,
            url=self.get_url(".ajax_lookup", name=ORGANISATION.name), validators=[Filled()],
            description=gettext("Or an organisation: then for all branches below it."),
        )  # fmt: skip
        ticks = {_TICK + name: BooleanField(label("member", name)) for name in DELEGATED}
        return {_PLACE: place, **ticks}

    def enter(self, bound: RecordForm) -> Any:
        fields = [name for name in DELEGATED if bound.form[_TICK + name].data]
        if not fields:
            raise Refused(gettext("Tick at least one field."), _TICK + DELEGATED[0])
        values = {name: bound.form[name].data for name in bound.names("record")}
        entered = delegate(db.session(), bound.form[_PLACE].data, fields, **values)
        if not entered:
            raise Refused(gettext("No branch there is without these fields; nothing was entered."), _PLACE)
        return db.session.get(FieldDelegation, entered[0])

    def created(self, key: Any, bound: RecordForm) -> Answer:
        place = db.session.get_one(Organisation, bound.form[_PLACE].data)
        flash(gettext("Delegated to the branches of %(name)s.", name=place.name), "success")
        return redirect(self.get_url(".index_view", organisation=place.code))
