"""What waits for a post and below it; each matter stands here and in waiting_below of the schema."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import Organisation
from partyadmin.views.cells import today
from partyadmin.views.report_subject import REPORTERS
from partyadmin.views.rights import ORDERERS, Rights, holds

_ = lazy_gettext
_MOST_BELOW = 12


@dataclass(frozen=True)
class Matter:
    """A kind of work: its name, what to do, on which list, and who is reminded of it."""

    name: Any
    short: Any
    advice: Any
    verb: Any
    list_of: Callable[[str], str]
    rights: Rights


_ENTERERS: Rights = tuple((function, "W") for function in ("P2", "P3", "P4", "P6", "P7", "P9"))

MATTERS = {
    "report overdue": Matter(
        _("Reports past their day"),
        _("Overdue"),
        _("The working days of the committee are over: enter, return or pause these first."),
        _("Enter"),
        lambda code: url_for("report.index_view", organisation=code, course="overdue"),
        (("P1", "V"),),
    ),
    "report open": Matter(
        _("Reports that wait to be entered"),
        _("Reports"),
        _("A branch has reported what happened: enter it, or return it with a reason."),
        _("Enter"),
        lambda code: url_for("report.index_view", organisation=code, course="waiting"),
        _ENTERERS,
    ),
    "report returned": Matter(
        _("Reports that were returned"),
        _("Returned"),
        _("The committee says what is missing: put it right and report again."),
        _("Put right"),
        lambda code: url_for("report.index_view", organisation=code, course="returned"),
        REPORTERS,
    ),
    "order overdue": Matter(
        _("Change orders past their day"),
        _("Orders overdue"),
        _("The working days since the document are over: apply the order, or withdraw it."),
        _("Put in force"),
        lambda code: url_for("change_order.index_view", organisation=code, state="draft"),
        ORDERERS,
    ),
    "order open": Matter(
        _("Change orders to be applied"),
        _("Orders"),
        _("Drawn up on a document and not in force yet: look at the preview, then apply it."),
        _("Put in force"),
        lambda code: url_for("change_order.index_view", organisation=code, state="draft"),
        ORDERERS,
    ),
    "probation over": Matter(
        _("Probation is over"),
        _("Probation"),
        _("The probation has ended, extension included: enter the conversions, or what was decided instead."),
        _("Convert"),
        lambda code: url_for("report.conversion_view", organisation=code),
        (("P1", "V"),),
    ),
    "suspension over": Matter(
        _("Suspended for 24 months"),
        _("Suspended"),
        _("Still not found after two years: the name is removed; found again: membership is restored."),
        _("Look"),
        lambda code: url_for("member.index_view", organisation=code, over="suspension"),
        (("P1", "V"),),
    ),
    "incomplete": Matter(
        _("Members to be completed"),
        _("Incomplete"),
        _("Loaded with a missing or faulty item: correct it on a document, and the member leaves the list."),
        _("Complete"),
        lambda code: url_for("member.index_view", organisation=code, intake="stock"),
        (("P1", "V"),),
    ),
    "scan missing": Matter(
        _("Documents without their scan"),
        _("No scan"),
        _("A key field changed on a document of which only the number is on file: add its scan or photo."),
        _("Add"),
        lambda code: url_for("owed_scan.index_view", organisation=code),
        (("P1", "V"),),
    ),
    "administrator missing": Matter(
        _("Committees without an administrator"),
        _("No administrator"),
        _("Each keeping committee has at least one information administrator: give somebody the post."),
        _("Appoint"),
        lambda code: url_for("post.index_view", organisation=code),
        (("O9", "W"),),
    ),
}


@dataclass(frozen=True)
class Waiting:
    """The matters of a subtree: numbers of the whole, and of each organisation directly below its top."""

    matters: list[tuple[Matter, str, int]]
    below: list[tuple[Organisation, list[tuple[str, int]]]]
    left_out: int


def waiting_below(code: str) -> Waiting:
    """What waits in a subtree of the scope, for the matters of which this post is reminded."""
    rows = db.session.execute(
        sa.text("SELECT * FROM waiting_below(:code, :today)"), {"code": code, "today": today()}
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for matter, below, number in rows:
        if holds(MATTERS[matter].rights):
            found[below][matter] = number
    kinds = [kind for kind in MATTERS if any(kind in numbers for numbers in found.values())]
    totals = {kind: sum(numbers.get(kind, 0) for numbers in found.values()) for kind in kinds}
    # At one's own organisation there is nobody below to remind.
    children = sorted((each for each in found if each != code), key=lambda each: -sum(found[each].values()))
    named = {
        organisation.code: organisation
        for organisation in db.session.scalars(
            sa.select(Organisation).where(Organisation.code.in_(children[:_MOST_BELOW]))
        )
    }
    return Waiting(
        [(MATTERS[kind], MATTERS[kind].list_of(code), totals[kind]) for kind in kinds],
        [
            (named[child], [(MATTERS[kind].list_of(child), found[child].get(kind, 0)) for kind in kinds])
            for child in children
            if child in named
        ],
        max(0, len(children) - _MOST_BELOW),
    )


def waiting_here() -> Waiting:
    """What waits at the acting post's organisation and below it."""
    return waiting_below(current_user.organisation_code)
