"""What a report is about: its kind with items and reasons as the database declares them, and the member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import g, url_for
from flask_babel import gettext
from markupsafe import Markup

from partyadmin.db import db
from partyadmin.dictionary import rule_sentence
from partyadmin.models import EntryReason, ExitReason, ReportItem, ReportKind, StatusChange
from partyadmin.models.codes import MembershipStatus
from partyadmin.views.labels import label_of, reads_chinese
from partyadmin.views.rights import Rights, holds

Choices = list[tuple[str, str]]
FUNCTIONS = ("P2", "P3", "P4", "P6", "P7", "P8", "P9")
"""The functions of the permission table that kinds of reports belong to."""
REPORTERS: Rights = tuple((function, letter) for function in FUNCTIONS for letter in "RW")


@dataclass(frozen=True)
class Subject:
    """A kind of report and the member whom it is about; None where nobody is on record yet."""

    kind: ReportKind
    items: tuple[ReportItem, ...]
    began_by: Choices
    ended_by: Choices
    member: Any = None

    @property
    def is_new(self) -> bool:
        """Whether it tells of somebody who has no record yet: then it needs a name."""
        return any(item.needed and item.field == "name" for item in self.items)

    @property
    def rights(self) -> Rights:
        """Who may file it."""
        return rights_of(self.kind)

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return label_of(ReportKind, self.kind.code)


def rights_of(kind: ReportKind) -> Rights:
    """Who may file a report of a kind: R reports, W enters."""
    return ((kind.function, "R"), (kind.function, "W"))


def items_of(kind: str) -> tuple[ReportItem, ...]:
    """The items that a kind of report may bring, in the order of its form."""
    return tuple(
        db.session.scalars(
            sa.select(ReportItem).where(ReportItem.report_kind == kind).order_by(ReportItem.position)
        )
    )


def subject_of(kind: ReportKind, member: Any) -> Subject:
    """A kind with its items, and the reasons that fit the member."""
    ended, began = sa.select(ExitReason), sa.select(EntryReason)
    if member is not None:
        fits = sa.or_(ExitReason.person_type.is_(None), ExitReason.person_type == member.person_type)
        ended = ended.where(fits)
        if member.status == "2":
            ended = ended.where(ExitReason.ends_suspension)
    return Subject(
        kind,
        items_of(kind.code),
        _reasons(began, EntryReason, kind),
        _reasons(ended, ExitReason, kind),
        member,
    )


def _reasons(query: Any, model: Any, kind: ReportKind) -> Choices:
    offered = query.where(model.report_kind == kind.code, model.ended.is_(None)).order_by(model.code)
    return [(reason.code, _with_basis(reason)) for reason in db.session.scalars(offered)]


def _with_basis(reason: Any) -> str:
    chinese = reads_chinese()
    word = reason.label_zh if chinese else reason.label_en
    basis = reason.legal_basis_zh if chinese else reason.legal_basis_en
    return word if not basis else f"{word}（{basis}）" if chinese else f"{word} ({basis})"


def kinds() -> list[ReportKind]:
    """All kinds that are still given, in the order in which they are offered."""
    return list(db.session.scalars(sa.select(ReportKind).where(ReportKind.ended.is_(None))))


def obstacle(kind: ReportKind, member: Any) -> str | None:
    """Why a kind of report does not fit a member as they stand; None where it may be filed."""
    status = member.status or "1"
    if kind.person_type is not None and kind.person_type != member.person_type:
        return gettext("This does not happen to members of this type.")
    if kind.becomes is None:
        rule = sa.func.a_report_is_about_somebody_on_a_roll(status, kind.code)
        return None if db.session.scalar(rule) else rule_sentence(str(rule.name))
    changes = sa.select(StatusChange).where(StatusChange.was == status, StatusChange.report_kind == kind.code)
    if db.session.scalar(sa.select(changes.exists())):
        return None
    return gettext(
        "This cannot follow the present membership status: %(status)s.",
        status=label_of(MembershipStatus, status),
    )


_WHOLE = ("status", "person_type")
"""Fields that change by what happens to a member, whichever kind of report tells it."""


def with_report(sentence: str, name: str, member_id: int) -> str:
    """Why a field of a member is locked, with the way to the report that changes it, where one is open."""
    if name in _WHOLE and holds(REPORTERS):
        href = url_for("report.create_view", member=member_id)
    elif (kind := _kinds_by_field().get(name)) is not None and holds(rights_of(kind)):
        href = url_for("report.create_view", kind=kind.code, member=member_id)
    else:
        return sentence
    return Markup('{} <a href="{}">{}</a>').format(sentence, href, gettext("Report it"))


def _kinds_by_field() -> dict[str, ReportKind]:
    """The kind of report that changes each item of a member on record; found once a request."""
    if "report_kinds_by_field" not in g:
        of_nobody = sa.select(ReportItem.report_kind).where(ReportItem.field == "name", ReportItem.needed)
        pairs = db.session.execute(
            sa.select(ReportItem.field, ReportKind)
            .join(ReportKind, ReportKind.code == ReportItem.report_kind)
            .where(ReportItem.report_kind.not_in(of_nobody), ReportKind.ended.is_(None))
        )
        g.report_kinds_by_field = {row.field: row.ReportKind for row in pairs}
    found: dict[str, ReportKind] = g.report_kinds_by_field
    return found
