"""Documents of which only the number is on file: what still owes its scan, and where to add it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext

from partyadmin.models import OwedScan
from partyadmin.views import menu
from partyadmin.views.beside import TreeView
from partyadmin.views.document import DocumentView
from partyadmin.views.filters import Below, Directly, Equal, Prefix
from partyadmin.views.rights import holds


class OwedScanView(TreeView):
    """A document without its scan, for one branch; a row leads to the form that takes the scan."""

    chapter = menu.DOCUMENTS
    title = lazy_gettext("Scans still missing")
    noun = lazy_gettext("missing scan")
    read_by = (("P1", "V"),)
    scope_column = "branch_code"
    column_list = ("title", "number", "kind", "dated", "branch_id", "members", "owed_since")
    order = ("owed_since", "id")
    narrow_by = (
        Below("organisation", column="branch_code"), Directly("directly", column="branch_code"),
        Equal("kind"), Prefix("number"),
    )  # fmt: skip
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(OwedScan)

    def marking(self, shown: tuple[str, ...]) -> tuple[str, ...]:
        return (*super().marking(shown), "document_id")

    def opens(self) -> tuple[str, Callable[[Any], Any]]:
        """A row leads to the form that takes the scan; for who files no papers, to its own page."""
        if not holds(DocumentView.create_by):
            return super().opens()
        return url_for("document.create_view") + "?supersedes=", lambda row: row.document_id
