"""One click out of a credit code that a superior has: the organisation stands in the superior's unit."""

from __future__ import annotations

from flask import request
from flask_babel import gettext
from markupsafe import Markup

from partyadmin.dictionary import Refused

_CHOSEN = "same_unit"
_CLASH = "rule_o02"
SUPERIORS_UNIT = "1"
"""The unit relation of an organisation that has no unit of its own."""


def offered(refused: Refused, place: str) -> str:
    """The sentence of a refusal; where credit codes clash, with the button for the superior's unit."""
    if refused.rule != _CLASH:
        return refused.sentence
    button = Markup('<button class="button small" form="record-form" name="{}" value="{}">{}</button>')
    chooses = button.format(_CHOSEN, place, gettext("Same unit as the superior"))
    return Markup("{} {}").format(refused.sentence, chooses)


def chosen() -> str | None:
    """The place for which the button was pressed in this request; None where it was not."""
    return request.form.get(_CHOSEN)
