"""The initial load: a city's own workbook becomes stock records, faults included, in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
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
from partyadmin.operations.exchange.batch import Batch
from partyadmin.operations.exchange.codebook import CodeBook
from partyadmin.operations.exchange.drafts import draft_beside
from partyadmin.operations.exchange.members import MemberLoad
from partyadmin.operations.exchange.organisations import load_organisations
from partyadmin.operations.exchange.progress import ANSWERING, OPENING, Progress, RowCount
from partyadmin.operations.exchange.staging import take_the_time
from partyadmin.operations.exchange.tree import known_tree
from partyadmin.workbook import messages
from partyadmin.workbook.answer import Refusal, answer
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.headings import Table, recognised_tables
from partyadmin.workbook.labels import LABELS
from partyadmin.workbook.reading import load, open_workbook
from partyadmin.workbook.refusal import WorkbookRefused
from partyadmin.workbook.rows import read_rows


@dataclass(frozen=True)
class ImportResult:
    """What came of an import, and the workbook it came from."""

    batch: Batch
    tables: list[Table]
    content: bytes
    limit: int
    document_id: int

    def write_report(self, target: str | Path | BinaryIO) -> None:
        """Writes the user's own workbook with each refusal in its cell and in one column of sentences."""
        refusals = [Refusal(each.sheet, each.row, each.column, each.message) for each in self.batch.refused]
        answer(self.content, refusals, target, heading=gettext("Why refused"), limit_bytes=self.limit)


def import_workbook(
    session: Session,
    source: str | Path | bytes,
    file_name: str,
    limit: int,
    progress: Progress,
    report: Path | None = None,
) -> ImportResult:
    """Loads organisations and members of a workbook as stock, in the actor's scope.

    Refuses single rows that cannot be read or placed, and tells each of them in the result and, where one is
    wanted, in the report. Raises Refused where the whole workbook cannot be taken, the post may not load, or
    the file was loaded before; then nothing is written.
    """
    if report is not None and not isinstance(source, bytes) and report.resolve() == Path(source).resolve():
        raise Refused(
            gettext("The report must not replace the workbook itself; choose another name."), "file"
        )
    with (
        draft_beside(report) if report else nullcontext() as draft,
        importing(session, source, file_name, limit, progress) as result,
    ):
        if draft is not None:
            progress(ANSWERING, 0, 0)
            result.write_report(draft)
    return result


@contextmanager
def importing(
    session: Session,
    source: str | Path | bytes,
    file_name: str,
    limit: int,
    progress: Progress,
    *,
    rehearsal: bool = False,
) -> Iterator[ImportResult]:
    """The same load as a block: what the block writes in the session stands or falls with it.

    A rehearsal is undone at its end, so that its result says what a load would do. Raises Refused as above.
    """
    demand(session, "E1", "W")
    session.rollback()  # no transaction stays open while the file is read
    file_name = plain_text(file_name.encode(errors="replace").decode())[:200]
    with _telling_why():
        progress(OPENING, 0, 0)
        content = load(source, limit)
        tables = recognised_tables(open_workbook(content, limit))
        _demand_kinds(tables)
        batch = Batch(headings={table.sheet.name: table.labels for table in tables})
        reason = gettext("File the workbook %(file)s", file=file_name)
        with acting(session, reason, rehearsal=rehearsal):
            document_id = _load(session, batch, tables, content, file_name, progress)
            yield ImportResult(batch, tables, content, limit, document_id)


@contextmanager
def _telling_why() -> Iterator[None]:
    """Turns what no table can hold and what no reader can open into refusals of the whole workbook."""
    try:
        yield
    except WorkbookRefused as error:
        raise Refused(gettext(error.message_id, **error.params), "file", "workbook") from error
    except UnicodeError as error:
        raise Refused(gettext("The text holds a character that cannot be stored."), "file") from error


def _demand_kinds(tables: list[Table]) -> None:
    """Without their kinds no organisation could be taken: one sentence instead of one for each row."""
    for table in tables:
        if table.kind == "organisation" and "kind" not in table.columns:
            column = LABELS["organisation"]["kind"][0]
            raise WorkbookRefused(messages.MISSING_COLUMNS, sheet=table.sheet.name, columns=column)


def _load(
    session: Session, batch: Batch, tables: list[Table], content: bytes, file_name: str, progress: Progress
) -> int:
    """Writes the rows in the open act; returns the document that the workbook was filed as."""
    take_the_time(session)
    document = _file_workbook(session, content, file_name)
    act(session, gettext("Initial load from %(file)s", file=file_name), document.id)
    book, tree, count = CodeBook(session), known_tree(session), RowCount(tables, progress)
    rows = (
        row for table in tables if table.kind == "organisation" for row in count.over(table, read_rows(table))
    )
    load_organisations(session, batch, book, tree, rows)
    members = MemberLoad(session, batch, book, tree)
    for table in tables:
        if table.kind == "member":
            members.take(count.over(table, read_rows(table)), set(table.columns))
    members.store(progress)
    batch.sort()
    log(
        session, "import", "document", document.id, f"{batch.organisations.accepted}+{batch.members.accepted}"
    )
    return document.id


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
    filing = Filing(kind="workbook", title=file_name, file_name=file_name, content=content, is_workbook=True)
    return file_document(session, filing, station)
