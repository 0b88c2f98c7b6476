"""The base of every screen of records: list, page, versions and forms, made from what a view declares."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin import expose

from partyadmin.views import history
from partyadmin.views.lists import Answer
from partyadmin.views.writing import WritingView

__all__ = ["Answer", "PartyView"]


class PartyView(WritingView):
    """Lists, shows, creates and changes the records of one class, as far as the post of the request may."""

    details_template = "partyadmin/details.html"
    # -- pages --

    @expose("/details/")
    def details_view(self) -> Answer:
        """One record."""
        shown = self.column_details_list or self.readable_columns()
        row = self.row_of(request.args.get("id"), shown)
        return self.render(
            self.details_template,
            key=self.key_in(row),
            heading=self.heading(row),
            entries=self.cells(row, shown),
            extra=self.extra_details(row),
        )

    def extra_details(self, row: Any) -> dict[str, Any]:
        """What a noun shows below its own columns."""
        return {}

    @expose("/versions/")
    def versions_view(self) -> Answer:
        """All versions of one record, newest first: what changed, who did it, why, on which document."""
        if not self.keeps_versions:
            abort(404)
        shown = self.column_details_list or self.readable_columns()
        row = self.row_of(request.args.get("id"), shown)
        versions = history.versions_of(self.model, self.key_in(row), shown, self.masked)
        return self.render(
            "partyadmin/versions.html", key=self.key_in(row), heading=self.heading(row), versions=versions
        )
