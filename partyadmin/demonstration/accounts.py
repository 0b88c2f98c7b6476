"""One account for each level of the permission table, so that a visitor can see each face of the registry."""

from __future__ import annotations

import secrets
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.identity import hash_password
from partyadmin.models import Account, Level, Organisation
from partyadmin.operations import acting
from partyadmin.operations.account import give_post, open_account, set_password


class ShowcaseAccount(NamedTuple):
    """An account of the demonstration: its password exists only here and in the file that `run` keeps."""

    login: str
    password: str
    post: str
    name: str


# Of each level the first organisation with ordinary work: something below it, or a branch of usual size;
# those right below the root come first, the others are then found in one county.
_SHOWCASE = sa.text("""
    SELECT DISTINCT ON (level_of(o.id)) level_of(o.id) AS level, o.id
      FROM organisation o LEFT JOIN branch_count c ON c.branch_id = o.id
     WHERE o.ended IS NULL
       AND (c.counted BETWEEN 8 AND 45 OR EXISTS (SELECT FROM organisation b WHERE b.parent_id = o.id))
     ORDER BY level_of(o.id), length(o.code) = 6 DESC, o.code
""")


def open_showcase_accounts(session: Session) -> list[ShowcaseAccount]:
    """Opens an account for each level, technical ones at the root; gives those that exist new passwords."""
    with acting(session, gettext("Accounts of the demonstration")):
        places = {row.level: row.id for row in session.execute(_SHOWCASE)}
        root = session.scalar(sa.select(Organisation.id).where(Organisation.parent_id.is_(None)))
        return [
            _open(
                session, level, session.get_one(Organisation, root if level.technical else places[level.code])
            )
            for level in session.scalars(sa.select(Level).order_by(Level.technical, Level.code))
            if level.technical or level.code in places
        ]


def _open(session: Session, level: Level, organisation: Organisation) -> ShowcaseAccount:
    password = secrets.token_urlsafe(12)
    name = f"示例{level.label_zh}"[:60]
    login = level.code.replace("_", "-")
    account = session.scalar(sa.select(Account).where(Account.login == login))
    if account is None:
        account = open_account(session, login, name, organisation, None)
        give_post(session, account, level.code, organisation)
    set_password(session, account.id, hash_password(password))
    return ShowcaseAccount(login, password, f"{level.code}@{organisation.code}", name)
