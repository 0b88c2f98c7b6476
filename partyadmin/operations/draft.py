"""Drafts: what somebody typed and has not registered; and that a form is registered once.

Keeping a draft is no act, since it makes nothing true: it stands under account and post, unseen by others.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import Draft

SHEET = "sheet"
"""The field of a form that carries the name of its sheet."""
DAYS = 30
"""How long a draft is offered."""
_MOST = 40
_SHEET = re.compile(r"[0-9a-f]{32}")


class AlreadyRegistered(Refused):
    """This sheet was registered before: a double click, or the browser's way back. `key` is its record."""

    def __init__(self, key: str | None):
        super().__init__(rule_sentence("a_form_is_registered_once"), rule="a_form_is_registered_once")
        self.key = key


@dataclass(frozen=True)
class Sheet:
    """One opening of a form: its random name, the noun, and the key of the record (None for a new one)."""

    name: str
    form: str
    record: str | None


@dataclass(frozen=True)
class KeptFile:
    """A chosen file as the draft keeps it; read like an upload."""

    filename: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def read(self) -> bytes:
        return self.content


def new_sheet_name() -> str:
    """A name that nobody guesses."""
    return secrets.token_hex(16)


def is_sheet_name(text: str) -> bool:
    """Whether a text can be the name of a sheet."""
    return bool(_SHEET.fullmatch(text))


def keep(
    session: Session, sheet: Sheet, fields: dict[str, str], file: KeptFile | None, kept_digest: str | None
) -> datetime | None:
    """Keeps what was typed; a file that was kept before stays where its digest is named.

    Returns when it was kept; None for a form that is registered already.
    Raises IntegrityError where the draft is too large.
    """
    _make_room(session)
    new = insert(Draft).values(
        sheet=sheet.name, form=sheet.form, record=sheet.record, fields=fields,
        file=file.content if file else None, file_name=file.filename if file else None,
    )  # fmt: skip
    changed: dict[str, Any] = {"fields": new.excluded.fields, "saved_at": sa.func.clock_timestamp()}
    changed |= {"file": new.excluded.file, "file_name": new.excluded.file_name}
    if file is None and kept_digest is not None:
        stays = sa.func.encode(sa.func.sha256(Draft.file), "hex") == kept_digest
        changed |= {name: sa.case((stays, getattr(Draft, name))) for name in ("file", "file_name")}
    kept = new.on_conflict_do_update(
        constraint="draft_is_one_sheet", set_=changed, where=Draft.transaction_id.is_(None)
    )
    return session.scalar(kept.returning(Draft.saved_at))


def drop(session: Session, sheet_name: str) -> None:
    """Empties a draft that is no longer wanted."""
    session.execute(
        sa.update(Draft).where(Draft.sheet == sheet_name, Draft.fields.is_not(None)).values(_EMPTY)
    )


def drafts_of(session: Session, form: str | None = None, record: str | None = None) -> Sequence[Any]:
    """One's own drafts in the acting post, newest first; of one form where it is named."""
    query = sa.select(Draft.sheet, Draft.form, Draft.record, Draft.fields, Draft.file_name, Draft.saved_at)
    query = query.where(Draft.fields.is_not(None), Draft.saved_at > _oldest())
    if form is not None:
        query = query.where(Draft.form == form, Draft.record.is_not_distinct_from(record))
    return session.execute(query.order_by(Draft.saved_at.desc())).all()


def kept_file(session: Session, sheet_name: str) -> KeptFile | None:
    """The file that the draft of a sheet keeps."""
    row = session.execute(
        sa.select(Draft.file_name, Draft.file).where(Draft.sheet == sheet_name, Draft.file.is_not(None))
    ).one_or_none()
    return None if row is None else KeptFile(row.file_name, row.file)


def register(session: Session, sheet: Sheet) -> None:
    """Empties the draft of a sheet in the act that registers it, so that the sheet is taken once.

    A second act of the same sheet waits for the first. Raises AlreadyRegistered; then the act must not go on.
    """
    act = sa.func.current_act()
    new = insert(Draft).values(sheet=sheet.name, form=sheet.form, record=sheet.record, transaction_id=act)
    taken = new.on_conflict_do_update(
        constraint="draft_is_one_sheet",
        set_={**_EMPTY, "transaction_id": act},
        where=Draft.transaction_id.is_(None),
    )
    if session.scalar(taken.returning(Draft.id)) is None:
        raise AlreadyRegistered(session.scalar(sa.select(Draft.registered).where(Draft.sheet == sheet.name)))


def became(session: Session, sheet: Sheet, key: Any) -> None:
    """Notes which record a registered sheet became, in the same act."""
    session.execute(sa.update(Draft).where(Draft.sheet == sheet.name).values(registered=str(key)))


_EMPTY: dict[str, Any] = {"fields": None, "file": None, "file_name": None}


def _oldest() -> Any:
    return sa.func.now() - sa.func.make_interval(0, 0, 0, DAYS)


def _make_room(session: Session) -> None:
    """Empties what is too old to be offered, and the oldest where a person keeps many."""
    newest = sa.select(Draft.id).where(Draft.fields.is_not(None)).order_by(Draft.saved_at.desc())
    surplus = Draft.id.in_(newest.offset(_MOST - 1))
    session.execute(
        sa.update(Draft)
        .where(Draft.fields.is_not(None), sa.or_(surplus, Draft.saved_at <= _oldest()))
        .values(_EMPTY)
        .execution_options(synchronize_session=False)
    )
