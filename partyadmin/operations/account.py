"""Accounts, posts and who holds them."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused
from partyadmin.models import Account, Level, Organisation, Post, Tenure


def open_account(
    session: Session, login: str, name: str, organisation: Organisation, password_hash: str | None
) -> Account:
    """Opens an account in the open act; without a password hash nobody can sign in with it."""
    account = Account(login=login, name=name, organisation_id=organisation.id)
    session.add(account)
    session.flush()
    if password_hash is not None:
        set_password(session, account.id, password_hash)
    return account


def set_password(session: Session, account_id: int, password_hash: str) -> None:
    """Sets a password in the open act and ends the other sessions of the account."""
    session.execute(
        sa.text("SELECT set_password(:account_id, :password_hash)"),
        {"account_id": account_id, "password_hash": password_hash},
    )


def give_post(session: Session, account: Account, level: str, organisation: Organisation) -> Tenure:
    """Gives an account the post of a level at an organisation from today; opens the post where it is new."""
    post = session.scalar(
        sa.select(Post).where(
            Post.organisation_id == organisation.id, Post.level == level, Post.closed.is_(None)
        )
    )
    if post is None:
        post = Post(level=level, organisation_id=organisation.id)
        session.add(post)
        session.flush()
    tenure = Tenure(account_id=account.id, post_id=post.id)
    session.add(tenure)
    session.flush()
    return tenure


def parse_post(session: Session, written: str) -> tuple[str, Organisation]:
    """The level and the organisation of a post written LEVEL@CODE.

    Raises Refused, saying which half is wrong.
    """
    level, at, code = written.partition("@")
    if not at or not level or not code:
        raise Refused(
            gettext('"%(post)s" is no post: write LEVEL@CODE, for example city@001.', post=written), "post"
        )
    if session.get(Level, level) is None:
        levels = ", ".join(session.scalars(sa.select(Level.code).order_by(Level.code)))
        raise Refused(
            gettext('There is no level "%(level)s"; the levels are: %(levels)s.', level=level, levels=levels),
            "post",
        )
    organisation = session.scalar(sa.select(Organisation).where(Organisation.code == code))
    if organisation is None:
        raise Refused(gettext('There is no organisation with the code "%(code)s".', code=code), "post")
    return level, organisation


def only_post(session: Session, login: str, wanted: str | None) -> str:
    """The post in which a login acts on the command line: the wanted one, or the only one it holds.

    Raises Refused where the login is unknown, holds none, or several and none is wanted.
    """
    held = list(
        session.scalars(
            sa.select(Post)
            .join(Tenure, Tenure.post_id == Post.id)
            .join(Account, Account.id == Tenure.account_id)
            .where(
                Account.login == login,
                Account.closed.is_(None),
                Post.closed.is_(None),
                Tenure.since <= sa.func.current_date(),
                sa.func.coalesce(Tenure.until, sa.func.current_date()) >= sa.func.current_date(),
            )
            .order_by(Post.organisation_code, Post.level)
        )
    )
    if wanted is not None:
        return wanted
    if not held:
        raise Refused(gettext('No open account "%(login)s" holds a post today.', login=login), "login")
    if len(held) > 1:
        posts = ", ".join(str(post) for post in held)
        raise Refused(
            gettext(
                "%(login)s holds several posts: choose one with --post (%(posts)s).", login=login, posts=posts
            ),
            "post",
        )
    return str(held[0])
