"""The document block of a form: a key field changes on a document, filed in the same act or on file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import gettext
from flask_login import current_user
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused
from partyadmin.models import Document
from partyadmin.models.codes import DocumentKind
from partyadmin.operations.document import Filing, file_document
from partyadmin.operations.draft import KeptFile
from partyadmin.views.columns import column_of
from partyadmin.views.fields import LookupField, field_of
from partyadmin.views.files import KeptFileField
from partyadmin.views.forms import Group, RecordForm
from partyadmin.views.labels import label_of
from partyadmin.views.lookups import DOCUMENT, Lookup

_COLUMNS = ("kind", "number", "title", "dated", "issuer")
_PREFIX = "document_"
_ON_FILE = _PREFIX + "id"
_FILE = _PREFIX + "file"
NAMES = (*(_PREFIX + name for name in _COLUMNS), _FILE, _ON_FILE)


def group(folded: bool = True) -> Group:
    """The block as a group of the form."""
    return Group(
        gettext("Document this rests on"),
        list(NAMES),
        gettext("Needed when the birth date, joining date, conversion date or ID number changes."),
        "evidence",
        folded,
    )


def fields(lookup_url: Callable[[Lookup], str]) -> dict[str, Any]:
    """The fields of the block: a document of its own, or one that is on file."""
    made = {
        _PREFIX + name: field_of(column_of(Document, name), lookup_url, None, None, False)
        for name in _COLUMNS
    }
    for unbound in made.values():
        unbound.kwargs["validators"] = []
    on_file = LookupField(
        gettext("Or a document on file"), lookup=DOCUMENT, url=lookup_url(DOCUMENT),
        description=gettext("Search by its number or title."),
    )  # fmt: skip
    file = KeptFileField(
        gettext("File"),
        description=gettext("PDF, JPEG or PNG, at most 20 MB. With the number alone the scan follows later."),
    )
    return {**made, _FILE: file, _ON_FILE: on_file}


def document_of(session: Session, bound: RecordForm) -> int | None:
    """The document that the block names, filed in the open act where it is new; None for an empty block.

    Raises Refused.
    """
    if (on_file := bound.form[_ON_FILE].data) is not None:
        return int(on_file)
    filing = filing_of({name: bound.form[_PREFIX + name].data for name in _COLUMNS}, bound.form[_FILE].data)
    if filing is None:
        return None
    try:
        return file_document(session, filing, current_user.organisation_id).id
    except Refused as refused:
        raise Refused(refused.sentence, _PREFIX + (refused.field or ""), refused.rule) from refused


def is_empty(bound: RecordForm) -> bool:
    """Whether nothing stands in the block."""
    return all(bound.form[name].data in (None, "") for name in NAMES)


def filing_of(typed: dict[str, Any], file: KeptFile | None) -> Filing | None:
    """A document as typed, with its file; None where nothing was.

    Raises Refused where its kind is missing.
    """
    if file is None and not any(typed.values()):
        return None
    if not typed.get("kind"):
        raise Refused(gettext("Say what kind of document it is."), _PREFIX + "kind", "document_kind")
    return Filing(
        kind=typed["kind"],
        title=typed.get("title") or label_of(DocumentKind, typed["kind"]),
        number=typed.get("number"),
        issuer=typed.get("issuer"),
        dated=typed.get("dated"),
        pages=typed.get("pages"),
        file_name=file.filename if file else None,
        content=file.content if file else None,
    )
