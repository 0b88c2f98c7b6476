"""Organisations and the units they stand in."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import Organisation, Unit
from partyadmin.models.codes import OrganisationKind
from partyadmin.operations import acting
from partyadmin.views import menu, same_unit
from partyadmin.views.base import Answer
from partyadmin.views.beside import TreeView
from partyadmin.views.changes import ChangesPages, number_of_changes
from partyadmin.views.chart import DEPTHS, chart_of, rows_of
from partyadmin.views.exporting import ExportingView
from partyadmin.views.filters import Active, Below, Contains, Directly, Equal, Of
from partyadmin.views.forms import RecordForm
from partyadmin.views.labels import label_of
from partyadmin.views.lists import Sort, Tab
from partyadmin.views.organisation_page import sections_of
from partyadmin.views.paper import printed_by
from partyadmin.views.rights import ORDERERS, demand
from partyadmin.views.tree import node_of

_BY_ORDER = lazy_gettext("Changes by a change order, with its document.")
_PAPER = lazy_gettext("In the order of the collection form of organisations")
_UNIT_ITEMS = {"name": "7", "nature": "8", "is_legal_entity": "9", "party_status": "10"}


class OrganisationView(ChangesPages, TreeView, ExportingView):
    """A committee, general branch or branch."""

    chapter = menu.ORGANISATIONS
    title = lazy_gettext("Organisations")
    noun = lazy_gettext("organisation")
    read_by = (("O1", "V"),)
    edit_by = (("O6", "W"), ("O7", "W"))
    list_actions = ((lazy_gettext("New change order"), "change_order.create_view", ORDERERS),)
    scope_column = "code"

    column_list = ("name", "code", "kind", "secretary", "contact", "phone", "ended")
    form_columns = (
        "parent_id", "name", "secretary", "contact", "phone", "kind", "unit_situation", "can_admit",
        "short_name", "founded", "code", "external_code", "ended",
    )  # fmt: skip
    paper = _PAPER
    items = {
        "name": "1", "secretary": "2", "contact": "3", "phone": "4", "kind": "5", "unit_situation": "6",
    }  # fmt: skip
    spanning = ("parent_id", "name")
    column_details_list = (
        "name", "code", "parent_id", "short_name", "secretary", "contact", "phone", "kind", "can_admit",
        "unit_situation", "founded", "founded_text", "ended", "external_code", "intake",
    )  # fmt: skip
    order = ("code",)
    sorts = (Sort("code", ("code",)), Sort("name", ("name", "code")))
    tabs = (
        Tab("active", lazy_gettext("In being"), {"ended": "active"}),
        Tab("ended", lazy_gettext("Abolished"), {"ended": "ended"}),
        Tab("stock", lazy_gettext("Items missing or wrong"), {"intake": "stock"}),
    )
    narrow_by = (
        Below("organisation", column="code"), Directly("directly", column="code"), Equal("kind"),
        Active("ended"), Equal("intake"),
        Contains("name"), Of("parent_id"),
    )  # fmt: skip
    fixed = {
        **dict.fromkeys(("parent_id", "name", "kind", "can_admit", "ended"), _BY_ORDER),
        "code": lazy_gettext("Given by the registry; it follows the superior."),
    }  # fmt: skip
    later = ("code", "ended")
    details_template = "partyadmin/organisation.html"

    def __init__(self) -> None:
        super().__init__(Organisation)

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {
            "code": row.code,
            "sections": sections_of(row),
            "links": [
                (gettext("Organisation chart"), "organisation.chart_view", {"organisation": row.code}),
                (
                    gettext(
                        "Changes since I last looked (%(count)s)", count=number_of_changes(row.id, row.code)
                    ),
                    "organisation.changes_view",
                    {"id": row.id},
                ),
                (gettext("Delegations"), "field_delegation.index_view", {"organisation": row.code}),
                (gettext("Change orders"), "change_order.index_view", {"organisation_id": row.id}),
            ],
            "amend": None if row.ended is None else rule_sentence("what_is_abolished_is_read_only"),
            "actions": [
                (gettext("Change order"), "change_order.create_view", {"organisation": row.id}, ORDERERS)
            ],
        }

    @expose("/chart/")
    def chart_view(self) -> Answer:
        """An organisation and what stands below it on a sheet; 404 out of scope."""
        code = request.args.get("organisation", "").strip() or current_user.organisation_code
        asked = request.args.get("depth", "") or str(DEPTHS[-1])
        depth = next((depth for depth in DEPTHS if str(depth) == asked), 0) or abort(400)
        top = chart_of(code, depth)
        return str(
            self.render(
                "partyadmin/chart.html",
                top=top,
                rows=rows_of(top),
                above=node_of(code[:-3]) if len(code) > len(current_user.organisation_code) else None,
                depth=depth,
                depths=DEPTHS,
                kind_of=lambda kind: label_of(OrganisationKind, kind),
                link=lambda code, depth=depth: self.get_url(".chart_view", organisation=code, depth=depth),
                foot=printed_by(),
            )
        )


class UnitView(ExportingView):
    """The legal body in which an organisation stands."""

    chapter = menu.ORGANISATIONS
    title = lazy_gettext("Units")
    noun = lazy_gettext("unit")
    read_by = (("O1", "V"),)
    create_by = edit_by = (("O8", "W"),)
    scope_column = "organisation_code"

    column_list = (
        "name",
        "credit_code",
        "nature",
        "organisation_id",
        "is_legal_entity",
        "party_status",
        "ended",
    )
    form_columns = (
        "organisation_id", "name", "nature", "is_legal_entity", "party_status", "credit_code", "affiliation",
        "ended",
    )  # fmt: skip
    paper = _PAPER
    items = _UNIT_ITEMS
    spanning = ("organisation_id", "name")
    column_details_list = (
        "name", "organisation_id", "organisation_code", "nature", "is_legal_entity", "credit_code",
        "party_status", "affiliation", "ended", "intake",
    )  # fmt: skip
    order = ("organisation_code", "id")
    narrow_by = (
        Below("organisation"), Equal("nature"), Active("ended"), Equal("intake"),
        Contains("name"),
    )  # fmt: skip
    fixed = {"organisation_id": lazy_gettext("A unit stays with its organisation; enter a new one there.")}
    later = ("ended",)

    def __init__(self) -> None:
        super().__init__(Unit)

    def create(self, bound: RecordForm) -> Answer:
        if same_unit.chosen() is None:
            return super().create(bound)
        with acting(db.session(), gettext("Same unit as the superior")):
            demand(self.create_by)
            place = db.session.get_one(Organisation, bound.form["organisation_id"].data)
            place.unit_situation = same_unit.SUPERIORS_UNIT
        flash(gettext("%(name)s now stands in the unit of its superior.", name=place.name), "success")
        return redirect(self.get_url("organisation.details_view", id=place.id))

    def explain(self, refused: Refused, bound: RecordForm) -> str:
        return same_unit.offered(refused, "record")
