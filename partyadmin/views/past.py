"""Members as they stood on a day: the list, the tree beside it and the page of one member, by two clocks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import g, request
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy.exc import DBAPIError

from partyadmin.config import TIME_ZONE
from partyadmin.db import Past, db, look_at
from partyadmin.dictionary import Refused, refusal
from partyadmin.models import Organisation, PastMember
from partyadmin.views import menu, past_tree
from partyadmin.views.beside import TreeView
from partyadmin.views.cells import Cell, Names, today
from partyadmin.views.columns import Column
from partyadmin.views.exporting import ExportingView
from partyadmin.views.filters import Equal
from partyadmin.views.lists import Narrowed, Tab
from partyadmin.views.marks import Mark
from partyadmin.views.member import MemberView
from partyadmin.views.paper import PaperPages
from partyadmin.views.past_tree import THEN
from partyadmin.views.rows import Source
from partyadmin.views.tree import Node

_NOW, _TODAY = "now", "today"
_DAY_RULE = "a_look_at_the_past_is_at_a_day_that_was"


@dataclass(frozen=True)
class Look:
    """What the strip of a look at the past says: the day, whose knowledge and structure, what else.

    `others` are the addresses of the other clock and the other structure, each with its words.
    """

    day: date
    is_then: bool
    follows_the_day: bool
    clock: str
    structure: str
    others: list[tuple[str, str]]
    back: str


class PastMemberView(TreeView, ExportingView):
    """Who stood in which branch on the day in the address; read-only."""

    chapter = menu.MEMBERS
    in_menu = False
    title = lazy_gettext("Members")
    noun = lazy_gettext("member")
    read_by = (("P1", "V"),)
    scope_column = "branch_code"
    keeps_versions = False
    masked = MemberView.masked

    column_list = (
        "name", "sex", "id_number", "birth_date", "person_type", "branch_id", "join_date", "status", "since",
    )  # fmt: skip
    column_details_list = (
        "name", "sex", "ethnicity", "id_number", "birth_date", "education", "person_type", "branch_id",
        "branch_then", "branch_code_then", "join_date", "full_date", "job_post", "mobile", "landline",
        "address", "status", "since", "began_by", "until", "ended_by", "lost", "lost_month", "is_mobile",
        "destination", "destination_text", "new_social_stratum", "remark",
    )  # fmt: skip
    order = ("branch_code", "id")
    narrow_by = (
        past_tree.StoodBelow("organisation", column="branch_code"),
        past_tree.StoodDirectly("directly", column="branch_code"),
        Equal("status"), Equal("person_type"),
    )  # fmt: skip
    tabs = (
        Tab("probationary", lazy_gettext("Probationary members"), {"person_type": "2"}),
        Tab("suspended", lazy_gettext("Membership suspended"), {"status": "2"}),
    )
    marks = {
        "status": (
            Mark("status", ("1",), "ok", "dot"), Mark("status", ("2",), "end", "pause"),
            Mark("status", ("6",), "info", "swap"),
            Mark("person_type", ("2",), "info", "half", lazy_gettext("On probation")),
        ),
    }  # fmt: skip
    list_template = "partyadmin/past_members.html"
    details_template = "partyadmin/past_member.html"

    def __init__(self) -> None:
        super().__init__(PastMember, url="/member/past")

    # -- the day in the address --

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        answer = super()._handle_view(name, **kwargs)
        if answer is None:
            self._look()
        return answer

    def _look(self) -> None:
        """Reads day, clock and structure of the address; without a day it is today."""
        day = _day_in(request.args.get("on", ""))
        is_then = _choice("known", _NOW, THEN) == THEN
        follows = _choice("structure", _TODAY, THEN) == THEN
        try:
            look_at(db.session(), Past(day, _end_of(day) if is_then else None))
        except DBAPIError as error:
            db.session.rollback()
            raise refusal(error) from error
        g.past = None  # filled in below: the addresses in it are of this look
        chosen = {"known": THEN if is_then else _NOW, "structure": THEN if follows else _TODAY}
        g.looked_at = {"on": day.isoformat()} | chosen
        kept = {name: value for name, value in request.args.items() if name not in g.looked_at}
        here = f".{(request.endpoint or '').partition('.')[2]}"
        g.past = Look(
            day, is_then, follows,
            gettext("As known then.") if is_then else gettext("As known now."),
            _structure_in_words(follows),
            [
                (self.get_url(here, **kept | {"known": _NOW if is_then else THEN}),
                 gettext("As known now") if is_then else gettext("As known then")),
                (self.get_url(here, **kept | {"structure": _TODAY if follows else THEN}),
                 gettext("In today's structure") if follows else gettext("In the structure of that day")),
            ],
            self._back(kept),
        )  # fmt: skip

    def _back(self, kept: dict[str, str]) -> str:
        if "id" in kept:
            return str(super().get_url("member.details_view", id=kept["id"]))
        place = {name: kept[name] for name in ("organisation", "directly") if name in kept}
        return str(super().get_url("member.index_view", **place))

    def carried(self) -> dict[str, str]:
        looked_at: dict[str, str] = g.get("looked_at", {})
        return looked_at

    def get_url(self, endpoint: str, **kwargs: Any) -> str:
        """Addresses of this view carry the day on."""
        carried = self.carried() if endpoint.startswith(".") else {}
        return str(super().get_url(endpoint, **(carried | kwargs)))

    def state_of(self, asked: Any, given: Any) -> dict[str, str]:
        return super().state_of(asked, given) | g.looked_at

    def opens(self) -> tuple[str, Callable[[Any], Any]]:
        return self.get_url(".details_view") + "&id=", self.key_in

    # -- who was here --

    def readable(self, name: str) -> Any:
        if name != "name":
            return super().readable(name)
        left = gettext("(has left this scope since)")
        return sa.case((PastMember.has_left, left), else_=PastMember.name).label(name)

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {"links": [(gettext("Member card"), "past_member.card_view", {"id": row.id} | g.looked_at)]}

    card_view = PaperPages.card_view

    # -- where they stood --

    def narrowed(
        self, names: tuple[str, ...] | None = None, given: Mapping[str, str] | None = None
    ) -> Narrowed:
        asked = super().narrowed(names, given)
        if not past_tree.is_followed() or {"organisation", "directly"} & asked.values.keys():
            return asked
        station = past_tree.day_tree().ids_below(current_user.organisation_code)
        return asked._replace(query=asked.query.where(past_tree.in_branches(station)))

    def marking(self, shown: tuple[str, ...]) -> tuple[str, ...]:
        return (*super().marking(shown), *(("branch_then",) if "branch_id" in shown else ()))

    def _source(self, column: Column, names: Names) -> Source:
        if column.name != "branch_id":
            return super()._source(column, names)

        def told(row: Any) -> Cell:
            known = names.get((Organisation, row.branch_id))
            then = (
                None if row.branch_then is None else self.brief(Organisation, row.branch_id, row.branch_then)
            )
            return Cell(_both(then, known) if past_tree.is_followed() else _both(known, then, is_then=True))

        return told, attrgetter("branch_id", "branch_then")

    def opened_tree(self, chosen: str, abolished: bool) -> Node | None:
        if past_tree.is_followed():
            return past_tree.day_tree().opened(chosen)
        return super().opened_tree(chosen, abolished)

    def found_in_tree(self, typed: str) -> list[Node]:
        return past_tree.day_tree().found(typed) if past_tree.is_followed() else super().found_in_tree(typed)

    def subordinates(self, code: str, after: str, abolished: bool) -> tuple[list[Node], int]:
        if past_tree.is_followed():
            return past_tree.day_tree().subordinates(code, after)
        return super().subordinates(code, after, abolished)

    def depth(self, below: str) -> int:
        return past_tree.day_tree().depth(below) + 1 if past_tree.is_followed() else super().depth(below)

    # -- how many there were --

    def facts(self, values: dict[str, str]) -> str:
        code = values.get("organisation") or values.get("directly") or current_user.organisation_code
        count = past_tree.count_below(code) if past_tree.is_followed() else _count_below(code)
        told = gettext(
            "%(counted)s members then, %(probationary)s of them probationary; %(kept)s on the roll.",
            counted=count.counted, probationary=count.probationary, kept=count.kept,
        )  # fmt: skip
        return " ".join(filter(None, (told, past_tree.called_then(code))))

    def each_counted(self, nodes: list[Node]) -> list[Node]:
        """The numbers of the day, all told from one pass over the branches of the widest organisation."""
        if not nodes:
            return nodes
        if past_tree.is_followed():
            counts = past_tree.counts_then()
            for node in nodes:
                node.members = counts[node.id].counted
            return nodes
        past_tree.note_former(nodes)
        codes, sums = _counts(_common(nodes))
        for node in nodes:
            first, last = bisect_left(codes, node.code), bisect_left(codes, node.code + "~")
            node.members = sums[last] - sums[first]
        return nodes

    # -- the list as a file --

    def column_sets(self) -> dict[str, tuple[str, ...]]:
        sets = super().column_sets()
        if not past_tree.is_followed():
            return sets
        # The branch as it was called: today's name stands among all columns.
        then = {"branch_id": "branch_then"}
        named = {
            name: tuple(then.get(column, column) for column in columns) for name, columns in sets.items()
        }
        return named | {"all": sets["all"]}

    def title_of_file(self) -> str:
        return f"{self.title} {g.past.day}"

    def _filters_in_words(self, values: dict[str, str]) -> list[str]:
        told = gettext("As of %(day)s.", day=g.past.day) + " " + g.past.clock
        told += " " + g.past.structure
        return [told, *super()._filters_in_words(values)]


def _count_below(code: str) -> Any:
    """How many members stood below an organisation as it is today."""
    query = "SELECT * FROM members_below_as_of(:code, looked_at_day(), looked_at_as_known())"
    return db.session.execute(sa.text(query), {"code": code}).one()


def _counts(code: str) -> tuple[list[str], list[int]]:
    """The branches of a subtree in order, and before each how many members stand in those before it."""
    query = "SELECT * FROM branch_counts_as_of(:code, looked_at_day(), looked_at_as_known())"
    rows = db.session.execute(sa.text(query), {"code": code})
    numbers = sorted((row.branch_code, row.counted) for row in rows)
    return [branch for branch, _ in numbers], [0, *accumulate(counted for _, counted in numbers)]


def _common(nodes: Sequence[Node]) -> str:
    """The code below which all the nodes stand."""
    first, last = min(node.code for node in nodes), max(node.code for node in nodes)
    depth = next((i for i in range(0, len(first), 3) if first[i : i + 3] != last[i : i + 3]), len(first))
    return first[:depth]


def _day_in(text: str) -> date:
    """The day in an address, today where it names none.

    Raises Refused for what is no day.
    """
    if not text.strip():
        return today()
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        sentence = gettext(
            '"%(text)s" is no day. Write year, month and day, for example 2026-06-30.', text=text[:40]
        )
        raise Refused(sentence, "on", _DAY_RULE) from None


def _choice(name: str, usual: str, other: str) -> str:
    """One of two words in an address.

    Raises Refused for any other.
    """
    word = request.args.get(name, "") or usual
    if word in (usual, other):
        return word
    sentence = gettext(
        '"%(name)s" is either "%(usual)s" or "%(other)s".', name=name, usual=usual, other=other
    )
    raise Refused(sentence, name, _DAY_RULE)


def _structure_in_words(follows_the_day: bool) -> str:
    if not follows_the_day:
        return gettext("Organisations stand as they do today.")
    return gettext(
        "Organisations stand as on that day; what has left your scope since is counted, not listed."
    )


def _both(first: str | None, second: str | None, is_then: bool = False) -> str:
    """A name, and the other one where it is another."""
    if first is None or second is None or first == second:
        return first or second or gettext("outside your scope")
    if is_then:
        return gettext("%(name)s (then %(other)s)", name=first, other=second)
    return gettext("%(name)s (today %(other)s)", name=first, other=second)


def _end_of(day: date) -> datetime:
    """The last moment of a day in the time zone of the pages."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(TIME_ZONE)) - timedelta(microseconds=1)
