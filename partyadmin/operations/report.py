"""Reports: file what happened to a member, take the next step with it, convert many on one document.

The database keeps the clocks, the legal steps and all rules about members; an entry writes the member.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused, refusal
from partyadmin.models import Report
from partyadmin.operations.member import Examined, examine

NEEDS_ANSWER = frozenset(("returned", "paused", "questioned"))
"""The states that a report reaches with a reason only, as report_is_returned_with_a_reason has them."""


@dataclass(frozen=True)
class Told:
    """What a report says: what happened, to whom, when, why, and which items become what."""

    kind: str
    member_id: int | None
    branch_id: int | None
    event_date: date | None
    began_by: str | None = None
    ended_by: str | None = None
    items: dict[str, Any] = field(default_factory=dict)
    facts: str | None = None
    reported_on: date | None = None


class Step(NamedTuple):
    """A step that may follow the present state: the letters for it, and whether the acting post has one."""

    becomes: str
    letters: str
    is_open: bool


_STEPS = sa.text("""
SELECT s.becomes, string_agg(s.letter, '' ORDER BY s.letter) AS letters,
       bool_or(a_report_takes_a_legal_step(s.becomes, s.was, :kind)) AS is_open
  FROM report_step s JOIN report_state t ON t.code = s.becomes
 WHERE s.was = :was AND s.becomes <> s.was GROUP BY s.becomes""")
_AFTER = sa.text("""
SELECT to_jsonb(member_after(jsonb_populate_record(CAST(NULL AS report), CAST(:told AS jsonb)), m))
  FROM (SELECT 1) AS one LEFT JOIN member m ON m.id = :member_id""")


_REPORT_DUE = sa.text("""
SELECT due, workdays_left(due, current_date) AS days_left,
       NOT calendar_is_published(date_part('year', due)::int) AS is_provisional
  FROM (SELECT add_workdays(:day, limit_on('report', :day)) AS due) AS d""")


def file_report(session: Session, told: Told, document_id: int | None, state: str) -> Report:
    """Files a report in the open act: 'reported' for the committee to enter, or 'entered' at once.

    Raises DBAPIError for what the schema refuses.
    """
    said = {name: value for name, value in asdict(told).items() if value is not None}
    report = Report(**said, document_id=document_id, state=state)
    session.add(report)
    session.flush()
    session.refresh(report)
    return report


def amend_report(
    session: Session, report: Report, told: Told, document_id: int | None, state: str | None = None
) -> None:
    """Puts a locked report right in the open act; a returned one goes back to the committee with a state."""
    for name, value in asdict(told).items():
        if name not in ("kind", "member_id", "branch_id") and (name != "reported_on" or value is not None):
            setattr(report, name, value)
    if document_id is not None:
        report.document_id = document_id
    if state is not None:
        report.state = state
    session.flush()


def take_step(
    session: Session, report: Report, state: str, answer: str | None = None, document_id: int | None = None
) -> None:
    """Takes the next step with a locked report in the open act; entering it writes the member.

    Raises DBAPIError for a step that is not legal and for what the entry is refused for.
    """
    report.state = state
    if state in NEEDS_ANSWER or answer is not None:
        report.answer = answer
    if document_id is not None:
        report.document_id = document_id
    session.flush()


def steps_of(session: Session, state: str, kind: str) -> list[Step]:
    """The steps that may follow a state, and which of them the acting post can take."""
    return [Step(*row) for row in session.execute(_STEPS, {"was": state, "kind": kind})]


def examine_report(session: Session, told: Told) -> Examined:
    """What the rules say of the member's row as a report would make it, before anything is written."""
    values = {"told": json.dumps(asdict(told), default=str), "member_id": told.member_id}
    after = session.scalar(_AFTER, values) or {}
    return examine(session, told.member_id, after)


def report_due(session: Session, event_date: date) -> tuple[date, int, bool]:
    """Until when a branch reports an event: the day, the working days left, whether it may still move."""
    row = session.execute(_REPORT_DUE, {"day": event_date}).one()
    return row.due, row.days_left, row.is_provisional


class NotEntered(Refused):
    """A batch of which nothing was written; `rules` says for each member in its way which rule refused."""

    def __init__(self, rules: dict[int, str]):
        super().__init__(
            gettext(
                "Nothing was written: %(number)s members cannot be entered so; each says why.",
                number=len(rules),
            ),
            rule="not_entered",
        )
        self.rules = rules


def enter_many(session: Session, kind: str, ids: Sequence[int], day: date, document_id: int | None) -> int:
    """Enters one thing for many members in the open act, and returns how many; reports that wait are entered.

    All or none: raises NotEntered with each member who is in the way, and leaves nothing of the batch.
    """
    values = {"kind": kind, "ids": list(ids), "day": day, "document_id": document_id}
    batch = "(:kind, CAST(:ids AS bigint[]), CAST(:day AS date), CAST(:document_id AS bigint))"

    try:
        with session.begin_nested():
            entered = session.scalar(sa.text(f"SELECT enter_many{batch}"), values) or 0
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    except DBAPIError as error:
        first = refusal(error)
        found = session.execute(sa.text(f"SELECT member_id, rule FROM why_not_entered{batch}"), values)
        rules = {row.member_id: row.rule for row in found}
        if not rules:
            raise first from error
        raise NotEntered(rules) from error
    if entered < len(set(ids)):
        raise Refused(gettext("Some of the chosen members do not exist, or lie outside your scope."))
    return entered
