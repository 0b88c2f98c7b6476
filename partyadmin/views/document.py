"""Documents: filed once, read by those who see their keeper, never changed."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import HiddenField

from partyadmin import audit
from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import Document, DocumentContent, Evidence, OwedScan
from partyadmin.operations.document import file_document, newest_document
from partyadmin.views import menu
from partyadmin.views.base import PartyView
from partyadmin.views.details import section_of
from partyadmin.views.evidence import filing_of
from partyadmin.views.files import KeptFileField
from partyadmin.views.filters import Equal, Prefix
from partyadmin.views.forms import REASON, Group, RecordForm

_FILE, _OLD = "file", "supersedes"
_MOST = 200
"""Changes that the page of a document lists."""
_FACTS = ("kind", "number", "title", "dated")
_SUFFIX = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


class DocumentView(PartyView):
    """What an act rests on."""

    chapter = menu.DOCUMENTS
    title = lazy_gettext("Documents")
    noun = lazy_gettext("document")
    read_by = (("P1", "V"), ("O1", "V"))
    create_by = (("O6", "W"), ("P3", "WR"), ("P4", "W"))

    column_list = ("title", "number", "kind", "dated", "issuer", "organisation_id", "file_name")
    form_columns = ("kind", "number", "title", "dated", "issuer", "pages", "organisation_id")
    column_details_list = (
        "title", "number", "kind", "dated", "issuer", "pages", "organisation_id", "file_name", "sha256",
        "supersedes", "transaction_id",
    )  # fmt: skip
    newest_first = True
    narrow_by = (Equal("kind"), Prefix("number"))
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(Document)

    def heading_of_new(self) -> str:
        old = self._superseded()
        return super().heading_of_new() if old is None else gettext("Scan of: %(title)s", title=old.title)

    def defaults(self) -> dict[str, Any]:
        old = self._superseded()
        facts = {} if old is None else {name: getattr(old, name) for name in _FACTS}
        return {"organisation_id": current_user.organisation_id, **facts}

    def form_for(self, row: Any) -> RecordForm:
        bound = super().form_for(row)
        if request.method == "GET" and self._superseded() is not None:
            bound.form[REASON].data = gettext("Scan added")
        return bound

    def groups(self, row: Any) -> list[Group]:
        scan = Group(gettext("Scan"), [_FILE], name="file")
        # Whoever adds a scan has the file in hand; a photo of a telephone is taken first.
        return [*super().groups(row), scan] if self._superseded() is None else [scan, *super().groups(row)]

    def more_fields(self, row: Any) -> dict[str, Any]:
        note = gettext("PDF, JPEG or PNG, at most 20 MB.")
        fields: dict[str, Any] = {_FILE: KeptFileField(gettext("File"), description=note)}
        if (old := self._superseded()) is not None:
            fields[_OLD] = HiddenField(default=str(old.id))
        return fields

    def _superseded(self) -> Any:
        """The document that the one of this form is the scan or the correction of; None for a plain new one.

        It need not be one that the reader may open: a paper of the committee proves what a branch reported.
        """
        raw = request.values.get(_OLD)
        if raw is None:
            return None
        key = self.key_from(raw)
        owed = sa.select(OwedScan.document_id.label("id"), *(getattr(OwedScan, name) for name in _FACTS))
        kept = sa.select(Document.id, *(getattr(Document, name) for name in _FACTS)).where(Document.id == key)
        row = db.session.execute(owed.where(OwedScan.document_id == key).limit(1)).one_or_none()
        return row or db.session.execute(kept).one_or_none() or abort(404)

    def enter(self, bound: RecordForm) -> Any:
        typed = {name: bound.form[name].data for name in bound.names("record")}
        filing = filing_of(typed, bound.form[_FILE].data)
        if filing is None:
            raise Refused(gettext("Say what kind of document it is."), "kind", "document_kind")
        old = self._superseded()
        return file_document(
            db.session(), filing, typed["organisation_id"], None if old is None else int(old.id)
        )

    def extra_details(self, row: Any) -> dict[str, Any]:
        links = [(gettext("Open the file"), "document.file", {"id": row.id})] if row.sha256 else []
        newest = newest_document(db.session(), row.id)
        if newest != row.id:
            links.append((gettext("The document that superseded this one"), ".details_view", {"id": newest}))
        elif self.can_create and row.kind != "workbook":
            word = gettext("Supersede it by a better one") if row.sha256 else gettext("Add the scan")
            links.append((word, ".create_view", {_OLD: row.id}))
        proofs = db.session.scalars(
            sa.select(Evidence).where(Evidence.document_id == row.id).limit(_MOST)
        ).all()
        section = section_of(
            gettext("What rests on it"), Evidence, ("subject_id", "field", "written_at"), proofs
        )
        return {"links": links, "sections": [section] if proofs else []}

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
