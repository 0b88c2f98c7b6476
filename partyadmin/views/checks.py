"""The panel beside a member's form: what is right in it, and what is to be looked at."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from partyadmin.db import db
from partyadmin.dictionary import Refused, label, rule_sentence
from partyadmin.operations.member import Examined, Fault, is_registered
from partyadmin.views.fields import MASK

_ = lazy_gettext

NUMBER_RULES = ("a_number_is_taken_once", "id_number_is_registered_once")
# What may be said where all of the fields are filled in and none of the rules is broken.
_GOOD: tuple[tuple[tuple[str, ...], tuple[str, ...], Any], ...] = (
    (("M05", "M06", "M09"), ("id_number",), _("The ID number has 18 characters, and the last one fits.")),
    (("M07", "M08"), ("id_number",), _("The ID number holds a province and a possible birth date.")),
    (("M04",), ("id_number", "sex"), _("The 17th digit of the ID number fits the sex.")),
    (("M15", "M16"), ("join_date", "birth_date"), _("The person was 18 or older on the joining date.")),
    (("M01", "M02", "M17"), ("join_date", "full_date"), _("The probation fits the era of joining.")),
    (("M18", "M19"), ("person_type", "full_date"), _("The conversion date fits the type of person.")),
    (("M23",), ("mobile",), _("The mobile number has 11 digits.")),
)


class Line(NamedTuple):
    """One sentence of the panel, the field it speaks of, and the record it leads to.

    `is_about_others` marks the answer that is not asked for again while a form is typed.
    """

    text: str
    is_good: bool
    field: str | None = None
    href: str | None = None
    is_about_others: bool = False


class Checks(NamedTuple):
    """All lines, and what the ID number fills into empty fields."""

    lines: list[Line]
    fill: dict[str, str]

    @property
    def good(self) -> int:
        """How many of the lines are good news."""
        return sum(line.is_good for line in self.lines)


def sentence_of(fault: Fault) -> str:
    """What a fault says; a missing item by its name."""
    return fault.sentence or gettext("%(field)s must be filled in.", field=label("member", field_of(fault)))


def field_of(fault: Fault) -> str:
    """The field that a fault points at."""
    return "mobile" if fault.field == "phone" else fault.field


def checks_of(examined: Examined, registered: Line | None = None) -> Checks:
    """The panel for a row that was examined; what is missing is not told before the form is saved."""
    broken = {fault.rule for fault in examined.faults}
    lines = [
        Line(sentence_of(fault), False, field_of(fault)) for fault in examined.faults if fault.rule != "M14"
    ]
    for rules, fields, sentence in _GOOD:
        if not broken & set(rules) and examined.held >= set(fields):
            lines.append(Line(str(sentence), True))
    if registered is not None:
        lines.insert(0, registered)
    born = examined.number_birth
    if born is not None and examined.birth_date is not None:
        lines.append(
            Line(gettext("The birth date is the one in the ID number."), True)
            if born == examined.birth_date
            else Line(
                gettext("The ID number says %(day)s; the personnel file decides.", day=born.isoformat()),
                False,
                "birth_date",
            )
        )
    fill = {"birth_date": born.isoformat() if born else None, "sex": examined.number_sex}
    return Checks(lines, {name: value for name, value in fill.items() if value})


def number_line(examined: Examined, number: str | None, own: int | None) -> Line | None:
    """Whether a number that can be one is taken by another member; the question is logged."""
    if not number or MASK in number or examined.number_birth is None:
        return None
    taken, found = is_registered(db.session(), number)
    href = None if found is None else url_for("member.details_view", id=found)
    return registered_line(taken and (found is None or found != own), href)


def taken_number(refused: Refused, number: str) -> str:
    """Says where a taken number is registered, as far as the reader may know; the question is logged."""
    _, found = is_registered(db.session(), number)
    db.session.commit()
    if found is None:
        return outside_scope()
    href = url_for("member.details_view", id=found)
    return Markup('{} <a href="{}">{}</a>').format(refused.sentence, href, gettext("Open that member"))


def registered_line(registered: bool, href: str | None) -> Line:
    """Whether the number is taken; where, only inside the reader's scope."""
    if not registered:
        return Line(gettext("No other member has this ID number."), True, is_about_others=True)
    sentence = rule_sentence("a_number_is_taken_once") if href else outside_scope()
    return Line(sentence, False, "id_number", href, is_about_others=True)


def outside_scope() -> str:
    """What is told of a number that somebody else's scope holds."""
    return gettext("This ID number is already registered outside your scope; ask the superior organisation.")
