"""The initial load: a city's own workbook becomes stock records, faults included, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.access import demand
from partyadmin.audit import log
from partyadmin.db import act
from partyadmin.dictionary import Refused
from partyadmin.models import Document
from partyadmin.operations import acting
from partyadmin.operations.document import Filing, file_document
from partyadmin.operations.exchange import organisations
from partyadmin.operations.exchange.batch import Batch
from partyadmin.operations.exchange.codebook import CodeBook
from partyadmin.operations.exchange.members import MemberLoad
from partyadmin.workbook.answer import Refusal, answer
from partyadmin.workbook.headings import Table, recognised_tables
from partyadmin.workbook.reading import load, open_workbook
from partyadmin.workbook.refusal import WorkbookRefused
from partyadmin.workbook.rows import read_rows

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ImportResult:
    """What came of an import, and the workbook it came from."""

    batch: Batch
    content: bytes
    limit: int

    def write_report(self, target: str | Path | BinaryIO) -> None:
        """Writes the user's own workbook with each refusal in its cell and in one column of sentences."""
        refusals = [Refusal(each.sheet, each.row, each.column, each.message) for each in self.batch.refused]
        answer(self.content, refusals, target, heading=gettext("Why refused"), limit_bytes=self.limit)


def import_workbook(
    session: Session, source: str | Path | bytes, file_name: str, limit: int, progress: Progress
) -> ImportResult:
    """Loads organisations and members of a workbook as stock, in the actor's scope.

    Refuses single rows that cannot be read or placed, and tells each of them in the result. Raises Refused
    where the whole workbook cannot be taken, the post may not load, or the file was loaded before; then
    nothing is written.
    """
    demand(session, "E1", "W")
    session.rollback()  # no transaction stays open while the file is read
    content = load(source, limit)
    try:
        tables = recognised_tables(open_workbook(content, limit))
    except WorkbookRefused as error:
        raise Refused(gettext(error.message_id, **error.params), "file", "workbook") from error
    progress(
        gettext("The workbook is read: %(sheets)s.", sheets="、".join(table.sheet.name for table in tables))
    )
    batch = Batch(headings={table.sheet.name: table.labels for table in tables})
    with acting(session, gettext("File the workbook %(file)s", file=file_name)):
        _load(session, batch, tables, content, file_name, progress)
    return ImportResult(batch, content, limit)


def _load(
    session: Session, batch: Batch, tables: list[Table], content: bytes, file_name: str, progress: Progress
) -> None:
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))  # a large load takes its minutes
    document = _file_workbook(session, content, file_name)
    act(session, gettext("Initial load from %(file)s", file=file_name), document.id)
    book, tree = CodeBook(session), organisations.known_tree(session)
    rows = (row for table in tables if table.kind == "organisation" for row in read_rows(table))
    placed = organisations.place(batch, book, tree, rows)
    organisations.store(session, batch, tree, placed)
    progress(gettext("Organisations: %(accepted)s of %(read)s accepted.", **batch.organisations.as_json()))
    members = MemberLoad(session, batch, book, tree)
    for table in tables:
        if table.kind == "member":
            members.take(read_rows(table), set(table.columns))
    members.store()
    progress(gettext("Members: %(accepted)s of %(read)s accepted.", **batch.members.as_json()))
    log(
        session, "import", "document", document.id, f"{batch.organisations.accepted}+{batch.members.accepted}"
    )


def _file_workbook(session: Session, content: bytes, file_name: str) -> Document:
    """Files the workbook as the document of the load; the same file is loaded only once."""
    digest = hashlib.sha256(content).hexdigest()
    if session.scalar(sa.select(Document.id).where(Document.sha256 == digest, Document.kind == "workbook")):
        raise Refused(
            gettext("This very workbook was loaded before; nothing was written again."),
            "file",
            "loaded_before",
        )
    station = session.scalar(sa.text("SELECT organisation_id FROM post WHERE id = acting_post()"))
    assert station is not None
    filing = Filing(
        kind="workbook", title=file_name[:200], file_name=file_name[:200], content=content, is_workbook=True
    )
    return file_document(session, filing, station)
