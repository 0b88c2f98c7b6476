"""File a document, with or without its bytes, and name it as evidence."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused
from partyadmin.models import Document, DocumentContent, Evidence

WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a file is, by its first bytes; its name and the browser's word are not believed.
_MAGIC = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


@dataclass(frozen=True)
class Filing:
    """A document as a person hands it in: what it is, and its bytes where there is a file."""

    kind: str
    title: str
    number: str | None = None
    issuer: str | None = None
    dated: date | None = None
    pages: int | None = None
    file_name: str | None = None
    content: bytes | None = None
    is_workbook: bool = False


def file_document(
    session: Session, filing: Filing, organisation_id: int, supersedes: int | None = None
) -> Document:
    """Files a document in the open act, kept by an organisation in scope; its bytes with it.

    With `supersedes` it is the scan, or the better copy, of a document that stays on file.

    Raises Refused for a file that is no PDF, JPEG or PNG, and IntegrityError for what the schema refuses.
    """
    digest = hashlib.sha256(filing.content).hexdigest() if filing.content else None
    document = Document(
        kind=filing.kind, title=filing.title, number=filing.number, issuer=filing.issuer, dated=filing.dated,
        pages=filing.pages, file_name=filing.file_name, sha256=digest, organisation_id=organisation_id,
        supersedes=supersedes,
    )  # fmt: skip
    session.add(document)
    session.flush()
    if filing.content:
        media_type = WORKBOOK if filing.is_workbook else _media_type(filing.content)
        session.execute(
            sa.insert(DocumentContent).values(
                document_id=document.id, media_type=media_type, content=filing.content
            )
        )
    return document


def newest_document(session: Session, document_id: int) -> int:
    """The key of the document that superseded another last; its own where none did."""
    return int(session.scalar(sa.select(sa.func.newest_document(document_id))) or document_id)


def prove(session: Session, member_id: int, fields: list[str], document_id: int) -> None:
    """Names a document as the evidence for changed key fields of a member, in the open act."""
    session.add_all(Evidence(subject_id=member_id, field=field, document_id=document_id) for field in fields)


def is_known_file(content: bytes) -> bool:
    """Whether these bytes can be filed: a PDF, a JPEG or a PNG."""
    return content.startswith(tuple(_MAGIC))


def _media_type(content: bytes) -> str:
    for magic, media_type in _MAGIC.items():
        if content.startswith(magic):
            return media_type
    raise Refused(
        gettext("This file is no PDF, JPEG or PNG; scan the document into one of these."), "file", "file_type"
    )
