"""Files that leave the registry: in scope, for a purpose, with a ledger row before the first byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.access import demand, is_masked
from partyadmin.audit import log
from partyadmin.config import TIME_ZONE
from partyadmin.db import actor_of, work_as
from partyadmin.dictionary import Refused, label
from partyadmin.models import Account, ExportLedger, Organisation
from partyadmin.operations import acting
from partyadmin.operations.exchange.roster import Sheet
from partyadmin.operations.exchange.staging import take_the_time
from partyadmin.workbook.cleaning import plain_text
from partyadmin.workbook.layout import Cell, Layout
from partyadmin.workbook.writing import stream_roster

Pieces = Callable[[Iterable[tuple[Cell, ...]]], Generator[bytes]]
"""Makes a file of its rows, piece by piece; the first piece comes before the first row is asked for."""

_LONGEST_PAUSE = 600
"""Seconds in which a client takes nothing, after which it is given up: it holds a transaction open."""


@dataclass(frozen=True)
class ExportRequest:
    """A file about the subtree of an organisation, and why it is wanted; its post must hold `right`."""

    scope: str
    purpose: str
    way: str
    full_numbers: bool = False
    right: tuple[str, str] = ("P10", "X")


class Leaving:
    """A file on its way out: iterate over it once for its pieces.

    The ledger has its number from the start, and its rows and digest before the last piece leaves; a file
    that breaks off before is never whole, and its entry in the ledger says so.
    """

    def __init__(self, session: Session, number: int, sheet: Sheet, pieces_of: Pieces):
        self.number = number
        self.rows: int | None = None
        self._engine, self._actor = session.get_bind(), actor_of(session)
        self._sheet, self._pieces_of = sheet, pieces_of
        self._reason = gettext("Export %(number)s is complete", number=number)

    def __iter__(self) -> Iterator[bytes]:
        digest, count, last = hashlib.sha256(), 0, b""
        # A session of its own: the request's has ended by the time the pieces are fetched.
        with Session(self._engine) as session:
            work_as(session, self._actor)

            def counted() -> Iterator[tuple[Cell, ...]]:
                nonlocal count
                take_the_time(session, _LONGEST_PAUSE)
                for cells in self._sheet.rows(session):
                    count += 1
                    yield cells

            with closing(self._pieces_of(counted())) as pieces:
                first = next(pieces)
                digest.update(first)
                yield first
                for piece in pieces:
                    if last:
                        yield last
                    digest.update(piece)
                    last = piece
            session.rollback()
            self._complete(session, count, digest.hexdigest())
        yield last

    def _complete(self, session: Session, rows: int, digest: str) -> None:
        with acting(session, self._reason):
            session.execute(
                sa.update(ExportLedger).where(ExportLedger.id == self.number).values(rows=rows, sha256=digest)
            )
        self.rows = rows


def workbook(layout: Layout) -> Pieces:
    """A roster as Excel."""
    return partial(stream_roster, layout)


def export(
    session: Session, request: ExportRequest, sheet: Sheet, form: Callable[[Layout], Pieces] = workbook
) -> Leaving:
    """Enters an export in the ledger, committed, and gives the file that may then leave, in a form.

    Raises Refused without the right to export, for a scope that is not the post's, or without a purpose.
    """
    demand(session, *request.right)
    if request.full_numbers and is_masked(session, request.right[0]):
        raise Refused(gettext("Posts of your level take out masked numbers only."), "full_numbers")
    top = session.scalar(sa.select(Organisation).where(Organisation.code == request.scope))
    if top is None:
        raise Refused(
            gettext('There is no organisation with the code "%(code)s" in your scope.', code=request.scope),
            "scope",
        )
    purpose = plain_text(request.purpose)
    if not purpose:
        raise Refused(gettext("Say what the file is for; the purpose stands in the ledger."), "purpose")
    with acting(session, gettext("Export: %(purpose)s", purpose=purpose)):
        entry = ExportLedger(
            organisation_id=top.id, purpose=purpose, subject=sheet.subject, columns=list(sheet.columns),
            filters=list(sheet.filters), full_numbers=request.full_numbers, way=request.way,
        )  # fmt: skip
        session.add(entry)
        session.flush()
        log(session, "export", "organisation", top.id, f"#{entry.id}")
        layout = _layout(session, entry, top, sheet)
    return Leaving(session, entry.id, sheet, form(layout))


def _layout(session: Session, entry: ExportLedger, top: Organisation, sheet: Sheet) -> Layout:
    """The pages around the rows: what the file is, and whose."""
    session.refresh(entry, ["exported_at", "account_id"])
    now = entry.exported_at.astimezone(ZoneInfo(TIME_ZONE))
    who = session.scalar(sa.select(Account.name).where(Account.id == entry.account_id))
    post = actor_of(session).post or ""
    day, number = f"{now:%Y-%m-%d}", str(entry.id)
    internal = gettext("Internal: do not pass on.")
    record = [
        (label("export_ledger", "id"), number),
        (label("export_ledger", "exported_at"), f"{now:%Y-%m-%d %H:%M:%S}"),
        (label("export_ledger", "account_id"), f"{who} ({actor_of(session).login}, {post})"),
        (label("export_ledger", "organisation_id"), f"{top.code} {top.name}"),
        (label("export_ledger", "purpose"), entry.purpose),
        (label("export_ledger", "filters"), " · ".join(sheet.filters) or "–"),
        (label("export_ledger", "columns"), " · ".join(column.heading for column in sheet.columns.values())),
        *sheet.record,
    ]
    return Layout(
        title=f"{top.short_name or top.name} {sheet.title}",
        columns=list(sheet.columns.values()),
        mark=[internal, gettext("Ledger no. %(number)s", number=number)],
        footer=[
            gettext("Made by %(who)s on %(day)s", who=who, day=day),
            gettext("For: %(purpose)s", purpose=entry.purpose),
        ],
        page_words=gettext("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
        properties={
            "author": str(who),
            "subject": entry.purpose,
            "category": internal,
            "comments": gettext("Ledger no. %(number)s", number=number),
        },
        record_name=gettext("Export ledger"),
        record=record,
    )
