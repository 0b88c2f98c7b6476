"""The fields of a report's form, made from the rows that declare its kind, its items and its reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from wtforms import HiddenField

from partyadmin.dictionary import Refused, label
from partyadmin.models import Member, Report
from partyadmin.views import evidence
from partyadmin.views.cells import Cell, today
from partyadmin.views.columns import Kind, column_of
from partyadmin.views.fields import MASK, ChoiceField, Filled, field_of
from partyadmin.views.forms import Group, Locked, RecordForm
from partyadmin.views.lookups import BRANCH, Lookup
from partyadmin.views.report_subject import Subject

_ = lazy_gettext
_DAYS = {
    "death": _("Date of death"),
    "admission": _("Day of the branch meeting: the joining date"),
    "addition": _("In this branch since"),
    "conversion": _("Day of the branch meeting: the conversion date"),
    "suspension": _("Day of the decision"),
    "restoration": _("Day of the approval"),
    "exit": _("Day of the decision"),
}
_REASONS = ("began_by", "ended_by")
_DATES = (Kind.DATE, Kind.MONTH)


def fields_of(
    subject: Subject, lookup_url: Callable[[Lookup], str], masked: dict[str, str], is_filed: bool
) -> dict[str, Any]:
    """The unbound fields by name; a number of a person that is on record is shown masked."""
    made = {
        name: field_of(
            column_of(Report, name), lookup_url, BRANCH if name == "branch_id" else None, None, False
        )
        for name in ("branch_id", "event_date", "facts", "reported_on")
    }
    made["reported_on"].kwargs["validators"] = []
    if subject.kind.code in _DAYS:
        made["event_date"].kwargs["label"] = str(_DAYS[subject.kind.code])
    if subject.member is not None or is_filed or current_user.level == "branch":
        del made["branch_id"]
    for name in _REASONS:
        if reasons := getattr(subject, name):
            made[name] = ChoiceField(label("report", name), dict(reasons), validators=[Filled()])
    for item in subject.items:
        column, present = column_of(Member, item.field), getattr(subject.member, item.field, None)
        is_masked = item.field in masked and (subject.member is not None or is_filed)
        made[item.field] = field_of(column, lookup_url, None, present, is_masked)
        made[item.field].kwargs["validators"] = [Filled()] if item.needed else []
    made |= evidence.fields(lookup_url)
    if not is_filed:
        made["kind"] = HiddenField()
        made["member"] = HiddenField()
    return made


def groups_of(subject: Subject, place: str | Locked) -> list[Group]:
    """The fields in the order of the form: whom, when, why, what, and the document."""
    entries = [place, "event_date", *(name for name in _REASONS if getattr(subject, name))]
    entries += [*(item.field for item in subject.items), "facts"]
    if current_user.level != "branch":
        entries.append("reported_on")
    needed = gettext(
        "Needed before the report is entered: the number is enough, the scan or a photo may follow."
    )
    note = needed if subject.kind.needs_document else ""
    return [
        Group("", entries),
        Group(gettext("Document this rests on"), list(evidence.NAMES), note, "evidence", not note),
    ]


def place_of(subject: Subject, branch_id: int | None) -> str | Locked:
    """The member, or the branch of somebody who has no record yet."""
    if subject.member is not None:
        cell = Cell(f"{subject.member.name} {subject.member.id_number or ''}")
        why = gettext("Another member is chosen on the list of members.")
        return Locked("member_id", label("report", "member_id"), cell, why)
    heading = label("report", "branch_id")
    if current_user.level == "branch":
        why = gettext("A branch reports its own members.")
        return Locked("branch_id", heading, Cell(current_user.organisation_name), why)
    found = None if branch_id is None else BRANCH.find(branch_id)
    if found is not None:
        return Locked("branch_id", heading, Cell(found[1]), gettext("A report keeps its branch."))
    return "branch_id"


def shown_in(subject: Subject, row: Any) -> dict[str, Any]:
    """What the form shows before anybody types: the report on record, or what a new one proposes."""
    present = {item.field: getattr(subject.member, item.field, None) for item in subject.items}
    if row is not None:
        return present | dict(row._mapping) | {name: _typed(name, value) for name, value in row.items.items()}
    proposed = {"kind": subject.kind.code, "member": str(subject.member.id) if subject.member else ""}
    proposed |= {name: reasons[0][0] for name in _REASONS if len(reasons := getattr(subject, name)) == 1}
    return present | proposed | {"reported_on": today()}


def items_in(subject: Subject, bound: RecordForm, filed: dict[str, Any]) -> dict[str, Any]:
    """The items that the form brings: what differs from the record, and what the kind needs.

    A number of a report that is filed already, left masked, stays. Raises Refused for another mask.
    """
    items = {}
    for item in subject.items:
        name, value = item.field, bound.form[item.field].data
        present = getattr(subject.member, name, None)
        if isinstance(value, str) and MASK in value and value == bound.shown.get(name) and name in filed:
            items[name] = filed[name]
        elif value != present or (item.needed and value is not None):
            if isinstance(value, str) and MASK in value:
                raise Refused(gettext("Type the whole number, or leave the field as it was."), name)
            items[name] = value.isoformat() if isinstance(value, date) else value
    return items


def _typed(name: str, value: Any) -> Any:
    """An item of a report as the member's own column holds it."""
    return date.fromisoformat(value) if value and column_of(Member, name).kind in _DATES else value
