"""Writes a plan: each change only where the record still is what the plan was made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext

from partyadmin.dictionary import Refused
from partyadmin.models import ChangeLine
from partyadmin.operations.change_order.plan import Change, Plan
from partyadmin.operations.change_order.progress import WRITING, Progress, in_silence
from partyadmin.operations.change_order.world import Task

_AFTER_MEMBERS = ("unit", "field_delegation", "post", "tenure", "account", "organisation_term")
"""In this order: a tenure needs its post and its account."""
_NEW = ("unit", "account", "post", "tenure", "organisation_term")


class WorldChanged(Refused):
    """The registry is no longer what the plan was made of; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "The registry has changed since the preview. Nothing was written: preview the order again."
            ),
            rule="stale",
        )


def write(task: Task, plan: Plan, progress: Progress = in_silence) -> dict[str, int]:
    """Writes the changes of a plan in the open act; returns the ids of the records it made, by their names.

    Raises WorldChanged where a record is no longer what it was, and DBAPIError for what the schema refuses.
    """
    made: dict[str, int] = {}
    done = 0
    for changes in _in_order(plan):
        progress(WRITING, done, len(plan.changes))
        _update(task, [change for change in changes if not change.is_new], made)
        for change in changes:
            if change.is_new:
                _insert(task, change, made)
                if change.subject == "organisation":
                    _tell_line(task, str(change.key), made[str(change.key)])
        done += len(changes)
    return made


def _in_order(plan: Plan) -> Iterable[list[Change]]:
    """The changes of a plan in the order in which the schema takes them: what ends, ends last."""
    organisations = plan.of("organisation")
    changed = [change for change in organisations if not change.is_new]
    yield [change for change in changed if "ended" not in change.becomes]
    yield [change for change in changed if change.becomes.get("ended", "") is None]
    yield [change for change in organisations if change.is_new]
    yield plan.of("member")
    for subject in _AFTER_MEMBERS:
        yield [change for change in plan.of(subject) if not change.is_new]
    for subject in _NEW:
        yield [change for change in plan.of(subject) if change.is_new]
    yield [change for change in changed if change.becomes.get("ended")]


def _tell_line(task: Task, name: str, organisation_id: int) -> None:
    """A line learns which organisation it has made, and an order that establishes one is about it."""
    line = next(line for line in task.lines if name == f"organisation {line.id}")
    task.session.execute(
        sa.update(ChangeLine).where(ChangeLine.id == line.id).values(organisation_id=organisation_id)
    )
    if task.order.kind == "establish":
        task.order.organisation_id = organisation_id
        task.session.flush()


def _insert(task: Task, change: Change, made: dict[str, int]) -> None:
    values = _resolved(change.becomes, made)
    columns = ", ".join(values)
    statement = (
        f"INSERT INTO {change.subject} ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_record(CAST(NULL AS {change.subject}), CAST(:row AS jsonb)) RETURNING id"
    )
    key = task.session.scalar(sa.text(statement), {"row": _text(values)})
    assert isinstance(key, int)
    made[str(change.key)] = key


def _update(task: Task, changes: Iterable[Change], made: dict[str, int]) -> None:
    """One statement for all records of a kind that change in the same fields."""

    def alike(change: Change) -> tuple[str, ...]:
        return (change.subject, *sorted(change.becomes))

    for (subject, *fields), group in groupby(sorted(changes, key=alike), alike):
        rows = list(group)
        record = f"jsonb_populate_record(CAST(NULL AS {subject}), c -> '{{}}')"
        statement = (
            f"UPDATE {subject} AS t SET {', '.join(f'{name} = n.{name}' for name in fields)}"
            f" FROM jsonb_array_elements(CAST(:changes AS jsonb)) AS c, {record.format('becomes')} AS n,"
            f" {record.format('was')} AS o"
            f" WHERE t.id = n.id AND ({', '.join(f't.{name}' for name in fields)})"
            f" IS NOT DISTINCT FROM ({', '.join(f'o.{name}' for name in fields)})"
        )
        values = {
            "changes": _text(
                [{"becomes": {"id": c.key, **_resolved(c.becomes, made)}, "was": c.was} for c in rows]
            )
        }
        written: Any = task.session.execute(sa.text(statement), values)
        if written.rowcount != len(rows):
            raise WorldChanged


def _resolved(values: dict[str, Any], made: dict[str, int]) -> dict[str, Any]:
    return {
        name: made[value["new"]] if isinstance(value, dict) and "new" in value else value
        for name, value in values.items()
    }


def _text(values: Any) -> str:
    return json.dumps(values, default=date.isoformat, ensure_ascii=False)
