"""The fields of a change order's form, by its kind, and what they say when it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField
from wtforms.validators import Optional

from partyadmin.db import db
from partyadmin.dictionary import label
from partyadmin.models import ChangeOrder, Organisation, OrganisationTerm, Unit
from partyadmin.models.codes import OrganisationKind
from partyadmin.operations.change_order import Line, Ordered
from partyadmin.views import evidence
from partyadmin.views.cells import Cell
from partyadmin.views.columns import column_of
from partyadmin.views.fields import Filled, field_of
from partyadmin.views.fields import Line as LineField
from partyadmin.views.forms import Group, Locked, RecordForm
from partyadmin.views.lookups import ORGANISATION, Lookup
from partyadmin.views.same_unit import SUPERIORS_UNIT

_ = lazy_gettext
LookupUrl = Callable[[Lookup], str]

ITEM, JOINS, NEW, UNIT = "item_", "joins_", "new{}_", "unit_"
LOGIN, PERSON = "login", "person"
_NEW_ITEMS = (
    "name", "kind", "unit_situation", "short_name", "founded", "secretary", "contact", "phone", "can_admit",
)  # fmt: skip
_UNIT_ITEMS = ("name", "nature", "is_legal_entity", "party_status", "credit_code", "affiliation")
_CHANGED_ITEMS = (
    "name", "short_name", "kind", "can_admit", "unit_situation", "secretary", "contact", "phone", "founded",
)  # fmt: skip
_ITEMS: dict[str, tuple[str, ...]] = {
    "change": _CHANGED_ITEMS,
    "term": ("secretary", "contact", "phone"),
    "merge": ("name", "kind", "unit_situation"),
    "upgrade": ("kind", "can_admit"),
    "downgrade": ("kind", "can_admit"),
}
"""The items of the organisation itself that an order of a kind may change."""
_TERM_ITEMS = ("began", "ends", "committee", "entitled", "present")
_NEEDED = {"upgrade": ("kind",), "downgrade": ("kind",)}
_WITH_ACCOUNT = frozenset(("restore", "term"))
MOST_LINES = 9


@dataclass(frozen=True)
class About:
    """What a form is about: the kind of change, the organisation, and how many new ones it makes."""

    kind: str
    organisation: Organisation | None
    number_of_new: int
    undoes: ChangeOrder | None = None

    @property
    def prefixes(self) -> list[str]:
        """How the fields of each new organisation begin."""
        return [NEW.format(number) for number in range(1, self.number_of_new + 1)]


def siblings_of(organisation: Organisation) -> list[Organisation]:
    """The branches in being that may join one: those under the same superior."""
    query = (
        sa.select(Organisation)
        .join(OrganisationKind, OrganisationKind.code == Organisation.kind)
        .where(
            Organisation.parent_id == organisation.parent_id,
            Organisation.id != organisation.id,
            Organisation.ended.is_(None),
            OrganisationKind.holds_members,
        )
        .order_by(Organisation.code)
    )
    return list(db.session.scalars(query))


def fields_of(about: About, lookup_url: LookupUrl) -> dict[str, Any]:
    """The unbound fields by name."""
    made = {name: _order_field(name, lookup_url) for name in ("effective_on", "remark")}
    if about.kind in ("establish", "move"):
        made["superior_id"] = _order_field("superior_id", lookup_url)
        made["superior_id"].kwargs["validators"] = [Filled()]
    if about.kind == "merge" and about.organisation is not None:
        made |= {
            f"{JOINS}{branch.id}": BooleanField(f"{branch.name} {branch.code}")
            for branch in siblings_of(about.organisation)
        }
    for name in _ITEMS.get(about.kind, ()):
        present = getattr(about.organisation, name)
        made[ITEM + name] = _field(Organisation, name, present, name in _NEEDED.get(about.kind, ()))
    if about.kind == "term":
        needed = ("began", "ends")
        made |= {ITEM + name: _field(OrganisationTerm, name, None, name in needed) for name in _TERM_ITEMS}
    for prefix in about.prefixes:
        needed = ("name", "kind")
        made |= {prefix + name: _field(Organisation, name, None, name in needed) for name in _NEW_ITEMS}
        made |= {prefix + UNIT + name: _field(Unit, name, None, False) for name in _UNIT_ITEMS}
        made |= _account(prefix)
    if about.kind in _WITH_ACCOUNT:
        made |= _account("")
    hidden = {name: HiddenField() for name in ("kind", "organisation", "lines", "undoes")}
    return made | evidence.fields(lookup_url) | hidden


def _order_field(name: str, lookup_url: LookupUrl) -> Any:
    lookup = ORGANISATION if name == "superior_id" else None
    return field_of(column_of(ChangeOrder, name), lookup_url, lookup, None, False)


def _field(model: Any, name: str, present: Any, needed: bool) -> Any:
    made = field_of(column_of(model, name), lambda found: "", None, present, False)
    made.kwargs["validators"] = [Filled() if needed else Optional()]
    return made


def _account(prefix: str) -> dict[str, Any]:
    return {
        prefix + LOGIN: LineField(label("account", "login")),
        prefix + PERSON: LineField(label("account", "name")),
    }


def groups_of(about: About) -> list[Group]:
    """The fields in the order of the form: what it is about, what becomes of it, when, on which document."""
    first: list[str | Locked] = []
    if about.organisation is not None:
        why = gettext("Another organisation is chosen on its own page.")
        cell = Cell(f"{about.organisation.name} {about.organisation.code}")
        first.append(Locked("organisation_id", label("change_order", "organisation_id"), cell, why))
    if about.kind in ("establish", "move"):
        first.append("superior_id")
    first += [ITEM + name for name in _ITEMS.get(about.kind, ())]
    if about.kind == "term":
        first += [ITEM + name for name in _TERM_ITEMS]
    groups = [Group("", [*first, "effective_on", "remark"], _NOTES.get(about.kind, ""))]
    if about.kind == "merge" and about.organisation is not None:
        joins: list[str | Locked] = [f"{JOINS}{branch.id}" for branch in siblings_of(about.organisation)]
        groups.append(Group(gettext("Branches that join it"), joins))
    for number, prefix in enumerate(about.prefixes, 1):
        title = gettext("New organisation")
        if about.number_of_new > 1:
            title = gettext("New organisation %(number)s", number=number)
        groups += [
            Group(title, [prefix + name for name in _NEW_ITEMS]),
            Group(gettext("Its unit"), [prefix + UNIT + name for name in _UNIT_ITEMS], _UNIT_NOTE),
            Group(gettext("Its administrator"), [prefix + LOGIN, prefix + PERSON], _ACCOUNT_NOTE),
        ]
    if about.kind in _WITH_ACCOUNT:
        groups.append(Group(gettext("New administrator"), [LOGIN, PERSON], _ACCOUNT_NOTE))
    paper = gettext("Needed: the number is enough, the scan may follow.")
    return [*groups, Group(gettext("Document this rests on"), list(evidence.NAMES), paper, "evidence")]


_UNIT_NOTE = _("For an organisation with a unit of its own; empty where it shares the superior's.")
_ACCOUNT_NOTE = _(
    "Opened in the same order, with the post there; the password is printed once."
    " Empty where nobody needs one."
)
_NOTES = {
    "merge": _("This branch is kept; the members of those that join come to it, without single transfers."),
    "split": _("After this form each member is placed: by ticks, or with a worksheet."),
    "upgrade": _(
        "A branch with members needs at least two new branches; after this form each member is placed."
    ),
    "downgrade": _("As a branch it takes in the members of the branches below it, which end."),
    "abolish": _("Only without members and organisations below; posts, accounts and its unit end with it."),
    "move": _("Everything below moves too and gets new codes; members stay in their branches."),
}


def shown_in(
    about: About, order: ChangeOrder | None, lines: list[Any], accounts: list[Any]
) -> dict[str, Any]:
    """What the form shows before anybody types: the draft, or what the organisation holds now."""
    organisation = about.organisation
    shown: dict[str, Any] = {
        "kind": about.kind,
        "organisation": str(organisation.id) if organisation else "",
        "lines": str(about.number_of_new),
        "undoes": str(about.undoes.id) if about.undoes else "",
    }
    for name in _ITEMS.get(about.kind, ()):
        shown[ITEM + name] = getattr(organisation, name)
    if order is None:
        for prefix in about.prefixes:  # as most are; a branch that is split makes others of its kind
            shown[prefix + "unit_situation"] = SUPERIORS_UNIT
            shown[prefix + "kind"] = organisation.kind if about.kind == "split" and organisation else None
        return shown
    shown |= {name: getattr(order, name) for name in ("superior_id", "effective_on", "remark", "ver")}
    shown |= {ITEM + name: _read(name, value) for name, value in order.items.items()}
    shown |= {f"{JOINS}{line.organisation_id}": True for line in lines if line.role == "joins"}
    made = [line for line in lines if line.role == "new"]
    for prefix, line in zip(about.prefixes, made, strict=False):
        shown |= {prefix + name: _read(name, value) for name, value in line.items.items()}
        shown |= {prefix + UNIT + name: value for name, value in line.unit.items()}
        shown |= _person(prefix, [account for account in accounts if account.line_id == line.id])
    return shown | _person("", [account for account in accounts if account.line_id is None])


def _person(prefix: str, accounts: list[Any]) -> dict[str, Any]:
    return {prefix + LOGIN: accounts[0].login, prefix + PERSON: accounts[0].name} if accounts else {}


def _read(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name in ("founded", "began", "ends") and value else value


def ordered(about: About, bound: RecordForm, document_id: int) -> Ordered:
    """The order that a form says, resting on a document."""
    form, organisation = bound.form, about.organisation
    items: dict[str, Any] = {}
    for name in _ITEMS.get(about.kind, ()):
        value = _plain(form[ITEM + name].data)
        if value != _plain(getattr(organisation, name)):
            items[name] = value
    if about.kind == "term":
        items |= _said(form, ITEM, _TERM_ITEMS)
    joins = [found for found in form if found.name.startswith(JOINS) and found.data]
    lines = [Line(organisation_id=int(found.name.removeprefix(JOINS))) for found in joins]
    lines += [
        Line(None, _said(form, prefix, _NEW_ITEMS), _unit(form, prefix), _people(form, prefix))
        for prefix in about.prefixes
    ]
    return Ordered(
        kind=about.kind,
        document_id=document_id,
        effective_on=form["effective_on"].data,
        organisation_id=organisation.id if organisation else None,
        superior_id=form["superior_id"].data if "superior_id" in form else None,
        items=items,
        lines=lines,
        accounts=_people(form, "") if LOGIN in form else (),
        remark=form["remark"].data,
        undoes=about.undoes.id if about.undoes else None,
    )


def _said(form: Any, prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
    said = {name: _plain(form[prefix + name].data) for name in names}
    return {name: value for name, value in said.items() if value not in (None, "")}


def _unit(form: Any, prefix: str) -> dict[str, Any]:
    unit = _said(form, prefix + UNIT, _UNIT_ITEMS)
    return unit if "name" in unit else {}


def _people(form: Any, prefix: str) -> list[tuple[str, str]]:
    login = form[prefix + LOGIN].data
    return [(login, form[prefix + PERSON].data or "")] if login else []


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def with_same_unit(typed: Any, prefix: str) -> MultiDict[str, Any]:
    """What was typed of a new organisation, standing in the unit of its superior."""
    changed = MultiDict(typed)
    changed[prefix + "unit_situation"] = SUPERIORS_UNIT
    for name in _UNIT_ITEMS:
        changed[prefix + UNIT + name] = ""
    return changed
