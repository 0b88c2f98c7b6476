"""The permission table, and the fields that branches may keep themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import lazy_gettext

from partyadmin.models import FieldDelegation, Permission
from partyadmin.views.base import PartyView
from partyadmin.views.filters import Active, Below, Equal
from partyadmin.views.lookups import BRANCH
from partyadmin.views.rights import ANY_POST

_CELL_STAYS = lazy_gettext("A cell of the table stays where it is; change its letter.")


class PermissionView(PartyView):
    """One cell: what a level may do in one function."""

    title = lazy_gettext("Permission table")
    noun = lazy_gettext("permission")
    read_by = ANY_POST
    edit_by = (("S2", "W"),)
    column_list = form_columns = ("function", "level", "letter", "scope", "provenance", "note")
    narrow_by = (Equal("function"), Equal("level"), Equal("letter"))
    fixed = {"function": _CELL_STAYS, "level": _CELL_STAYS, "provenance": _CELL_STAYS}

    def __init__(self) -> None:
        super().__init__(Permission)


class FieldDelegationView(PartyView):
    """One member field that a branch may keep itself, from day to day."""

    title = lazy_gettext("Delegations")
    noun = lazy_gettext("field delegation")
    read_by = (("P1", "V"),)
    create_by = edit_by = (("O9", "W"),)
    scope_column = "branch_code"
    column_list = form_columns = ("branch_id", "field", "since", "until", "document_id")
    order = ("branch_code", "id")
    narrow_by = (Below("organisation", column="branch_code"), Equal("field"), Active("until"))
    lookups = {"branch_id": BRANCH}
    fixed = {
        "branch_id": lazy_gettext("A delegation stays with its branch; end it and enter another."),
        "field": lazy_gettext("A delegation stays with its field; end it and enter another."),
    }

    def __init__(self) -> None:
        super().__init__(FieldDelegation)

    def defaults(self) -> dict[str, Any]:
        return {"since": date.today()}
