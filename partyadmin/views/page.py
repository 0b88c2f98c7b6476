"""What every page shows: the person and post, the menu of what the post may use, the language, the banner."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request
from flask_admin import Admin
from flask_babel import get_locale, get_translations
from flask_login import current_user
from markupsafe import Markup

from partyadmin import identity
from partyadmin.db import db
from partyadmin.models import Installation
from partyadmin.models.codes import Level
from partyadmin.views.cells import today
from partyadmin.views.guides import guide_of
from partyadmin.views.headers import nonce
from partyadmin.views.labels import label_of, reads_chinese
from partyadmin.views.menu import entries_of
from partyadmin.views.rights import why

_KEPT_SECONDS = 60.0
_LANGUAGE_NAMES = {"zh_Hans_CN": "中文", "en": "English"}


def init_page(app: Flask, admin: Admin) -> None:
    """Gives every template what the frame of the page needs."""

    def frame() -> dict[str, Any]:
        return {
            "menu": entries_of(admin) if current_user.is_authenticated else [],
            "guide": guide_of(request.endpoint or ""),
            "person": current_user._get_current_object(),  # a proxy would look itself up at each mention
            "nonce": nonce,
            "html_language": "zh-CN" if reads_chinese() else "en",
            "other_languages": {
                code: name for code, name in _LANGUAGE_NAMES.items() if code != str(get_locale())
            },
            "posts": _posts,
            "post_words": _post_words,
            "is_demonstration": _is_demonstration,
            "past": g.get("past"),
            "today": today,
        }

    app.context_processor(frame)
    app.jinja_env.globals["why"] = why  # macros see no context
    # Flask-Babel looks for the request's catalogue at each word, which takes longer than the word itself.
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = _word


def _word(text: str, **values: Any) -> Markup:
    """A text of a template in the reader's language; the values in it are escaped."""
    here = g._get_current_object()
    if "catalogue" not in here:
        here.catalogue = get_translations()
    said = Markup(here.catalogue.ugettext(text))
    return said % values if "%" in said else said


def _posts() -> list[identity.PostHeld]:
    return identity.posts_held(db.session(), request.cookies.get(identity.COOKIE, ""))


def _post_words(organisation_name: str, level: str) -> str:
    return f"{organisation_name} · {label_of(Level, level)}"


def _is_demonstration() -> bool:
    """Whether the registry holds invented people; asked once a minute, since it is on every page."""
    now = time.monotonic()
    asked_at, answer = current_app.extensions.get("is_demonstration", (-_KEPT_SECONDS, False))
    if now - asked_at >= _KEPT_SECONDS:
        answer = bool(db.session.scalar(sa.select(Installation.demonstration)))
        current_app.extensions["is_demonstration"] = (now, answer)
    return bool(answer)
