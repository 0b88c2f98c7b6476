"""The permission table, and the fields that branches may keep themselves."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, abort, request, send_file
from flask_admin import expose
from flask_babel import lazy_gettext
from flask_login import current_user

from partyadmin.models import Permission
from partyadmin.operations.document import WORKBOOK
from partyadmin.views import menu, permission_table
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.choices import words
from partyadmin.views.labels import enumeration, phrase
from partyadmin.views.paper import printed_by
from partyadmin.views.rights import ANY_POST, function_name, holders_of, rows_of, whom_to_turn_to
from partyadmin.workbook.permission_table import write_permission_table

_ACTING = "WARPXC"
"""Letters with which a post does something; V only looks."""
_CELL_STAYS = lazy_gettext("A cell of the table stays where it is; change its letter.")


class PermissionView(PartyView):
    """One cell: what a level may do in one function."""

    chapter = menu.ACCOUNTS
    title = lazy_gettext("Permission table")
    noun = lazy_gettext("permission")
    change_reason = lazy_gettext("Adjustment of the permission table")
    read_by = ANY_POST
    edit_by = (("S2", "W"),)
    column_list = form_columns = ("function", "level", "letter", "scope", "masked", "provenance", "note")
    list_template = "partyadmin/permission_table.html"
    fixed = {"function": _CELL_STAYS, "level": _CELL_STAYS, "provenance": _CELL_STAYS}

    def __init__(self) -> None:
        super().__init__(Permission)

    @expose("/")
    def index_view(self) -> Answer:
        """The whole table, functions down and levels across; with ?changed=1 what left the initial table."""
        changed = request.args.get("changed", "")
        if changed not in ("", "1"):
            abort(400)
        table = permission_table.read_table()
        differences = permission_table.differences_of(table) if changed else None
        return self.render(self.list_template, **self._printed(table, differences))

    @expose("/print/")
    def print_view(self) -> Answer:
        """The same on paper, for filing: the table, what left the initial one, and the legend."""
        table = permission_table.read_table()
        differences = permission_table.differences_of(table)
        return self.render(
            "partyadmin/permission_paper.html", foot=printed_by(), **self._printed(table, differences)
        )

    @expose("/workbook/")
    def workbook(self) -> Response:
        """The same as a workbook; it says nothing of any member, so it needs neither purpose nor ledger."""
        file = io.BytesIO()
        write_permission_table(file, permission_table.as_book(str(self.title), printed_by()))
        file.seek(0)
        return send_file(file, mimetype=WORKBOOK, as_attachment=True, download_name=f"{self.title}.xlsx")

    def _printed(self, table: permission_table.Table, differences: Any) -> dict[str, Any]:
        return {
            "table": table,
            "differences": differences,
            "headings": permission_table.headings_of_differences(),
            "letters": enumeration(words(self.table, "letter").values()),
            "legend": permission_table.legend(),
            "own": current_user.level,
        }

    @expose("/mine/")
    def mine(self) -> Answer:
        """All functions with what the acting post may do in each, how far, and who else may."""
        groups = permission_table.functions_by_subsystem()
        rows = rows_of([function.code for _, functions in groups for function in functions])
        return self.render(
            "partyadmin/permission_mine.html",
            groups=groups,
            own={code: row.get(current_user.level) for code, row in rows.items()},
            words=words(self.table, "letter"),
            phrase=phrase,
            function_name=function_name,
            holders={code: holders_of(code, _ACTING) for code in rows},
            turn_to=whom_to_turn_to(),
            foot=printed_by(),
        )

    def heading(self, row: Any) -> str:
        return " · ".join(cell.text for _, cell in self.cells(row, ("function", "level")))
