"""The calendar of working days, the year that is imported into it, and the time limits counted by it."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, redirect, request, send_file
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import CalendarDay, TimeLimit
from partyadmin.operations import acting
from partyadmin.operations.calendar import CalendarRefused, import_calendar
from partyadmin.operations.document import WORKBOOK
from partyadmin.views import menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.filters import Equal
from partyadmin.views.rights import ANY_POST, demand
from partyadmin.workbook.calendar import write_blank_calendar

_KEEPERS = (("A5", "W"),)


class CalendarView(PartyView):
    """Days that differ from the plain week."""

    chapter = menu.CODES
    title = lazy_gettext("Work calendar")
    noun = lazy_gettext("calendar day")
    read_by = ANY_POST
    create_by = edit_by = _KEEPERS
    column_list = form_columns = ("day", "kind", "label_zh", "label_en")
    order = ("day",)
    newest_first = True
    narrow_by = (Equal("kind"),)
    list_actions = ((lazy_gettext("Import a year"), "calendar_day.import_view", _KEEPERS),)
    fixed = {"day": lazy_gettext("A day stays; enter another day for another date.")}
    in_menu = False

    def __init__(self) -> None:
        super().__init__(CalendarDay, url="/codes/calendar_day")

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> Answer:
        """A new year from a workbook: checked whole, written whole or not at all."""
        if not self.can_create:
            return self.inaccessible_callback("import_view")
        error: str | None = None
        rows: Any = []
        if request.method == "POST":
            try:
                return self._import()
            except CalendarRefused as refused:
                error, rows = refused.sentence, refused.rows
            except Refused as refused:
                error = refused.sentence
        page = self.render("partyadmin/calendar_import.html", error=error, rows=rows)
        return page, 200 if error is None else 422

    def _import(self) -> Answer:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Refused(gettext("Choose the workbook first."), "file")
        content = upload.read()
        with acting(db.session(), gettext("Import of a year into the work calendar")):
            demand(_KEEPERS)
            year, off, work = import_calendar(db.session(), content)
        said = gettext(
            "The calendar of %(year)s is in: %(off)s days off, %(work)s make-up working days. "
            "Due dates of open reports follow it.",
            year=year, off=off, work=work,
        )  # fmt: skip
        flash(said, "success")
        return redirect(self.get_url(".index_view"))

    @expose("/template/")
    def template(self) -> Response:
        """An empty workbook for a year, with an example beside it."""
        file = io.BytesIO()
        write_blank_calendar(file)
        file.seek(0)
        name = gettext("Work calendar") + ".xlsx"
        return send_file(file, mimetype=WORKBOOK, as_attachment=True, download_name=name)


class TimeLimitView(PartyView):
    """How long a report, its entry and a suspension may take, each with its legal basis and first day."""

    chapter = menu.CODES
    title = lazy_gettext("Time limits")
    noun = lazy_gettext("time limit")
    read_by = ANY_POST
    create_by = _KEEPERS
    column_list = form_columns = ("code", "valid_from", "number", "legal_basis_zh", "legal_basis_en")
    newest_first = True
    narrow_by = (Equal("code"),)
    keeps_versions = False
    spanning = ("legal_basis_zh", "legal_basis_en")
    in_menu = False

    def __init__(self) -> None:
        super().__init__(TimeLimit, url="/codes/time_limit")
