"""Asks before something is given up: a page between the button and the deed, which needs no script."""

from __future__ import annotations

from flask import request
from flask_admin import BaseView

_SURE = "sure"


def first_ask(view: BaseView, question: str, button: str, back: str) -> str | None:
    """The page that asks, with all that was sent; None once the person has pressed its button.

    The button says what is done; `back` is where nothing has happened.
    """
    if request.form.get(_SURE) == "1":
        return None
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", _SURE)]
    page: str = view.render(
        "partyadmin/ask.html",
        question=question,
        button=button,
        back=back,
        sent=[*sent, (_SURE, "1")],
    )
    return page
