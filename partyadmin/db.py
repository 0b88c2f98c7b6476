"""The database session: who acts in it, and how Continuum reads the versions that triggers write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Mapper, Session, SessionTransaction
from sqlalchemy_continuum import VersioningManager
from sqlalchemy_continuum.plugins import Plugin


class Base(DeclarativeBase):
    """Base of all models; their tables are made by schema.sql, never by create_all."""


@dataclass(frozen=True)
class Past:
    """A day that is looked at, and the moment whose knowledge is shown: None for what is known now."""

    day: date
    known_at: datetime | None = None


@dataclass(frozen=True)
class Eyes:
    """Another person, in a post of theirs: what they see is shown, and nothing can be written."""

    account_id: int
    post_id: int


@dataclass(frozen=True)
class Actor:
    """Who works in a session: an account, in one of its posts (LEVEL@CODE, None for the installer).

    `past` is what past_member shows to it; `eyes` with whose it sees, where not with its own.
    """

    login: str
    post: str | None
    client: str | None = None
    past: Past | None = None
    eyes: Eyes | None = None


INSTALLER = Actor("installation", None)

ENGINE_OPTIONS: dict[str, Any] = {
    # Values stay out of logs and error texts; a frozen client frees its locks, and so does a dead one whose
    # statement goes on; an exhausted pool answers at once.
    "hide_parameters": True,
    "pool_pre_ping": True,
    "pool_size": 10,
    "max_overflow": 6,
    "pool_timeout": 2,
    "connect_args": {
        "options": "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"
        " -c client_connection_check_interval=2s",
        "prepare_threshold": None,
    },
}

db = SQLAlchemy(model_class=Base, engine_options=ENGINE_OPTIONS, session_options={"expire_on_commit": False})


def work_as(session: Session, actor: Actor | None) -> None:
    """Lets each transaction of the session begin in the actor's post; without an actor it sees nothing."""
    session.info["actor"] = actor


def actor_of(session: Session) -> Actor:
    """The actor of the session.

    Raises LookupError where nobody works in it.
    """
    actor = session.info.get("actor")
    if actor is None:
        raise LookupError("nobody works in this session")
    return actor  # type: ignore[no-any-return]


def look_at(session: Session, past: Past) -> None:
    """Lets past_member show a day to the session's actor, now and in all its later transactions.

    Raises DBAPIError (see dictionary.refusal) for a day that is not past.
    """
    _show(session.connection(), past)
    work_as(session, replace(actor_of(session), past=past))


def _show(connection: sa.Connection, past: Past) -> None:
    connection.execute(sa.text("SELECT look_at(:day, :known_at)"), vars(past))


@event.listens_for(Session, "after_begin")
def _enter(session: Session, transaction: SessionTransaction, connection: sa.Connection) -> None:
    actor = session.info.get("actor")
    if actor is not None and not transaction.nested:  # a savepoint stands in the act that is open
        values = {"login": actor.login, "post": actor.post, "client": actor.client}
        if actor.eyes is None:
            connection.execute(sa.text("SELECT enter(:login, :post, :client)"), values)
        else:
            seen = "SELECT look_as(:login, :post, :client, :account_id, :post_id)"
            connection.execute(sa.text(seen), values | vars(actor.eyes))
        if actor.past is not None:
            _show(connection, actor.past)


def act(session: Session, reason: str, document_id: int | None = None) -> int:
    """Opens an act of the session's actor and returns its number; nothing can be written before.

    Raises IntegrityError (see dictionary.refusal) when the post is no longer held or the reason is missing.
    """
    actor = actor_of(session)
    number = session.scalar(
        sa.text("SELECT act(:login, :post, :reason, :document_id)"),
        {"login": actor.login, "post": actor.post, "reason": reason, "document_id": document_id},
    )
    assert isinstance(number, int)
    return number


class _VersionIsKey(Plugin):  # type: ignore[misc]
    """A record may change twice in one act, so its versions are told apart by their number."""

    def after_build_version_table_columns(self, builder: Any, columns: list[sa.Column[Any]]) -> None:
        for column in columns:
            if column.name == "ver":
                column.primary_key = True
                column.nullable = False


# Triggers write the versions; Continuum only maps and reads them,
# so it listens to mappers and never to sessions.
versioning = VersioningManager(
    options={"native_versioning": False, "strategy": "subquery", "create_composite_index": False},
    plugins=[_VersionIsKey()],
)

versioning.apply_class_configuration_listeners(Mapper)
