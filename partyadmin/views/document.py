"""Documents: filed once, read by those who see their keeper, never changed."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response, abort, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin import audit
from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import Document, DocumentContent
from partyadmin.operations.document import file_document
from partyadmin.views import menu
from partyadmin.views.base import PartyView
from partyadmin.views.evidence import filing_of
from partyadmin.views.files import KeptFileField
from partyadmin.views.filters import Equal, Prefix
from partyadmin.views.forms import Group, RecordForm

_FILE = "file"
_SUFFIX = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


class DocumentView(PartyView):
    """What an act rests on."""

    chapter = menu.DOCUMENTS
    title = lazy_gettext("Documents")
    noun = lazy_gettext("document")
    read_by = (("P1", "V"), ("O1", "V"))
    create_by = (("O6", "W"), ("P3", "W"), ("P4", "W"))

    column_list = ("title", "number", "kind", "dated", "issuer", "organisation_id", "file_name")
    form_columns = ("kind", "number", "title", "dated", "issuer", "pages", "organisation_id")
    column_details_list = (
        "title", "number", "kind", "dated", "issuer", "pages", "organisation_id", "file_name", "sha256",
        "transaction_id",
    )  # fmt: skip
    newest_first = True
    narrow_by = (Equal("kind"), Prefix("number"))
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(Document)

    def defaults(self) -> dict[str, Any]:
        return {"organisation_id": current_user.organisation_id}

    def groups(self, row: Any) -> list[Group]:
        return [*super().groups(row), Group(gettext("Scan"), [_FILE], name="file")]

    def more_fields(self, row: Any) -> dict[str, Any]:
        note = gettext("PDF, JPEG or PNG, at most 20 MB.")
        return {_FILE: KeptFileField(gettext("File"), description=note)}

    def enter(self, bound: RecordForm) -> Any:
        typed = {name: bound.form[name].data for name in bound.names("record")}
        filing = filing_of(typed, bound.form[_FILE].data)
        if filing is None:
            raise Refused(gettext("Say what kind of document it is."), "kind", "document_kind")
        return file_document(db.session(), filing, typed["organisation_id"])

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {"links": [(gettext("Open the file"), "document.file", {"id": row.id})] if row.sha256 else []}

    @expose("/file/")
    def file(self) -> Response:
        """The bytes of a document, as a download; reading is logged before it happens."""
        return self._bytes("attachment")

    @expose("/scan/")
    def scan(self) -> Response:
        """The same, for a picture shown beside what it proves; other files are still a download."""
        return self._bytes("inline")

    def _bytes(self, disposition: str) -> Response:
        row = self.row_of(request.args.get("id"), ("sha256", "title"))
        content = db.session.get(DocumentContent, row.id) or abort(404)
        if hashlib.sha256(content.content).hexdigest() != row.sha256:
            raise Refused(
                gettext("The file is not the one that was filed; tell the system administrator."),
                rule="digest",
            )
        audit.log(db.session(), "document read", "document", row.id)
        db.session.commit()
        response = Response(content.content, mimetype=content.media_type)
        name = f"document-{row.id}{_SUFFIX.get(content.media_type, '.xlsx')}"
        if not content.media_type.startswith("image/"):
            disposition = "attachment"
        response.headers["Content-Disposition"] = f'{disposition}; filename="{name}"'
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response
