"""Rosters out of the registry: the ledger of exports, whose new entry is an export."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import request, send_file
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import ExportLedger, Organisation
from partyadmin.operations.document import WORKBOOK
from partyadmin.operations.exchange import ExportRequest, export_members
from partyadmin.views import forms, menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.filters import Of
from partyadmin.views.forms import RecordForm
from partyadmin.views.rights import EXPORTERS


class ExportLedgerView(PartyView):
    """Each file that left the registry: who, when, what for, and its digest."""

    chapter = menu.EXCHANGE
    title = lazy_gettext("Export ledger")
    noun = lazy_gettext("export of a roster")
    new_word = save_word = lazy_gettext("Export")
    read_by = (*EXPORTERS, ("A4", "V"))
    create_by = EXPORTERS

    column_list = (
        "exported_at",
        "id",
        "organisation_id",
        "purpose",
        "account_id",
        "post_id",
        "rows",
        "full_numbers",
        "way",
    )
    column_details_list = (*column_list, "subject", "columns", "sha256")
    form_columns = ("organisation_id", "purpose")
    newest_first = True
    narrow_by = (Of("organisation_id"),)
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(ExportLedger)

    def heading_of_new(self) -> str:
        return gettext("Export a roster")

    def defaults(self) -> dict[str, Any]:
        code = request.args.get("organisation", current_user.organisation_code)
        top = db.session.scalar(sa.select(Organisation.id).where(Organisation.code == code))
        return {"organisation_id": top or current_user.organisation_id}

    def form_for(self, row: Any) -> RecordForm:
        bound = super().form_for(row)
        del bound.form[forms.REASON]  # the purpose is the reason
        return bound

    def create(self, bound: RecordForm) -> Answer:
        """Hands the roster out; the ledger row is written before the file leaves."""
        top = db.session.get(Organisation, bound.form["organisation_id"].data)
        purpose = bound.form["purpose"].data or ""
        if top is None:
            raise Refused(gettext("This organisation lies outside your scope."), "organisation_id")
        code, name = top.code, f"{top.short_name or top.name}.xlsx"
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            path = Path(folder) / "roster.xlsx"
            export_members(db.session(), ExportRequest(scope=code, purpose=purpose, way="screen"), path)
            # The open file outlives its folder, so nothing stays behind when the browser goes away.
            file = path.open("rb")
        return send_file(file, mimetype=WORKBOOK, as_attachment=True, download_name=name)
