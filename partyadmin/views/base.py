"""The base of every screen of records: list, page, versions and forms, made from what a view declares."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_admin import expose

from partyadmin.views.lists import Answer
from partyadmin.views.versions import Versions
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
        return self.details_page(row, self.extra_details(row))

    def details_page(self, row: Any, extra: dict[str, Any]) -> str:
        """The page of a record, with what a noun shows below its columns."""
        return str(
            self.render(
                self.details_template,
                key=self.key_in(row),
                heading=self.heading(row),
                entries=self.cells(row, self.column_details_list or self.readable_columns()),
                extra=extra,
            )
        )

    def extra_details(self, row: Any) -> dict[str, Any]:
        """What a noun shows below its own columns."""
        return {}

    @expose("/versions/")
    def versions_view(self) -> Answer:
        """Two versions of one record side by side, or the record as it stood at a moment."""
        if not self.keeps_versions:
            abort(404)
        names = tuple(dict.fromkeys((*self.readable_columns(), *self.form_columns)))
        names = tuple(name for name in names if name not in self.derived)
        row = self.row_of(request.args.get("id"), self.column_details_list or self.readable_columns())
        key = self.key_in(row)
        found = Versions(
            self.model,
            key,
            names,
            self.masked,
            lambda **values: self.get_url(".versions_view", id=key, **values),
        )
        values, status = found.template_values()
        return self.render("partyadmin/versions.html", key=key, heading=self.heading(row), **values), status
