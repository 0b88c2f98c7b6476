"""What happened to a member as one dated list, newest first: memberships, reports, documents and entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import abort, request, url_for
from flask_babel import get_timezone, gettext

from partyadmin.db import db
from partyadmin.dictionary import label
from partyadmin.models import EntryReason, Evidence, ExitReason, Member, MembershipSpell, Report, ReportKind
from partyadmin.models.codes import MembershipStatus
from partyadmin.views.cells import NOTHING, Cell, cell, may_open, moment, names_of
from partyadmin.views.choices import word_of
from partyadmin.views.columns import column_of
from partyadmin.views.history import Version, versions_of
from partyadmin.views.labels import enumeration, label_of, said_of
from partyadmin.views.marks import marked
from partyadmin.views.report import ReportView
from partyadmin.views.versions import level_of

_SHOWN = 15
_MOST_DIGITS = 4


class Event(NamedTuple):
    """One line of the list: when, a sign, what it is, what it names, chips, and sentences below."""

    when: str
    sign: str
    noun: str
    what: Cell
    chips: tuple[tuple[str, str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timeline:
    """A stretch of the list; `newer` and `older` are where the next ones begin, None where there is none."""

    events: list[Event]
    newer: int | None
    older: int | None


class _Found(NamedTuple):
    """A happening before its words are looked up: on one day, what was written follows what it is about."""

    day: date
    rank: int
    number: int
    tell: Callable[[], Event]


def timeline_of(member_id: int) -> Timeline:
    """What the reader may know of a member, in the stretch that the address asks for; 400 for a bad one."""
    raw = request.args.get("older", "") or "0"
    if not (raw.isascii() and raw.isdigit()) or len(raw) > _MOST_DIGITS:
        abort(400)
    begin = int(raw)
    found = [*_spells(member_id), *_reports(member_id), *_documents(member_id), *_entries(member_id)]
    found.sort(key=lambda each: each[:3], reverse=True)
    shown = [each.tell() for each in found[begin : begin + _SHOWN]]
    older = begin + _SHOWN
    return Timeline(shown, max(0, begin - _SHOWN) if begin else None, older if older < len(found) else None)


def _spells(member_id: int) -> list[_Found]:
    """Each membership as it holds now begins once; it ends where no other one follows at once."""
    spells = db.session.scalars(
        sa.select(MembershipSpell).where(
            MembershipSpell.member_id == member_id, MembershipSpell.replaced_at.is_(None)
        )
    ).all()
    begun = {spell.during.lower for spell in spells}
    names = names_of([column_of(MembershipSpell, "branch_id")], spells)
    found = []
    for spell in spells:
        branch = cell(column_of(MembershipSpell, "branch_id"), spell.branch_id, names)
        day = spell.during.lower or (date.min if not spell.during.empty else _day(spell.recorded_at))
        found.append(_Found(day, 0, spell.id, partial(_begun, spell, branch)))
        ended = spell.during.upper
        if ended is not None and (spell.ended_by is not None or ended not in begun):
            found.append(_Found(ended, 0, spell.id, partial(_ended, spell, branch)))
    return found


def _begun(spell: MembershipSpell, branch: Cell) -> Event:
    lines = [label_of(MembershipStatus, spell.status)]
    if spell.began_by is not None:
        lines.append(said_of(label("membership_spell", "began_by"), label_of(EntryReason, spell.began_by)))
    if spell.during.empty:
        lines.append(gettext("voided on its first day"))
    elif spell.during.upper is not None:
        last = spell.during.upper - timedelta(days=1)
        lines.append(gettext("until %(day)s", day=last.isoformat()))
    since = spell.during.lower
    when = since.isoformat() if since else gettext("Beginning not known")
    if spell.during.empty:
        when = _day(spell.recorded_at).isoformat()
    return Event(when, "dot", gettext("Membership began"), branch, (), (enumeration(lines),))


def _ended(spell: MembershipSpell, branch: Cell) -> Event:
    ended = spell.during.upper
    lines: tuple[str, ...] = ()
    if spell.ended_by is not None:
        lines = (said_of(label("membership_spell", "ended_by"), label_of(ExitReason, spell.ended_by)),)
    return Event(
        ended.isoformat() if ended else NOTHING, "bar", gettext("Membership ended"), branch, (), lines
    )


def _reports(member_id: int) -> list[_Found]:
    """Reports by the date of the event."""
    names = ("id", "kind", "state", "event_date", "reported_on", "entered_on")
    columns = [getattr(Report, name) for name in names]
    reports = db.session.execute(sa.select(*columns).where(Report.member_id == member_id)).all()
    opens, state = may_open("report"), column_of(Report, "state")

    def told(report: Any) -> Event:
        href = url_for("report.details_view", id=report.id) if opens else None
        lines = [said_of(label("report", "reported_on"), report.reported_on.isoformat())]
        if report.entered_on is not None:
            lines.append(said_of(label("report", "entered_on"), report.entered_on.isoformat()))
        what = Cell(label_of(ReportKind, report.kind), href)
        chips = marked(Report, state, ReportView.marks["state"], report).marks
        when = report.event_date.isoformat()
        return Event(when, "info", gettext("Report"), what, chips, (enumeration(lines),))

    return [_Found(r.event_date, 1, r.id, partial(told, r)) for r in reports]


def _documents(member_id: int) -> list[_Found]:
    """Documents on the day on which they were filed as evidence, each with the key fields that it proves."""
    has_scan = sa.func.document_has_scan(Evidence.document_id).label("has_scan")
    rows = db.session.execute(
        sa.select(Evidence.id, Evidence.document_id, Evidence.transaction_id, Evidence.field,
                  Evidence.written_at, has_scan)
        .where(Evidence.subject_id == member_id).order_by(Evidence.id)
    ).all()  # fmt: skip
    filed: defaultdict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in rows:
        filed[row.transaction_id, row.document_id].append(row)
    column = column_of(Evidence, "document_id")
    names = names_of([column], rows)

    def told(papers: list[Any]) -> Event:
        first = papers[0]
        chips = () if first.has_scan else (("warn", "warn", gettext("Scan missing")),)
        fields = enumeration(word_of("evidence", "field", paper.field) for paper in papers)
        what = cell(column, first.document_id, names)
        lines = (gettext("proves: %(fields)s", fields=fields),)
        return Event(_day(first.written_at).isoformat(), "doc", gettext("Document"), what, chips, lines)

    return [
        _Found(_day(papers[0].written_at), 2, papers[0].id, partial(told, papers))
        for papers in filed.values()
    ]


def _entries(member_id: int) -> list[_Found]:
    """What was written of the record: one line for each act, with a link to what it changed."""
    by_act: dict[int, list[Version]] = {}
    for version in versions_of(Member, member_id):
        by_act.setdefault(version.transaction_id, []).append(version)

    def told(versions: list[Version]) -> Event:
        last, first, act = versions[0].number, versions[-1].number, versions[0].act
        href = url_for("member.versions_view", id=member_id, left=first - 1, right=last)
        noun = gettext("Entered") if first == 1 else gettext("Changed")
        if act is None:
            return Event(NOTHING, "hist", noun, Cell(gettext("outside your scope"), href))
        who = [act.account_name, act.organisation_name, level_of(act.post)]
        return Event(
            moment(act.issued_at), "hist", noun, Cell(act.reason or NOTHING, href), (),
            (" · ".join(word for word in who if word),),
        )  # fmt: skip

    return [
        _Found(
            _day(versions[0].act.issued_at) if versions[0].act else date.min, 3, versions[0].number,
            partial(told, versions),
        )
        for versions in by_act.values()
    ]  # fmt: skip


def _day(at: datetime) -> date:
    return at.astimezone(get_timezone()).date()
