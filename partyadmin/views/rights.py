"""Rights as a view declares them: functions of the permission table and letters, any of which will do."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from partyadmin import access
from partyadmin.db import db

Rights = tuple[tuple[str, str], ...]

NOBODY: Rights = ()
ANY_POST: Rights = (("any post", ""),)
"""Open to everybody who acts in a post, whatever its letters."""
EXPORTERS: Rights = (("P10", "X"),)


def holds(rights: Rights) -> bool:
    """Whether the post of this request has one of the rights."""
    # No needs are loaded below /static/, where an error page is still a page.
    if not current_user.is_authenticated or current_user.post is None or "identity" not in g:
        return False
    return rights is ANY_POST or any(access.may(function, letters).can() for function, letters in rights)


def demand(rights: Rights) -> None:
    """Refuses inside an act unless the acting post has one of the rights as the table stands now.

    Raises Refused.
    """
    held = [right for right in rights if access.may(*right).can()]
    function, letters = (held or rights)[0]
    access.demand(db.session(), function, letters)
