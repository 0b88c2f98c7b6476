"""The pages that are measured, each beside the statements that a person would write for it by hand."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any, LiteralString
from urllib.parse import urlencode

import psycopg

from bench.browser import Visitor
from bench.registries import CLIENT, Worker, enter

LIST: LiteralString = """
SELECT m.branch_code, m.id, m.name, m.sex, id_number_masked(m.id_number), m.birth_date, m.person_type,
       m.branch_id, (SELECT o.name FROM organisation o WHERE o.id = m.branch_id), m.join_date,
       phone_masked(m.mobile), m.status
  FROM member m WHERE m.branch_code >= %(station)s AND m.branch_code < %(station)s || '~' """
BY_BRANCH: LiteralString = " ORDER BY m.branch_code, m.id LIMIT 51"
COUNT: LiteralString = "SELECT * FROM members_below(%(below)s)"
BELOW: LiteralString = "branch_code >= %(below)s AND branch_code < %(below)s || '~'"
TABS: LiteralString = f"""
SELECT (SELECT count(*) FROM (SELECT FROM member WHERE {BELOW} AND person_type = '2' LIMIT 1000) AS new),
       (SELECT count(*) FROM (SELECT FROM member WHERE {BELOW} AND (lost OR is_mobile) LIMIT 1000) AS away),
       (SELECT count(*) FROM (SELECT FROM member WHERE {BELOW} AND status = '2' LIMIT 1000) AS suspended),
       (SELECT count(*) FROM (SELECT FROM member WHERE {BELOW} AND intake = 'stock' LIMIT 1000) AS stock)"""
VIEWS: LiteralString = "SELECT * FROM saved_view WHERE subject = 'member' AND taken_away IS NULL ORDER BY id"
TREE: LiteralString = """
SELECT o.id, o.code, o.name, o.short_name, o.ended, (SELECT coalesce(sum(c.counted), 0) FROM branch_count c
         WHERE c.branch_code >= o.code AND c.branch_code < o.code || '~') AS members,
       EXISTS (SELECT FROM organisation b WHERE b.parent_id = o.id) AS is_parent
  FROM organisation o
 WHERE o.code = %(station)s OR (o.ended IS NULL
       AND o.parent_id = (SELECT s.id FROM organisation s WHERE s.code = %(station)s))
 ORDER BY o.code LIMIT 31"""
AROUND: tuple[LiteralString, ...] = (COUNT, TABS, VIEWS, TREE)
"""What stands around a list of members."""

ONE: LiteralString = """
SELECT m.name, m.sex, m.ethnicity, id_number_masked(m.id_number), m.birth_date, m.education, m.person_type,
       m.branch_id, (SELECT o.name FROM organisation o WHERE o.id = m.branch_id), m.join_date, m.full_date,
       m.job_post, phone_masked(m.mobile), phone_masked(m.landline), m.address, m.status, m.lost,
       m.lost_month, m.is_mobile, m.destination, m.destination_text, m.new_social_stratum, m.remark, m.ver
  FROM member m WHERE m.id = %(id)s"""
DRAFTS: LiteralString = (
    "SELECT sheet, form, record, fields, file_name, saved_at FROM draft WHERE fields IS NOT NULL"
    " AND saved_at > now() - interval '30 days' ORDER BY saved_at DESC"
)
JOBS: LiteralString = "SELECT * FROM job WHERE handled_at IS NULL ORDER BY id DESC LIMIT 11"
SUPERIOR: LiteralString = "SELECT name, phone FROM organisation_directory WHERE code = left(%(station)s, -3)"
WAITING: LiteralString = (
    "SELECT w.*, (SELECT o.name FROM organisation o WHERE o.code = w.code)"
    " FROM waiting_below(%(station)s, current_date) w"
)
DAYS: LiteralString = "SELECT * FROM calendar_day WHERE day BETWEEN current_date - 7 AND current_date + 40"
FAULTS: LiteralString = (
    "SELECT member_faults(m, current_date), missing_items(m) FROM member m WHERE m.id = %(id)s"
)
FORM: tuple[LiteralString, ...] = (ONE, DRAFTS, SUPERIOR, FAULTS)
"""What a form shows besides the record: one's draft of it, whom to ask, and what is wrong already."""

SPELLS: LiteralString = """
SELECT s.branch_id, (SELECT o.name FROM organisation o WHERE o.id = s.branch_id), s.status, s.during
  FROM membership_spell s WHERE s.member_id = %(id)s ORDER BY s.id DESC"""
PROOFS: LiteralString = (
    "SELECT field, document_id, written_at, document_has_scan(document_id) FROM evidence"
    " WHERE subject_id = %(id)s ORDER BY id DESC"
)
REPORTS: LiteralString = "SELECT id, kind, state, event_date FROM report WHERE member_id = %(id)s"
ACTS: LiteralString = (
    "SELECT v.ver, a.* FROM member_version v LEFT JOIN acts_of('member', %(id)s) a"
    " ON a.transaction_id = v.transaction_id WHERE v.id = %(id)s ORDER BY v.ver DESC"
)
LOGGED: LiteralString = (
    "INSERT INTO access_log (kind, subject, subject_id) VALUES ('number looked up', 'member', %(id)s)"
)
THEN: LiteralString = """
  FROM membership_spell s JOIN member m ON m.id = s.member_id JOIN membership_status c ON c.code = s.status
 WHERE s.branch_code >= %(below)s AND s.branch_code < %(below)s || '~'
   AND s.during @> %(day)s::date AND s.replaced_at IS NULL """
PAST_LIST: LiteralString = f"""
SELECT s.branch_code, m.id, m.name, m.sex, id_number_masked(m.id_number), m.birth_date,
       CASE WHEN m.full_date <= %(day)s::date THEN '1' ELSE '2' END, s.branch_id,
       (SELECT o.name FROM organisation o WHERE o.id = s.branch_id), m.join_date, s.status, lower(s.during)
{THEN} ORDER BY s.branch_code, m.id LIMIT 51"""
PAST_COUNT: LiteralString = f"""
SELECT count(*) FILTER (WHERE c.is_kept), count(*) FILTER (WHERE c.is_counted),
       count(*) FILTER (WHERE c.is_counted AND coalesce(m.full_date > %(day)s::date, true)) {THEN}"""
PAST_TREE: LiteralString = f"SELECT s.branch_code, count(*) FILTER (WHERE c.is_counted) {THEN} GROUP BY 1"
YEARS_AGO = "2022-06-30"
AS_OF = "as of a day"
"""In the names of pages that count the members of a day one by one, and so grow with them."""

ORGANISATIONS: LiteralString = """
SELECT code, id, name, kind, secretary, contact, phone, ended FROM organisation
 WHERE code >= %(station)s AND code < %(station)s || '~' ORDER BY code LIMIT 51"""
PREFIXES = ("王", "李", "张伟", "欧阳", "陈", "刘芳", "杨", "赵", "黄明", "汤")
SAMPLES = 40


@dataclass(frozen=True)
class Page:
    """A request and the same by hand; both are given the number of the run. `before` is not measured."""

    name: str
    ask: Callable[[int], object]
    by_hand: Callable[[int], object]
    before: Callable[[int], object] | None = None


class Desk:
    """One worker with a browser and with a bare connection, and records of their scope to ask for."""

    def __init__(self, worker: Worker, visitor: Visitor, connection: psycopg.Connection[Any]):
        self.worker, self.visitor, self.connection = worker, visitor, connection
        self._place: tuple[str, int] | None = None
        self._next = ""
        self._form: dict[str, str] = {}
        with connection.transaction():
            enter(connection, worker)
            rows = connection.execute(
                "SELECT id, id_number, branch_code FROM member WHERE intake = 'registered'"
                " ORDER BY hashint8(id) LIMIT %s",
                [SAMPLES],
            ).fetchall()
            rare = connection.execute(
                "SELECT status FROM member WHERE status IS NOT NULL GROUP BY 1 ORDER BY count(*), 1 LIMIT 1"
            ).fetchone()
        assert rows and rare
        self.members: list[tuple[int, str, str]] = list(islice(cycle(rows), SAMPLES))
        self.rare_status: str = rare[0]

    def pages(self) -> list[Page]:
        """All pages that the worker may open."""
        pages = [
            Page("home", lambda i: self.visitor.get("/"), self._home),
            self._list("members, first page", {}, "", BY_BRANCH),
            Page("members, next 50 pages", self._ask_next, self._next_by_hand),
            Page("members by name prefix", lambda i: self._get("/member/", name=_prefix(i)), self._by_name),
            Page("member by ID number", self._ask_number, self._number_by_hand),
            Page("members of a branch by status", self._ask_branch, self._branch_by_hand),
            self._list(
                "members by rare status",
                {"status": self.rare_status},
                " AND m.status = %(status)s",
                BY_BRANCH,
            ),
            self._list("probationary members", {"person_type": "2"}, " AND m.person_type = '2'", BY_BRANCH),
            Page("member, details", lambda i: self._get("/member/details/", id=self._id(i)), self._details),
            Page(
                "member, versions", lambda i: self._get("/member/versions/", id=self._id(i)), self._versions
            ),
            Page(
                "organisations, first page", lambda i: self.visitor.get("/organisation/"), self._organisations
            ),
            Page("organisations, type-ahead", self._ask_lookup, self._lookup_by_hand),
            Page(f"members {AS_OF}, first page", self._ask_past, self._past_by_hand),
            Page(f"members of a branch {AS_OF}", self._ask_past_branch, self._past_branch_by_hand),
        ]
        if self.worker.post.startswith("basic@"):
            pages += [
                Page("member, edit form", lambda i: self._get("/member/edit/", id=self._id(i)), self._one),
                Page("member, save", self._save, self._save_by_hand, before=self._open),
            ]
        return pages

    # -- the list and its filters ----------------------------------------------------------------------------

    def _list(self, name: str, filters: dict[str, str], where: LiteralString, order: LiteralString) -> Page:
        def by_hand(_run: int) -> None:
            self._read((LIST + where + order, *AROUND), **filters)

        return Page(name, lambda i: self._get("/member/", **filters), by_hand)

    def _ask_next(self, _run: int) -> None:
        if not self._next:
            self._next = _next_of(self.visitor.get("/member/").text)
        self._next = _next_of(self.visitor.get(self._next).text)

    def _next_by_hand(self, _run: int) -> None:
        code, key = self._place or (self.worker.station, 0)
        where: LiteralString = " AND (m.branch_code, m.id) > (%(code)s, %(key)s)"
        rows = self._read((LIST + where + BY_BRANCH, *AROUND), code=code, key=key)[0]
        self._place = rows[49][:2] if len(rows) > 50 else None

    def _by_name(self, run: int) -> None:
        where: LiteralString = (
            " AND m.name_key >= name_key(%(name)s) AND m.name_key < name_key(%(name)s) || chr(1114111)"
        )
        order: LiteralString = " ORDER BY m.name_key, m.branch_code, m.id LIMIT 51"
        self._read((LIST + where + order, *AROUND), name=_prefix(run))

    def _ask_branch(self, run: int) -> None:
        self._get("/member/", organisation=self._member(run)[2], status="1")

    def _branch_by_hand(self, run: int) -> None:
        branch = self._member(run)[2]
        where: LiteralString = (
            " AND m.branch_code >= %(below)s AND m.branch_code < %(below)s || '~' AND m.status = '1'"
        )
        self._read((LIST + where + BY_BRANCH, *AROUND), below=branch)

    def _ask_number(self, run: int) -> None:
        self.visitor.post("/member/search/", {"q": self._member(run)[1]})

    def _number_by_hand(self, run: int) -> None:
        key, number, _ = self._member(run)
        where: LiteralString = " AND m.id_key = id_number_18(%(number)s) LIMIT 50"
        self._read((LIST + where, LOGGED), number=number, id=key)

    def _ask_past(self, _run: int) -> None:
        self._get("/member/past/", on=YEARS_AGO)

    def _past_by_hand(self, _run: int) -> None:
        self._read((PAST_LIST, PAST_COUNT, VIEWS, TREE, PAST_TREE))

    def _ask_past_branch(self, run: int) -> None:
        self._get("/member/past/", on=YEARS_AGO, organisation=self._member(run)[2])

    def _past_branch_by_hand(self, run: int) -> None:
        self._read((PAST_LIST, PAST_COUNT), below=self._member(run)[2])
        self._read((VIEWS, TREE, PAST_TREE))

    # -- one record ------------------------------------------------------------------------------------------

    def _one(self, run: int) -> None:
        self._read(FORM, id=self._id(run))

    def _details(self, run: int) -> None:
        self._read((ONE, SPELLS, PROOFS, REPORTS, ACTS, SUPERIOR), id=self._id(run))

    def _versions(self, run: int) -> None:
        of_member: LiteralString = (
            "SELECT * FROM member_version WHERE id = %(id)s ORDER BY ver DESC LIMIT 201"
        )
        self._read((ONE, of_member, "SELECT * FROM acts_of('member', %(id)s)"), id=self._id(run))

    def _open(self, run: int) -> None:
        self._form = self.visitor.form(f"/member/edit/?id={self._id(run)}")

    def _save(self, run: int) -> None:
        changed = _other(self._form["remark"])
        self.visitor.post(f"/member/edit/?id={self._id(run)}", self._form | {"remark": changed})

    def _save_by_hand(self, run: int) -> None:
        work = self.connection
        with work.transaction():
            work.execute("SELECT set_config('app.client', %s, true)", [CLIENT])
            work.execute("SELECT act(%s, %s, 'bench')", [self.worker.login, self.worker.post])
            found = work.execute("SELECT * FROM member WHERE id = %s FOR UPDATE", [self._id(run)])
            row = dict(
                zip([column.name for column in found.description or ()], found.fetchone() or (), strict=True)
            )
            remark = _other(row["remark"] or "")
            work.execute(
                "UPDATE member SET remark = %s WHERE id = %s AND ver = %s", [remark, row["id"], row["ver"]]
            )

    # -- organisations ---------------------------------------------------------------------------------------

    def _home(self, _run: int) -> None:
        organisations: LiteralString = (
            "SELECT count(*) FROM organisation"
            " WHERE code >= %(station)s AND code < %(station)s || '~' AND ended IS NULL"
        )
        self._read((COUNT, organisations, WAITING, JOBS, DRAFTS, SUPERIOR, DAYS))

    def _organisations(self, _run: int) -> None:
        self._read((ORGANISATIONS, VIEWS, TREE))

    def _ask_lookup(self, run: int) -> None:
        self._get("/member/ajax/lookup/", name="organisation_code", query=_PLACES[run % len(_PLACES)])

    def _lookup_by_hand(self, run: int) -> None:
        words: LiteralString = (
            "SELECT code, name FROM organisation WHERE ended IS NULL AND (strpos(lower(name), %(words)s) > 0"
            " OR strpos(lower(code), %(words)s) > 0) ORDER BY code LIMIT 20"
        )
        self._read((words,), words=_PLACES[run % len(_PLACES)])

    # -- tools -----------------------------------------------------------------------------------------------

    def _get(self, address: str, **query: Any) -> None:
        self.visitor.get(f"{address}?{urlencode(query)}")

    def _read(self, statements: tuple[LiteralString, ...], **values: Any) -> list[list[Any]]:
        station = self.worker.station
        values = {"station": station, "below": station, "day": YEARS_AGO} | values
        with self.connection.transaction():
            enter(self.connection, self.worker)
            found = [self.connection.execute(statement, values) for statement in statements]
            return [cursor.fetchall() if cursor.description else [] for cursor in found]

    def _member(self, run: int) -> tuple[int, str, str]:
        return self.members[run % SAMPLES]

    def _id(self, run: int) -> int:
        return self._member(run)[0]


# What people type to find an organisation: the last one is nowhere, so that all are looked through.
_PLACES = ("石", "第2", "松", "nowhere")


def _prefix(run: int) -> str:
    return PREFIXES[run % len(PREFIXES)]


def _next_of(page: str) -> str:
    found = re.search(r'rel="next" href="([^"]+)"', page)
    return html.unescape(found[1]) if found else ""


def _other(remark: str) -> str:
    return "bench" if remark != "bench" else "bench again"
