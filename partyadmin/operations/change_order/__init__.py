"""Change orders: drafted, previewed, applied in one act, taken back by another order.

The database says who makes an order and what it may do; a plan says what it will do (see plan.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import (
    ChangeAccount,
    ChangeLine,
    ChangeOrder,
    ChangePaper,
    ChangePlace,
    ChangePlan,
    Organisation,
)
from partyadmin.operations.account import set_password
from partyadmin.operations.change_order.kinds import concerned, plan_of
from partyadmin.operations.change_order.plan import Change, Plan
from partyadmin.operations.change_order.progress import PLANNING, Progress, in_silence
from partyadmin.operations.change_order.world import task_of
from partyadmin.operations.change_order.writing import WorldChanged, write


@dataclass(frozen=True)
class Line:
    """A line of an order as it is written down: an organisation that joins, or the items of a new one."""

    organisation_id: int | None = None
    items: dict[str, Any] = field(default_factory=dict)
    unit: dict[str, Any] = field(default_factory=dict)
    accounts: Sequence[tuple[str, str]] = ()
    """Login and name of each administrator of the new organisation."""


@dataclass(frozen=True)
class Ordered:
    """What an order says: the kind of change, what it is about, on which document, from which day."""

    kind: str
    document_id: int
    effective_on: date
    organisation_id: int | None = None
    superior_id: int | None = None
    items: dict[str, Any] = field(default_factory=dict)
    lines: Sequence[Line] = ()
    accounts: Sequence[tuple[str, str]] = ()
    remark: str | None = None
    undoes: int | None = None


class Replanned(WorldChanged):
    """The order would do something else than was previewed: what it would no longer do, and what instead."""

    def __init__(self, gone: list[Change], come: list[Change]):
        super().__init__()
        self.gone, self.come = gone, come


def draft(session: Session, ordered: Ordered) -> ChangeOrder:
    """Writes down an order in the open act.

    Raises DBAPIError for what the schema refuses.
    """
    order = ChangeOrder(
        kind=ordered.kind,
        organisation_id=ordered.organisation_id,
        superior_id=ordered.superior_id,
        items=ordered.items,
        document_id=ordered.document_id,
        effective_on=ordered.effective_on,
        remark=ordered.remark,
        undoes=ordered.undoes,
    )
    session.add(order)
    session.flush()
    session.refresh(order)
    _write_lines(session, order, ordered)
    return order


def amend(session: Session, order: ChangeOrder, ordered: Ordered) -> None:
    """Rewrites a locked draft in the open act; its kind stays.

    Raises DBAPIError for what the schema refuses.
    """
    for name in ("organisation_id", "superior_id", "items", "document_id", "effective_on", "remark"):
        setattr(order, name, getattr(ordered, name))
    session.flush()
    _write_lines(session, order, ordered)


def _write_lines(session: Session, order: ChangeOrder, ordered: Ordered) -> None:
    """Lines and accounts in place of those before: equal ones stay, so that placed members keep theirs."""
    lines = session.scalars(
        sa.select(ChangeLine)
        .where(ChangeLine.order_id == order.id, ChangeLine.dropped.is_(False))
        .order_by(ChangeLine.id)
    ).all()
    written: list[ChangeLine] = []
    for place, said in enumerate(ordered.lines):
        role = "joins" if said.organisation_id is not None else "new"
        line = lines[place] if place < len(lines) else ChangeLine(order_id=order.id, role=role)
        line.organisation_id, line.items, line.unit = said.organisation_id, said.items, said.unit
        session.add(line)
        session.flush()
        written.append(line)
    for line in lines[len(ordered.lines) :]:
        line.dropped = True
    for account in session.scalars(
        sa.select(ChangeAccount).where(ChangeAccount.order_id == order.id, ChangeAccount.dropped.is_(False))
    ):
        account.dropped = True
    session.flush()
    people: list[tuple[int | None, tuple[str, str]]] = [(None, person) for person in ordered.accounts]
    people += [
        (line.id, person)
        for line, said in zip(written, ordered.lines, strict=True)
        for person in said.accounts
    ]
    for line_id, (login, name) in people:
        session.add(ChangeAccount(order_id=order.id, line_id=line_id, login=login, name=name))
    session.flush()


def place(session: Session, order: ChangeOrder, places: Mapping[int, int | None]) -> None:
    """Says in the open act where members of the divided branch will stand: a line each, None for who stays.

    Raises DBAPIError for a person who does not stand in the branch.
    """
    for member_id, line_id in places.items():
        session.merge(ChangePlace(order_id=order.id, member_id=member_id, line_id=line_id))
    session.flush()


def add_paper(session: Session, order: ChangeOrder, document_id: int) -> None:
    """Adds a further document to an order in the open act, whatever its state.

    Raises DBAPIError where it belongs to the order already.
    """
    session.add(ChangePaper(order_id=order.id, document_id=document_id))
    session.flush()


def withdraw(session: Session, order: ChangeOrder) -> None:
    """Withdraws a locked draft in the open act."""
    order.state = "withdrawn"
    session.flush()


def plan(session: Session, order: ChangeOrder) -> Plan:
    """What the order would do if it were applied now."""
    return plan_of(task_of(session, order))


def preview(session: Session, order: ChangeOrder) -> Plan:
    """Plans a draft in the open act and keeps the plan: this is what may be applied."""
    planned = plan(session, order)
    session.add(ChangePlan(order_id=order.id, plan=planned.as_json()))
    session.flush()
    return planned


def previewed(session: Session, order: ChangeOrder) -> Plan | None:
    """The newest plan that was kept with an order; None before the first preview."""
    kept = session.scalar(
        sa.select(ChangePlan.plan)
        .where(ChangePlan.order_id == order.id)
        .order_by(ChangePlan.id.desc())
        .limit(1)
    )
    return None if kept is None else Plan.from_json(kept)


def apply(
    session: Session,
    order: ChangeOrder,
    password_hashes: Mapping[str, str],
    plan_id: int | None = None,
    progress: Progress = in_silence,
) -> Plan:
    """Applies a draft as it was previewed, in the open act whose document is the order's.

    `password_hashes` holds one for each login that the order opens and that may sign in at once; `plan_id` is
    the plan that the person looked at, where it must be the newest. Raises Replanned where the order would do
    something else by now, Refused where something is in its way, DBAPIError for what the schema refuses.
    """
    session.refresh(order, with_for_update=True)
    if plan_id is not None and plan_id != _newest_plan_id(session, order):
        raise Refused(gettext("Somebody previewed this order again: look at the new preview first."))
    progress(PLANNING, 0, 0)
    task = task_of(session, order)
    locked = sa.select(Organisation.id).where(concerned(task))
    session.execute(locked.order_by(Organisation.id).with_for_update())
    session.expire_all()
    seen = previewed(session, order)
    if seen is not None:
        now = Plan.from_json(plan_of(task).as_json())
        gone, come = seen.difference(now)
        if gone or come:
            raise Replanned(gone, come)
        if now.obstacles:
            rule = now.obstacles[0].rule
            named = "effective_on" if rule == "a_spell_ends_after_it_began" else "organisation_id"
            raise Refused(rule_sentence(rule), named, rule)
    else:
        now = Plan()
    order.state = "applied"
    session.flush()
    session.refresh(order)
    made = write(task, now, progress)
    for login, password_hash in password_hashes.items():
        set_password(session, made[f"account {login}"], password_hash)
    if order.undoes is not None:
        session.get_one(ChangeOrder, order.undoes).state = "undone"
        session.flush()
    return now


def _newest_plan_id(session: Session, order: ChangeOrder) -> int | None:
    return session.scalar(sa.select(sa.func.max(ChangePlan.id)).where(ChangePlan.order_id == order.id))


def reason_of(order: ChangeOrder) -> str:
    """The reason of the act that applies an order."""
    return str(gettext("Change order %(number)s applied", number=order.id))
