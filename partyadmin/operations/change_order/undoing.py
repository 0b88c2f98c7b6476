"""The plan that takes an applied order back, made of the versions that its act wrote.

What somebody has changed since stays as it is, and so does what cannot go back; both are told by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from partyadmin.models import ChangeOrder, Organisation
from partyadmin.operations.change_order.plan import EDITED, Change, Kept, Plan
from partyadmin.operations.change_order.world import Task, children_of, members_of

_DERIVED = frozenset(
    (
        "id",
        "ver",
        "intake",
        "transaction_id",
        "operation_type",
        "branch_code",
        "organisation_code",
        "initials",
    )
) | {"name_key", "id_key"}
_ENDS = {
    "organisation": "ended",
    "unit": "ended",
    "post": "closed",
    "account": "closed",
    "tenure": "until",
    "organisation_term": "dropped",
}
"""How a record ends that the order has made."""
_SUBJECTS = (
    "organisation",
    "member",
    "unit",
    "field_delegation",
    "post",
    "tenure",
    "account",
    "organisation_term",
)

_WRITTEN = """
SELECT first.id, to_jsonb(before) AS was, to_jsonb(after) AS became, to_jsonb(now) AS now,
       newest.transaction_id <> :act AS is_later, acted.issued_at::text AS at, who.name AS by
  FROM (SELECT id, min(ver) AS ver, max(ver) AS last FROM {subject}_version
         WHERE transaction_id = :act GROUP BY id) AS first
  LEFT JOIN {subject}_version before ON before.id = first.id AND before.ver = first.ver - 1
  JOIN {subject}_version after ON after.id = first.id AND after.ver = first.last
  JOIN {subject} now ON now.id = first.id
  JOIN {subject}_version newest ON newest.id = first.id AND newest.ver = now.ver
  LEFT JOIN transaction acted ON acted.id = newest.transaction_id
  LEFT JOIN account who ON who.id = acted.account_id
 ORDER BY first.id"""


class _Written(NamedTuple):
    """A record that the order wrote: before it, by it and now, and whether somebody wrote it since."""

    id: int
    was: dict[str, Any] | None
    became: dict[str, Any]
    now: dict[str, Any]
    is_later: bool
    at: str | None
    by: str | None


def undone(task: Task) -> Plan:
    """Takes back the order that the order of the task names."""
    order = task.session.get_one(ChangeOrder, task.order.undoes)
    written = {subject: _written(task, subject, order) for subject in _SUBJECTS}
    organisations = written["organisation"]
    made = {row.id for row in organisations if row.was is None}
    back = _Back(
        task,
        order.effective_on,
        {row.id for row in organisations if row.was and row.became["ended"] and not row.was["ended"]},
        _staying(task, made, written["member"]),
    )
    plan = Plan()
    for subject, rows in written.items():
        for row in rows:
            back.take(plan, subject, row)
    return plan


def _written(task: Task, subject: str, order: ChangeOrder) -> list[_Written]:
    rows = task.session.execute(sa.text(_WRITTEN.format(subject=subject)), {"act": order.applied_in})
    return [_Written(*row) for row in rows]


def _staying(task: Task, made: set[int], members: list[_Written]) -> set[int]:
    """Organisations that the order made and that cannot end, since others came in."""
    going = {row.id for row in members if row.now["branch_id"] == row.became["branch_id"]}
    return {
        organisation_id
        for organisation_id in made
        if {member.id for member in members_of(task, organisation_id)} - going
        or {each.id for each in children_of(task, organisation_id)} - made
    }


@dataclass(frozen=True)
class _Back:
    """What a way back depends on: the day of the order, what it ended, what stays of what it made."""

    task: Task
    day: date
    ended: set[int]
    staying: set[int]

    def take(self, plan: Plan, subject: str, row: _Written) -> None:
        """Adds one record to the plan: as it was, or why it stays."""
        if row.was is None:
            self._end(plan, subject, row)
            return
        before = row.was
        fields = [
            name
            for name, value in row.became.items()
            if name not in _DERIVED and name in before and value != before[name]
        ]
        changed = [name for name in fields if row.now[name] != row.became[name]]
        rule = EDITED if changed else self._refusal(subject, row.now, before)
        if rule is not None:
            who = (row.by, row.at) if row.is_later else (None, None)
            plan.kept.append(Kept(rule, subject, row.id, tuple(changed or fields), *who))
        elif fields:
            now, then = ({name: values[name] for name in fields} for values in (row.now, before))
            plan.changes.append(Change(subject, row.id, now, then))

    def _end(self, plan: Plan, subject: str, row: _Written) -> None:
        """A record that the order made ends, unless it has ended or its organisation stays."""
        ends = _ENDS[subject]
        place = row.id if subject == "organisation" else row.now.get("organisation_id")
        if place in self.staying:
            plan.kept.append(Kept("an_organisation_ends_empty", subject, row.id, (ends,)))
        elif not row.now[ends]:
            plan.changes.append(
                Change(subject, row.id, {ends: row.now[ends]}, {ends: self._last(subject, row)})
            )

    def _last(self, subject: str, row: _Written) -> Any:
        """The end of a record that the order made: the day of the order, of a right today."""
        if subject == "organisation_term":
            return True
        if subject in ("organisation", "unit"):
            return max(row.now.get("founded") or "", self.day.isoformat())
        return max(row.now.get("since") or "", self.task.today.isoformat())

    def _refusal(self, subject: str, now: dict[str, Any], before: dict[str, Any]) -> str | None:
        """The rule by which a record cannot go back to where it was; None where it can."""
        column = {"member": "branch_id", "organisation": "parent_id"}.get(subject)
        if column is None or before[column] in (now[column], None):
            return None
        target = self.task.session.get(Organisation, before[column])
        stands = target is not None and (target.ended is None or target.id in self.ended)
        return None if stands else "an_order_is_about_an_organisation_in_being"
