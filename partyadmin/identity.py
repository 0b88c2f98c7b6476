"""Who is it, and in which post: our own session rows, Flask-Login, and the needs of Flask-Principal."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import NamedTuple

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Flask, Request, Response, request
from flask_babel import gettext
from flask_login import LoginManager, UserMixin, current_user
from flask_principal import Identity, Principal
from sqlalchemy.orm import Session

from partyadmin.access import needs_of_level
from partyadmin.db import Actor, Eyes, db, work_as
from partyadmin.dictionary import Refused
from partyadmin.operations import acting

COOKIE = "partyadmin_session"
_SEEN = (
    "account_id",
    "post_id",
    "post",
    "level",
    "organisation_id",
    "organisation_code",
    "organisation_name",
)
# 19 MiB and two passes: 34 ms of one core; two at once, so that a flood of sign-ins leaves the server alive.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = BoundedSemaphore(2)
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))  # an unknown login costs the same work

login_manager = LoginManager()
principal = Principal(use_sessions=False, skip_static=True)


@dataclass(frozen=True)
class Look:
    """With whose eyes a session looks; once it is over the session acts for itself, and is told so first."""

    name: str
    organisation_name: str
    level: str
    is_over: bool


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]
    """The person behind a session and the post they act in; its columns are None while they hold none."""

    account_id: int
    login: str
    name: str
    post_id: int | None
    post: str | None
    level: str | None
    organisation_id: int | None
    organisation_code: str | None
    organisation_name: str | None
    sees_records: bool
    look: Look | None = None
    """With whose eyes: then account, post and organisation are those of the other; login and name stay."""

    def get_id(self) -> str:
        return str(self.account_id)


class PostHeld(NamedTuple):
    """One of the posts that the signed-in person may switch to."""

    post_id: int
    post: str
    level: str
    organisation_name: str


def hash_password(password: str) -> str:
    """The argon2id hash of a password.

    Raises Refused for a password of fewer than 12 or more than 200 characters.
    """
    if not 12 <= len(password) <= 200:
        raise Refused(
            gettext("A password has at least 12 and at most 200 characters."), "password", "password"
        )
    with _hashing:
        return _hasher.hash(password)


def sign_in(session: Session, login: str, password: str, client: str, agent: str) -> str:
    """Checks a password and opens a session row; returns the token for the cookie.

    Raises Refused, in the same words whether the login or the password is wrong; every try is logged.
    """
    row = session.execute(sa.text("SELECT * FROM sign_in(:login)"), {"login": login}).one_or_none()
    session.commit()  # no connection is held while the hash is computed
    wait = row.wait_seconds if row else 0
    succeeded = (
        _is_password(row.password_hash if row else _NOBODYS_HASH, password) and row is not None and wait == 0
    )
    session.execute(
        sa.text("SELECT log_sign_in(:login, :succeeded, :client)"),
        {"login": login[:40], "succeeded": succeeded, "client": client},
    )
    token = secrets.token_urlsafe(32)
    if succeeded:
        session.execute(
            sa.text("SELECT start_session(:token, :login, :client, :agent)"),
            {"token": _digest(token), "login": login, "client": client, "agent": agent},
        )
    session.commit()
    if wait > 0:
        raise Refused(
            gettext("Too many wrong passwords: try again in %(seconds)s seconds.", seconds=wait), "password"
        )
    if not succeeded:
        raise Refused(gettext("Login or password is wrong."), "password")
    return token


def knows_password(session: Session, login: str, password: str, client: str) -> bool:
    """Whether it is the present password of a signed-in person, who is about to change it."""
    row = session.execute(sa.text("SELECT * FROM sign_in(:login)"), {"login": login}).one_or_none()
    session.commit()  # no connection is held while the hash is computed
    if row is not None and row.wait_seconds == 0 and _is_password(row.password_hash, password):
        return True
    # A wrong one counts like a refused sign-in, so that a borrowed session cannot guess for ever.
    session.execute(sa.text("SELECT log_sign_in(:login, false, :client)"), {"login": login, "client": client})
    session.commit()
    return False


def begin_look(session: Session, token: str, account_id: int, post_id: int, reason: str) -> None:
    """Lets the session see what another person sees in a post, from its next transaction on.

    The reason is an act of its own. Raises Refused for a post in which one may not look.
    """
    with acting(session, reason):
        session.execute(
            sa.text("SELECT begin_look(:token, :account_id, :post_id)"),
            {"token": _digest(token), "account_id": account_id, "post_id": post_id},
        )


def end_look(session: Session, token: str) -> None:
    """Lets the session's person act in their own post again."""
    session.rollback()
    work_as(session, None)
    session.execute(sa.text("SELECT end_look(:token)"), {"token": _digest(token)})
    session.commit()


def sign_out(session: Session, token: str) -> None:
    """Ends the session row for good; a copied cookie is worth nothing afterwards."""
    session.rollback()
    work_as(session, None)  # who looks with another person's eyes writes nothing, not even this
    session.execute(sa.text("SELECT end_session(:token)"), {"token": _digest(token)})
    session.commit()


def posts_held(session: Session, token: str) -> list[PostHeld]:
    """The posts that the person of the session holds today."""
    rows = session.execute(sa.text("SELECT * FROM posts_of_session(:token)"), {"token": _digest(token)})
    return [PostHeld(*row) for row in rows]


def switch_post(session: Session, token: str, post_id: int) -> bool:
    """Lets the session act in another post of the same person; False where it is none of theirs."""
    session.rollback()
    work_as(session, None)
    switched = session.scalar(
        sa.text("SELECT switch_post(:token, :post_id)"), {"token": _digest(token), "post_id": post_id}
    )
    session.commit()
    return bool(switched)


def set_cookie(response: Response, token: str) -> Response:
    """Hands the token to the browser: for this site, this browser session, and no script."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


def init_identity(app: Flask) -> None:
    """Connects Flask-Login and Flask-Principal: each request is a session row or nobody."""
    login_manager.init_app(app)
    login_manager.request_loader(_load_person)
    principal.init_app(app)
    principal.identity_loader(_load_identity)


def _load_person(req: Request) -> SignedIn | None:
    token = req.cookies.get(COOKIE, "")
    if not 20 <= len(token) <= 100:
        return None
    work_as(db.session(), None)
    row = db.session.execute(
        sa.text("SELECT * FROM session_of(:token)"), {"token": _digest(token)}
    ).one_or_none()
    db.session.commit()  # the next statement begins a transaction that enters the post
    if row is None:
        return None
    *told, looks = row
    person = SignedIn(*told)
    if person.post is None:
        return person
    actor = Actor(person.login, person.post, req.remote_addr)
    if looks:
        person, actor = _look_of(token, person, actor)
    work_as(db.session(), actor)
    return person


def _look_of(token: str, person: SignedIn, actor: Actor) -> tuple[SignedIn, Actor]:
    """The person in the place of the one whose eyes they look with; in their own once that is over."""
    seen = db.session.execute(sa.text("SELECT * FROM look_of(:token)"), {"token": _digest(token)}).one()
    db.session.commit()
    look = Look(seen.name, seen.organisation_name, seen.level, seen.is_over)
    if look.is_over:
        return replace(person, look=look), actor
    place = {name: getattr(seen, name) for name in _SEEN}
    eyes = Eyes(seen.account_id, seen.post_id)
    return replace(person, **place, look=look), replace(actor, eyes=eyes)


def _load_identity() -> Identity | None:
    if not current_user.is_authenticated:
        return None
    identity = Identity(current_user.account_id)
    if current_user.level is not None:
        identity.provides.update(needs_of_level(db.session(), current_user.level))
    return identity


def _is_password(password_hash: str, password: str) -> bool:
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
