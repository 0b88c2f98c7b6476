"""partyadmin: a registry of Party organisations and members."""

from __future__ import annotations

from flask import Flask, request
from flask import session as browser
from flask_babel import Babel
from flask_wtf import CSRFProtect

from partyadmin.config import TIME_ZONE, Config
from partyadmin.db import db
from partyadmin.dictionary import load_words
from partyadmin.identity import init_identity
from partyadmin.install import engine_url
from partyadmin.views import LANGUAGES, init_views


def create_app(config: Config | None = None) -> Flask:
    """The application on an installed registry (see install.ready), as the role that owns nothing."""
    config = config or Config.from_environment()
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=engine_url(config, "app"),
        MAX_CONTENT_LENGTH=config.max_upload + 1024 * 1024,  # the form around one file of the largest size
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        TRUSTED_HOSTS=list(config.hosts),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        WTF_CSRF_TIME_LIMIT=None,  # a form may stay open as long as the session does
        WTF_CSRF_SSL_STRICT=False,  # it wants the referrer, which no page of ours sends
        BABEL_DOMAIN="partyadmin",
        BABEL_DEFAULT_LOCALE=config.locale,
        BABEL_DEFAULT_TIMEZONE=TIME_ZONE,
        PARTYADMIN=config,
    )
    Babel(app, locale_selector=_language)
    db.init_app(app)
    init_identity(app)
    CSRFProtect(app)  # after the identity: the page of a refusal knows who reads it
    init_views(app)
    with app.app_context(), db.engine.connect() as connection:
        load_words(connection)
    return app


def _language() -> str | None:
    if not request:
        return None
    chosen = browser.get("language")
    return chosen if chosen in LANGUAGES else None
