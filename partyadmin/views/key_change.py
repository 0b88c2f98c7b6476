"""Key-field changes of a subtree in a period, whoever made them, and samples that can be drawn again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import Base, db
from partyadmin.dictionary import label
from partyadmin.models import Account, KeyChange
from partyadmin.views import menu
from partyadmin.views.base import Answer
from partyadmin.views.beside import TreeView
from partyadmin.views.cells import moment
from partyadmin.views.exporting import ExportingView
from partyadmin.views.filters import Below, Directly, Equal
from partyadmin.views.lists import Tab
from partyadmin.views.periods import Person, Sample, Since, Until, day_begins, day_ends, day_in

_USUAL_DAYS = 30
_MOST_DRAWN = 999
_MOST_DIGITS = 9
_MOST_NAMED = 20
"""Changes without evidence that the page leads to; all are counted."""
_WITHOUT = sa.text(
    "SELECT member_id, field, after, count(*) OVER () AS counted"
    " FROM key_changes_without_evidence(:code, :since, :until) ORDER BY member_id, after LIMIT :most"
)


@dataclass(frozen=True)
class Maker(Person):
    """Changes of the accounts so called; those of a superior, whom the reader does not see, by name."""

    def narrow(self, query: sa.Select[Any], model: type[Base], value: str) -> sa.Select[Any]:
        # The door to a name is asked once for each account: asked for each row it would take seconds.
        unseen = query.with_only_columns(sa.func.min(KeyChange.id)).group_by(KeyChange.account_id)
        unseen = unseen.where(KeyChange.account_id.not_in(sa.select(Account.id)))
        told = sa.select(KeyChange.account_id, KeyChange.account_name).where(
            KeyChange.id.in_(db.session.scalars(unseen).all())
        )
        superiors = [row.account_id for row in db.session.execute(told) if row.account_name == value]
        return query.where(
            sa.or_(KeyChange.account_id.in_(self.accounts(value)), KeyChange.account_id.in_(superiors))
        )


class KeyChangeView(TreeView, ExportingView):
    """One changed key field: what it was and is now, by whom, on which documents."""

    chapter = menu.AUDIT
    title = lazy_gettext("Key-field changes")
    noun = lazy_gettext("key-field change")
    read_by = (("A4", "V"), ("P3", "WA"))
    export_by = (("A4", "V"), ("P10", "X"))
    scope_column = "branch_code"
    column_list = (
        "changed_at", "member_id", "branch_id", "field", "was", "becomes", "documents", "account_name",
        "reason",
    )  # fmt: skip
    column_details_list = (
        "changed_at", "member_id", "branch_id", "field", "was", "becomes", "documents", "has_scan",
        "account_name", "level", "organisation_name", "reason", "transaction_id", "before", "after",
    )  # fmt: skip
    order = ("changed_at", "id")
    newest_first = True
    narrow_by = (
        Below("organisation", column="branch_code"), Directly("directly", column="branch_code"),
        Since("since", "changed_at", _USUAL_DAYS), Until("until", "changed_at"),
        Equal("field"), Equal("has_scan"), Maker("person"), Sample("sample"),
    )  # fmt: skip
    tabs = (Tab("unscanned", lazy_gettext("Without scan"), {"has_scan": "0"}),)
    keeps_versions = False
    list_template = "partyadmin/key_changes.html"

    def __init__(self) -> None:
        super().__init__(KeyChange)

    def heading(self, row: Any) -> str:
        return f"{self.title} {moment(row.changed_at)}"

    def extra_details(self, row: Any) -> dict[str, Any]:
        values = {"id": row.member_id, "left": row.before or 0, "right": row.after}
        return {"links": [(gettext("Versions side by side"), "member.versions_view", values)]}

    # -- the list --

    def marking(self, shown: tuple[str, ...]) -> tuple[str, ...]:
        return (*super().marking(shown), "member_id", "before", "after")

    def opens(self) -> tuple[str, Callable[[Any], Any]]:
        """A row leads to the two versions side by side."""
        return url_for("member.versions_view") + "?id=", _sides

    def beside(self, values: dict[str, str], state: dict[str, str]) -> dict[str, Any]:
        return super().beside(values, state) | {"without": self._without(values)}

    def _without(self, values: dict[str, str]) -> dict[str, Any]:
        """How many changes of the organisation and the period have no evidence, and the first of them."""
        asked = {
            "code": values.get("organisation") or values.get("directly") or current_user.organisation_code,
            "since": day_begins(day_in(values["since"])) if "since" in values else "-infinity",
            "until": day_ends(day_in(values["until"])) if "until" in values else "infinity",
            "most": _MOST_NAMED,
        }
        rows = db.session.execute(_WITHOUT, asked).all()
        links = [
            (label("member", row.field), url_for("member.versions_view", id=row.member_id, right=row.after))
            for row in rows
        ]
        return {"count": rows[0].counted if rows else 0, "links": links}

    # -- samples --

    @expose("/")
    def index_view(self) -> Answer:
        """The list; `draw`, a number of rows, and perhaps `seed` lead to a sample of it."""
        if "draw" not in request.args:
            return super().index_view()
        number, seed = request.args["draw"].strip(), request.args.get("seed", "").strip()
        given = {name: value for name, value in request.args.items() if name != "sample"}
        if (fault := _fault(number, seed)) is not None:
            flash(fault, "danger")
            return super().index_view()
        asked = self.narrowed(("id",), given)
        # A change that comes later must not be drawn when somebody draws the same sample again.
        newest = asked.query.with_only_columns(sa.func.max(KeyChange.id))
        last = db.session.scalar(newest) or 0
        seed = seed or str(secrets.randbelow(10**6))
        sample = f"{int(number)}-{int(seed)}-{last}"
        return redirect(self.address(self.state_of(asked, given), sample=sample))


def _sides(row: Any) -> str:
    return f"{row.member_id}&left={row.before or 0}&right={row.after}"


def _fault(number: str, seed: str) -> str | None:
    """What is wrong with a wish for a sample, in a sentence; None where it can be drawn."""
    if not _is_whole(number) or not 0 < int(number) <= _MOST_DRAWN:
        return gettext(
            'Rows of the sample: "%(value)s" is no whole number from 1 to %(most)s.',
            value=number[:60],
            most=_MOST_DRAWN,
        )
    if seed and not _is_whole(seed):
        return gettext('Seed: "%(value)s" is no whole number of at most 9 digits.', value=seed[:60])
    return None


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
