"""Closed lists that are a check of the schema and no table: their values in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from flask_babel import get_locale, gettext, lazy_gettext

from partyadmin.dictionary import label
from partyadmin.models import KEY_FIELDS

_ = lazy_gettext

INTAKE = {"registered": _("Registered"), "stock": _("Stock")}
_LETTERS = {
    "W": _("W write"), "A": _("A approve"), "R": _("R report"), "P": _("P propose"),
    "V": _("V view"), "X": _("X export"), "C": _("C confirm"), "-": _("- none"),
}  # fmt: skip
_EVENTS = {
    "sign-in": _("Signed in"), "sign-in refused": _("Sign-in refused"), "sign-out": _("Signed out"),
    "post switched": _("Post switched"), "number looked up": _("Number looked up"),
    "number taken": _("Number taken"), "number revealed": _("Number revealed"),
    "document read": _("Document read"), "import": _("Import"), "export": _("Export"),
    "printed": _("Printed"), "refused": _("Access refused"),
    "look begun": _("Look with another person's eyes begun"),
    "look ended": _("Look with another person's eyes ended"),
}  # fmt: skip
DELEGATED = (
    "education", "mobile", "landline", "address", "job_post", "lost", "lost_month", "is_mobile",
    "destination", "destination_text", "remark",
)  # fmt: skip

CLOSED_LISTS: dict[tuple[str, str], dict[str, object]] = {
    ("member", "intake"): INTAKE,
    ("organisation", "intake"): INTAKE,
    ("unit", "intake"): INTAKE,
    ("permission", "letter"): _LETTERS,
    ("access_log", "kind"): _EVENTS,
    ("job", "kind"): {
        "import check": _("Check without writing"),
        "import": _("Import"),
        "change order": _("Change order taking effect"),
    },
    ("job", "state"): {
        "queued": _("Queued"),
        "running": _("Running"),
        "done": _("Done"),
        "failed": _("Broke off"),
        "refused": _("Refused"),
    },
    ("export_ledger", "way"): {
        "screen": _("Excel, by the screen"),
        "print": _("On paper"),
        "command line": _("Excel, by the command line"),
    },
    ("time_limit", "code"): {
        "report": _("Report by the branch, in working days"),
        "entry": _("Entry by the committee, in working days"),
        "suspension": _("Suspension, in months"),
        "order": _("Change order of the superior, in working days"),
    },
    ("calendar_day", "kind"): {"off": _("Holiday"), "work": _("Make-up working day")},
    ("field_delegation", "field"): dict.fromkeys(DELEGATED),
    ("evidence", "field"): dict.fromkeys(KEY_FIELDS),
    ("key_change", "field"): dict.fromkeys(KEY_FIELDS),
}


def words(table: str, column: str) -> Mapping[str, str]:
    """The values of a closed list in the reader's language."""
    return _words(table, column, str(get_locale()))


def word_of(table: str, column: str, value: str) -> str:
    """One value of a closed list in the reader's language."""
    return words(table, column)[value]


@lru_cache(256)
def _words(table: str, column: str, _language: str) -> Mapping[str, str]:
    # A field of members is called what the member's own column is called.
    told = CLOSED_LISTS[table, column].items()
    return MappingProxyType({value: str(word) if word else label("member", value) for value, word in told})


def yes_no() -> dict[bool, str]:
    """The two answers in the reader's language."""
    return {True: gettext("Yes"), False: gettext("No")}
