"""Errors in plain sentences: what happened, what to do next; never SQL, never a trace."""

from __future__ import annotations

import logging
from typing import Any

import sqlalchemy as sa
from flask import Flask, g, render_template
from flask_babel import gettext, lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, SecurityError

from partyadmin.db import db
from partyadmin.dictionary import Refused, is_unavailable, refusal

_ = lazy_gettext
_log = logging.getLogger(__name__)

_UNREADABLE = (
    _("This request cannot be read"),
    _("A part of the address or the form is not what this page expects. Go back and try again."),
)
_SENTENCES = {
    400: _UNREADABLE,
    403: (
        _("Your post may not open this page"),
        _("The permission table gives it to another level. Switch posts, or ask the superior organisation."),
    ),
    404: (_("There is no such page or record"), _("It does not exist, or it lies outside your scope.")),
    405: _UNREADABLE,
    409: (_("Somebody else saved first"), _("Nothing of yours was written. Open the record again.")),
    413: (_("The file is too large"), _("A file has at most 20 MB. Scan with fewer dots or split it.")),
    500: (
        _("Something went wrong here"),
        _("Nothing was written. Try again; if it stays so, tell the system administrator the time."),
    ),
    503: (_("The registry is busy"), _("Nothing was written. Wait a moment and try again.")),
}
# A refusal that is no question of rights.
_STATUS_OF = {"stale": 409, "a_look_at_the_past_is_at_a_day_that_was": 400}


def init_errors(app: Flask) -> None:
    """Registers a page for every way in which a request can fail."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _without_token)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(sa.exc.TimeoutError, _busy)
    app.register_error_handler(Exception, _unknown)


def _page(code: int, sentence: str | None = None) -> Any:
    title, usual = _SENTENCES.get(code, _SENTENCES[400 if code < 500 else 500])
    db.session.rollback()
    g.pop("past", None)  # a refusal shows no day, and repeats nothing of the address
    return render_template("partyadmin/error.html", code=code, title=title, sentence=sentence or usual), code


def _http(error: HTTPException) -> Any:
    code = error.code or 500
    if isinstance(error, SecurityError):
        return str(
            _UNREADABLE[0]
        ), code  # under a foreign host name no address can be built, not even of a style
    # A redirect is an exception too, and goes its way.
    return error if code < 400 else _page(code)


def _without_token(_error: CSRFError) -> Any:
    return _page(400, gettext("The session changed, so nothing was written; open the page again."))


def _refused(refused: Refused) -> Any:
    return _page(_STATUS_OF.get(refused.rule or "", 403), refused.sentence)


def _database(error: DBAPIError) -> Any:
    if is_unavailable(error):
        return _bare(503)
    refused = refusal(error)
    known = refused.rule is not None
    if not known:
        _log.error("database error", exc_info=error)
    return _page(403 if known else 503 if _is_wait(error) else 500, refused.sentence)


def _is_wait(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", "") in ("55P03", "57014", "40P01", "40001")


def _busy(_error: Exception) -> Any:
    return _bare(503)


def _unknown(error: Exception) -> Any:
    _log.error("unexpected error", exc_info=error)
    return _bare(500)


def _bare(code: int) -> Any:
    """A page that asks the database nothing, since the database may be what failed."""
    title, sentence = _SENTENCES[code]
    db.session.rollback()
    return render_template("partyadmin/error_bare.html", title=title, sentence=sentence), code
