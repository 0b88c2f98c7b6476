"""How far an order has come on its way into force, in amounts."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext

_ = lazy_gettext

Progress = Callable[[str, int, int], None]
"""Takes the stage, the amount done and the whole amount; 0 where it cannot be known."""

PLANNING, WRITING, SETTLING = "planning", "writing", "settling"
STAGES = {
    PLANNING: _("Planning once more"),
    WRITING: _("Writing records"),
    SETTLING: _("Checking the rules of the whole"),
}
SHARES = {PLANNING: 10, WRITING: 70, SETTLING: 20}
"""Percent of the whole time that a stage takes."""


def in_silence(stage: str, done: int, total: int) -> None:
    """Tells nobody."""
