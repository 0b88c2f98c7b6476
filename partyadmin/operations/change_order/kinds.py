"""The plan of each kind of change order, made of the registry as it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy_continuum import version_class

from partyadmin.models import ChangeOrder, Organisation, Report, Unit
from partyadmin.models.codes import OrganisationKind
from partyadmin.operations.change_order.plan import Change, Obstacle, Plan, new
from partyadmin.operations.change_order.undoing import undone
from partyadmin.operations.change_order.world import (
    OPEN_REPORTS,
    Task,
    children_of,
    closing,
    in_the_way,
    level_at,
    leveled,
    members_of,
    moved,
    opened,
    places_of,
)
from partyadmin.operations.organisation import next_code

_TERM = ("began", "ends", "committee", "entitled", "present")


def plan_of(task: Task) -> Plan:
    """What an order would do now. Its organisations should be locked where the plan is to be written."""
    return _PLANNERS[task.order.kind](task)


def _establish(task: Task) -> Plan:
    assert task.order.superior_id is not None
    return Plan(_founded(task, task.order.superior_id))


def _founded(task: Task, superior_id: int) -> list[Change]:
    """The new organisations of an order under a superior, with their units and accounts."""
    changes: list[Change] = []
    code = next_code(task.session, superior_id)
    for line in (line for line in task.lines if line.role == "new"):
        name = f"organisation {line.id}"
        made = {"founded": task.day, **line.items, "code": code, "parent_id": superior_id}
        changes.append(Change("organisation", name, {}, made))
        if line.unit:
            changes.append(Change("unit", f"unit {line.id}", {}, {**line.unit, "organisation_id": new(name)}))
        level = level_at(task, line.items["kind"], bool(line.items.get("can_admit")))
        changes += opened(task, line, new(name), level)
        code = task.session.scalar(sa.select(sa.func.code_after(code))) or ""
    return changes


def _items(task: Task, items: dict[str, Any]) -> list[Change]:
    """The items of the order's organisation that become others, and its posts where they follow."""
    subject = task.subject
    was = {name: getattr(subject, name) for name in items}
    changed = [name for name in items if _plain(was[name]) != items[name]]
    changes = []
    if changed:
        before, after = ({name: values[name] for name in changed} for values in (was, items))
        changes.append(Change("organisation", subject.id, before, after))
    if {"kind", "can_admit"} & set(changed):
        admits = bool(items.get("can_admit", subject.can_admit))
        changes += leveled(task, subject, items.get("kind", subject.kind), admits)
    return changes


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _change(task: Task) -> Plan:
    return Plan(_items(task, task.order.items))


def _term(task: Task) -> Plan:
    items = task.order.items
    about = {name: value for name, value in items.items() if name in _TERM}
    term = about | {"organisation_id": task.subject.id, "secretary": items.get("secretary")}
    changes = _items(task, {name: value for name, value in items.items() if name not in _TERM})
    changes.append(Change("organisation_term", f"term {task.order.id}", {}, term))
    level = level_at(task, task.subject.kind, task.subject.can_admit)
    return Plan(changes + opened(task, None, task.subject.id, level))


def _merge(task: Task) -> Plan:
    joining = [task.session.get_one(Organisation, line.organisation_id) for line in task.lines]
    plan = Plan(_items(task, task.order.items))
    for branch in joining:
        members = members_of(task, branch.id)
        plan.changes += moved(task, members, task.subject.id)
        plan.obstacles += in_the_way(task, members)
    plan.changes += closing(task, joining)
    plan.obstacles += _waiting(task, joining)
    return plan


def _divided(task: Task, plan: Plan) -> Plan:
    """Members of the order's branch go where they are placed; who stays is placed too."""
    places, names = places_of(task), {line.id: f"organisation {line.id}" for line in task.lines}
    going = []
    for member in members_of(task, task.subject.id):
        line_id = places.get(member.id)
        if line_id is not None:
            going.append(member)
            plan.changes += moved(task, [member], new(names[line_id]))
        elif member.id not in places or task.order.kind == "upgrade":
            plan.obstacles.append(Obstacle("nobody_is_left_unplaced", "member", member.id))
    plan.obstacles += in_the_way(task, going)
    plan.obstacles += [
        Obstacle("no_side_is_left_empty", "change_line", line.id)
        for line in task.lines
        if line.id not in places.values()
    ]
    if task.order.kind == "split" and None not in places.values():
        plan.obstacles.append(Obstacle("no_side_is_left_empty", "organisation", task.subject.id))
    return plan


def _split(task: Task) -> Plan:
    assert task.subject.parent_id is not None
    return _divided(task, Plan(_founded(task, task.subject.parent_id)))


def _upgrade(task: Task) -> Plan:
    plan = Plan(_items(task, task.order.items) + _founded_below(task))
    if task.lines or members_of(task, task.subject.id):
        _divided(task, plan)
    return plan


def _founded_below(task: Task) -> list[Change]:
    return _founded(task, task.subject.id) if task.lines else []


def _downgrade(task: Task) -> Plan:
    """As a branch, a former committee or general branch takes in the members of the branches below."""
    plan = Plan(_items(task, task.order.items))
    becomes = task.session.get(OrganisationKind, task.order.items["kind"])
    if becomes is None or not becomes.holds_members:
        return plan
    below = children_of(task, task.subject.id)
    for branch in below:
        members = members_of(task, branch.id)
        plan.changes += moved(task, members, task.subject.id)
        plan.obstacles += in_the_way(task, members)
        plan.obstacles += [
            Obstacle("an_organisation_ends_empty", "organisation", each.id)
            for each in children_of(task, branch.id)
        ]
    plan.changes += closing(task, below)
    plan.obstacles += _waiting(task, below)
    return plan


def _abolish(task: Task) -> Plan:
    subject = task.subject
    plan = Plan(closing(task, [subject]), _waiting(task, [subject]))
    plan.obstacles += [
        Obstacle("an_organisation_ends_empty", "organisation", each.id)
        for each in children_of(task, subject.id)
    ]
    plan.obstacles += [
        Obstacle("an_organisation_ends_empty", "member", member.id) for member in members_of(task, subject.id)
    ]
    return plan


def _waiting(task: Task, organisations: list[Organisation]) -> list[Obstacle]:
    """Reports of branches that end about people who are not members yet."""
    query = sa.select(Report.id).where(
        Report.branch_id.in_([each.id for each in organisations]),
        Report.member_id.is_(None),
        Report.state.in_(OPEN_REPORTS),
    )
    rule = "reports_are_settled_before_a_member_moves"
    return [Obstacle(rule, "report", report_id) for report_id in task.session.scalars(query)]


def _restore(task: Task) -> Plan:
    subject = task.subject
    level = level_at(task, subject.kind, subject.can_admit)
    reopened = Change("organisation", subject.id, {"ended": subject.ended}, {"ended": None})
    return Plan([reopened, *_units_again(task), *opened(task, None, subject.id, level)])


def _units_again(task: Task) -> list[Change]:
    """The units that ended with the organisation stand with it again."""
    query = sa.select(Unit).where(Unit.organisation_id == task.subject.id, Unit.ended == task.subject.ended)
    units = task.session.scalars(query.order_by(Unit.id))
    return [Change("unit", unit.id, {"ended": unit.ended}, {"ended": None}) for unit in units]


def _move(task: Task) -> Plan:
    """A code under the new superior, for all below too; members stay in their branches."""
    subject, superior_id = task.subject, task.order.superior_id
    assert superior_id is not None
    code = next_code(task.session, superior_id)
    first = Change(
        "organisation",
        subject.id,
        {"parent_id": subject.parent_id, "code": subject.code},
        {"parent_id": superior_id, "code": code},
    )
    below = task.session.execute(
        sa.select(Organisation.id, Organisation.code)
        .where(Organisation.code > subject.code, Organisation.code < subject.code + "~")
        .order_by(Organisation.code)
    )
    followers = (
        Change("organisation", key, {"code": old}, {"code": code + old[len(subject.code) :]})
        for key, old in below
    )
    return Plan([first, *followers])


_PLANNERS: dict[str, Callable[[Task], Plan]] = {
    "establish": _establish,
    "merge": _merge,
    "split": _split,
    "upgrade": _upgrade,
    "downgrade": _downgrade,
    "abolish": _abolish,
    "restore": _restore,
    "change": _change,
    "term": _term,
    "move": _move,
    "undo": undone,
}


def concerned(task: Task) -> sa.ColumnElement[bool]:
    """The organisations that an order reads or changes: whoever else changes them waits, or is waited for."""
    order = task.order
    named = {order.organisation_id, order.superior_id, *(line.organisation_id for line in task.lines)}
    if order.organisation_id is not None:
        named.add(task.subject.parent_id)
    them: list[sa.ColumnElement[bool]] = [Organisation.id.in_({key for key in named if key is not None})]
    if order.kind == "move":
        code = task.subject.code
        them.append(sa.and_(Organisation.code >= code, Organisation.code < code + "~"))
    if order.undoes is not None:
        undone_in = sa.select(ChangeOrder.applied_in).where(ChangeOrder.id == order.undoes).scalar_subquery()
        versions = version_class(Organisation)
        them.append(Organisation.id.in_(sa.select(versions.id).where(versions.transaction_id == undone_in)))
    return sa.or_(*them)
