"""The ledger of exports: each file that left the registry, whole or broken off."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from partyadmin.dictionary import label
from partyadmin.models import ExportLedger
from partyadmin.views import menu
from partyadmin.views.base import PartyView
from partyadmin.views.cells import NOTHING, Cell
from partyadmin.views.filters import Of
from partyadmin.views.imports import IMPORTERS, ImportView
from partyadmin.views.labels import enumeration
from partyadmin.views.rights import EXPORTERS


class ExportLedgerView(PartyView):
    """Each file that left the registry: who, when, what for, and its digest."""

    chapter = menu.EXCHANGE
    title = lazy_gettext("Export ledger")
    noun = lazy_gettext("export of a roster")
    read_by = (*EXPORTERS, ("A4", "V"))

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
    column_details_list = (*column_list, "subject", "filters", "columns", "sha256")
    newest_first = True
    narrow_by = (Of("organisation_id"),)
    keeps_versions = False
    # Who finds the chapter of exchange here also learns here why they import nothing.
    list_actions = ((ImportView.new_word, "import.create_view", IMPORTERS),)

    def __init__(self) -> None:
        super().__init__(ExportLedger)

    def cells(self, row: Any, shown: tuple[str, ...]) -> list[tuple[str, Cell]]:
        told = dict(zip(shown, super().cells(row, shown), strict=True))
        if "columns" in told and "subject" in told:
            columns = enumeration(label(row.subject, name) for name in row.columns)
            told["columns"] = (told["columns"][0], Cell(columns))
        if "filters" in told:
            told["filters"] = (told["filters"][0], Cell(enumeration(row.filters) or NOTHING))
        return list(told.values())
