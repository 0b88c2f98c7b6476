"""The permission table, and the fields that branches may keep themselves."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from flask_admin import expose
from flask_babel import lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import FieldDelegation, Level, Permission, PermissionFunction
from partyadmin.views import menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import today
from partyadmin.views.choices import words
from partyadmin.views.filters import Active, Below, Equal
from partyadmin.views.labels import choices_of, label_of, phrase
from partyadmin.views.lookups import BRANCH
from partyadmin.views.rights import ANY_POST, function_name, holders_of, rows_of, whom_to_turn_to

_ACTING = "WARPXC"
"""Letters with which a post does something; V only looks."""
_CELL_STAYS = lazy_gettext("A cell of the table stays where it is; change its letter.")


class PermissionView(PartyView):
    """One cell: what a level may do in one function."""

    chapter = menu.ACCOUNTS
    title = lazy_gettext("Permission table")
    noun = lazy_gettext("permission")
    read_by = ANY_POST
    edit_by = (("S2", "W"),)
    column_list = form_columns = ("function", "level", "letter", "scope", "masked", "provenance", "note")
    list_template = "partyadmin/permission_table.html"
    fixed = {"function": _CELL_STAYS, "level": _CELL_STAYS, "provenance": _CELL_STAYS}

    def __init__(self) -> None:
        super().__init__(Permission)

    @expose("/")
    def index_view(self) -> Answer:
        """The whole table as it is printed: functions down, levels across."""
        rows = db.session.execute(
            self.selected(("function", "level", "letter")).order_by(Permission.id)
        ).all()
        return self.render(
            self.list_template,
            cells={(row.function, row.level): row for row in rows},
            functions=choices_of(PermissionFunction),
            levels=[(level, label_of(Level, level)) for level in dict.fromkeys(row.level for row in rows)],
            letters=words(self.table, "letter"),
        )

    @expose("/mine/")
    def mine(self) -> Answer:
        """All functions with what the acting post may do in each, how far, and who else may."""
        functions = db.session.scalars(
            sa.select(PermissionFunction).order_by(PermissionFunction.position)
        ).all()
        rows = rows_of([function.code for function in functions])
        return self.render(
            "partyadmin/permission_mine.html",
            groups=[
                (phrase(name), list(group)) for name, group in groupby(functions, attrgetter("subsystem"))
            ],
            own={code: row.get(current_user.level) for code, row in rows.items()},
            words=words(self.table, "letter"),
            phrase=phrase,
            function_name=function_name,
            holders={code: holders_of(code, _ACTING) for code in rows},
            turn_to=whom_to_turn_to(),
        )

    def heading(self, row: Any) -> str:
        return " · ".join(cell.text for _, cell in self.cells(row, ("function", "level")))


class FieldDelegationView(PartyView):
    """One member field that a branch may keep itself, from day to day."""

    chapter = menu.MEMBERS
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
        return {"since": today()}
