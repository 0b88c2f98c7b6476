"""What can happen to an organisation: each kind of change order, with the reason where it cannot."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.dictionary import rule_sentence
from partyadmin.models import ChangeKind, Organisation
from partyadmin.models.codes import OrganisationKind
from partyadmin.views.labels import label_of
from partyadmin.views.rights import Rights

_ = lazy_gettext
_TOLD = {
    "establish": _("A new organisation below, with its unit and its administrator."),
    "merge": _("Other branches join this one; their members come along, and they end."),
    "split": _("A part of the members goes to new branches."),
    "upgrade": _("A branch becomes a general branch or committee, a general branch a committee."),
    "downgrade": _("A committee becomes a general branch, or takes in the branches below it."),
    "abolish": _("It ends; nobody may stand in it and nothing below it."),
    "restore": _("An abolished one stands again."),
    "change": _("Name, kind, telephone and the like; the former name stays findable."),
    "term": _("The committee elected, its term, and a new administrator."),
    "move": _("With all below it to another superior; the members stay in their branches."),
}
_MADE_BY = sa.text("SELECT an_order_is_made_by_the_maintainer(:kind, :organisation, :superior)")


class Offered(NamedTuple):
    """A kind of order: its name, what it does, its rights, and why not here."""

    code: str
    name: str
    told: str
    rights: Rights
    obstacle: str | None


def offered_for(place: Organisation | None) -> list[Offered]:
    """All kinds of orders, for an organisation or for none that is chosen yet."""
    kinds = db.session.scalars(sa.select(ChangeKind).where(ChangeKind.code.in_(_TOLD)))
    known = {kind.code: kind for kind in kinds}
    return [
        Offered(
            code,
            label_of(ChangeKind, code),
            str(told),
            ((_function(known[code], place), "W"),),
            _obstacle(code, place),
        )
        for code, told in _TOLD.items()
    ]


def _function(kind: ChangeKind, place: Organisation | None) -> str:
    own = place is not None and place.id == current_user.organisation_id
    return "O7" if own and kind.code in ("change", "term") else str(kind.function)


def _obstacle(code: str, place: Organisation | None) -> str | None:
    """Why an order of this kind cannot be about the organisation, whoever asks; None where it can."""
    if place is None:
        return None if code == "establish" else gettext("Choose the organisation first.")
    if place.ended is not None:
        return None if code == "restore" else gettext("This organisation is abolished.")
    if code == "restore":
        return gettext("This organisation exists.")
    holds_members = db.session.get_one(OrganisationKind, place.kind).holds_members
    if code in ("merge", "split") and not holds_members:
        return rule_sentence("what_is_merged_or_split_has_members")
    if code == "establish" and holds_members:
        return gettext("A branch has no organisations below it.")
    if code == "downgrade" and holds_members:
        return gettext("A branch is the lowest kind.")
    if code == "move":
        return None if place.parent_id is not None else gettext("The root of the registry stays where it is.")
    superior = place.id if code == "establish" else None
    about = {"kind": code, "organisation": None if code == "establish" else place.id, "superior": superior}
    made_here = db.session.scalar(_MADE_BY, about)
    return None if made_here else rule_sentence("an_order_is_made_by_the_maintainer")
