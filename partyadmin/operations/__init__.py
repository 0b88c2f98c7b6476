"""Verbs, one file per noun; each works in one act of the session's actor and knows neither HTTP nor forms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy_continuum import version_class

from partyadmin.db import Base, act
from partyadmin.dictionary import Refused, refusal


class Stale(Refused):
    """Someone else saved the record in the meantime: who, when, and each field's value now."""

    def __init__(self, who: str, when: str, changes: dict[str, tuple[Any, Any]]):
        super().__init__(
            gettext(
                "%(who)s saved this record at %(when)s, after you opened it. "
                "Nothing of yours was written; it stays in the form.",
                who=who,
                when=when,
            ),
            rule="stale",
        )
        self.changes = changes


class ActRow(NamedTuple):
    """One act behind the versions of a record, as the door acts_of tells it."""

    transaction_id: int
    issued_at: Any
    account_name: str
    post: str | None
    organisation_name: str | None
    organisation_phone: str | None
    reason: str
    document_id: int | None
    document_number: str | None
    document_title: str | None
    remote_addr: str | None


@contextmanager
def acting(
    session: Session, reason: str, document_id: int | None = None, *, rehearsal: bool = False
) -> Iterator[int]:
    """One act, one transaction: commits at the end; any error rolls everything back.

    A rehearsal hears all that the database would say at the commit, and is undone instead. Yields the act
    number. Raises Refused for what the database refuses, at commit included.
    """
    try:
        yield act(session, reason, document_id)
        if rehearsal:
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.rollback()
        else:
            session.commit()
    except DBAPIError as error:
        session.rollback()
        raise refusal(error) from error
    except BaseException:
        session.rollback()
        raise


def lock(session: Session, record: Base, opened_ver: int) -> None:
    """Locks a record for a change and refuses one that was saved since it was opened.

    Raises Stale with the values that differ between the opened version and the present one.
    """
    session.refresh(record, with_for_update=True)
    if record.ver == opened_ver:  # type: ignore[attr-defined]
        return
    versions = version_class(type(record))
    key = sa.inspect(type(record)).primary_key[0].name
    opened = session.scalar(sa.select(versions).filter_by(**{key: getattr(record, key), "ver": opened_ver}))
    last = session.scalar(sa.select(versions).filter_by(**{key: getattr(record, key), "ver": record.ver}))  # type: ignore[attr-defined]
    if opened is None or last is None:
        raise Refused(gettext("This form is out of date; open the record again."), rule="stale")
    names = [column.key for column in sa.inspect(type(record)).columns if column.key != "ver"]
    changes = {
        name: (getattr(opened, name), getattr(last, name))
        for name in names
        if getattr(opened, name) != getattr(last, name)
    }
    by = {row.transaction_id: row for row in acts_of(session, record)}.get(last.transaction_id)
    raise Stale(
        by.account_name if by else gettext("Someone"),
        by.issued_at.astimezone().strftime("%Y-%m-%d %H:%M") if by else "",
        changes,
    )


def acts_of(session: Session, record: Base) -> list[ActRow]:
    """The acts behind the versions of a record: empty for a record out of scope."""
    rows = session.execute(
        sa.text("SELECT * FROM acts_of(:subject, :id)"),
        {"subject": type(record).__tablename__, "id": getattr(record, "id", None)},
    )
    return [ActRow(*row) for row in rows]
