"""Who is it, and in which post: our own session rows, Flask-Login, and the needs of Flask-Principal."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
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
from partyadmin.db import Actor, db, work_as
from partyadmin.dictionary import Refused

COOKIE = "partyadmin_session"
# 19 MiB and two passes: 34 ms of one core; two at once, so that a flood of sign-ins leaves the server alive.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_hashing = BoundedSemaphore(2)
_NOBODYS_HASH = _hasher.hash(secrets.token_urlsafe(16))  # an unknown login costs the same work

login_manager = LoginManager()
principal = Principal(use_sessions=False, skip_static=True)


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


def sign_out(session: Session, token: str) -> None:
    """Ends the session row for good; a copied cookie is worth nothing afterwards."""
    session.execute(sa.text("SELECT end_session(:token)"), {"token": _digest(token)})
    session.commit()


def posts_held(session: Session, token: str) -> list[PostHeld]:
    """The posts that the person of the session holds today."""
    rows = session.execute(sa.text("SELECT * FROM posts_of_session(:token)"), {"token": _digest(token)})
    return [PostHeld(*row) for row in rows]


def switch_post(session: Session, token: str, post_id: int) -> bool:
    """Lets the session act in another post of the same person; False where it is none of theirs."""
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
    person = SignedIn(*row)
    if person.post is not None:
        work_as(db.session(), Actor(person.login, person.post, req.remote_addr))
    return person


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
