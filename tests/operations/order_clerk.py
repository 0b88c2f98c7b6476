"""Reads the small party into a book, and carries out what is ordered there in one transaction."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from partyadmin.db import Actor, work_as
from partyadmin.dictionary import Refused
from partyadmin.operations import acting
from partyadmin.operations.change_order import Line, Ordered, apply, draft, preview
from partyadmin.operations.change_order import place as place_members
from tests.operations.order_book import BRANCHES, Book, Place, Said
from tests.operations.test_change_orders import state
from tests.schema.world import INSTALLER, ORGANISATIONS, Ref, act, insert, new_member, number, run

MORE_MEMBERS = (
    "branch_org",
    "branch_org",
    "second_branch",
    "second_branch",
    "general_branch",
    "other_branch",
)
MORE_ACTORS = {"other": ("county", "other_county"), "second": ("basic", "second_county_committee")}
"""So that each keeper of the small party has somebody who acts: level and organisation."""

PLACES = "SELECT id, parent_id, code, kind, can_admit, name, founded, ended FROM organisation"
ROLL = """
    SELECT m.id, m.branch_id, max(coalesce(upper(s.during), lower(s.during)))
      FROM member m LEFT JOIN membership_spell s ON s.member_id = m.id AND s.replaced_at IS NULL
     GROUP BY m.id, m.branch_id"""
MEMBERSHIPS = """
    SELECT member_id, branch_id, lower(during), upper(during) FROM membership_spell
     WHERE replaced_at IS NULL AND NOT isempty(during) ORDER BY member_id, during"""
STRUCTURE = """
    SELECT organisation_id, parent_id, code, name, kind, lower(during), upper(during) FROM organisation_spell
     WHERE replaced_at IS NULL AND NOT isempty(during) ORDER BY organisation_id, during"""
POSTS = """
    SELECT p.level, p.organisation_code, p.organisation_id, l.technical, a.login
      FROM post p JOIN level l ON l.code = p.level
      LEFT JOIN tenure t ON t.post_id = p.id AND t.until IS NULL
      LEFT JOIN account a ON a.id = t.account_id AND a.closed IS NULL
     WHERE p.closed IS NULL"""


def more_of(registry: Any, world: dict[str, Any]) -> dict[str, Any]:
    """More members and keepers, a unit, delegated fields and a paper of each organisation."""
    with registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for sequence, branch in enumerate(MORE_MEMBERS):
            run(owner, new_member(branch_id=Ref(branch), id_number=number(801 + 2 * sequence)), world)
        for login, (level, place) in MORE_ACTORS.items():
            of = {"organisation_id": Ref(place)}
            for statement in (
                insert("account", login=login, name=login, **of),
                insert("post", level=level, organisation_code="", **of),
            ):
                world["made"] = run(owner, statement + " RETURNING id", world)[0][0]
                world[f"{login}_{statement.split()[2]}"] = world["made"]
            held = {"account_id": Ref(f"{login}_account"), "post_id": Ref(f"{login}_post")}
            run(owner, insert("tenure", since=date(2020, 1, 1), **held), world)
        given = {"branch_id": Ref("second_branch"), "branch_code": "", "field": "mobile"}
        run(owner, insert("field_delegation", since=date(2020, 1, 1), **given), world)
        own = insert("unit", organisation_id=Ref("empty_branch"), organisation_code="", name="铜陵分公司")
        run(owner, f"UPDATE organisation SET unit_situation = '2' WHERE id = %(empty_branch)s; {own}", world)
        for name in ORGANISATIONS:
            paper = insert(
                "document", kind="approval", number=f"{name}1", title="批复", organisation_id=Ref(name)
            )
            world[f"paper_{name}"] = run(owner, paper + " RETURNING id", world)[0][0]
    return world


class Clerk:
    """A transaction in which orders are carried out one after the other, each in acts of its own."""

    def __init__(self, app: Flask, url: str, party: dict[str, Any]) -> None:
        self.app, self.names = app, 0
        self.connection = sa.create_engine(
            url.replace("postgresql://", "postgresql+psycopg://"),
            poolclass=sa.NullPool,
            connect_args={"prepare_threshold": None},
        ).connect()
        self.outer = self.connection.begin()
        self.papers = {party[name]: party[f"paper_{name}"] for name in ORGANISATIONS}
        rows = self.ask("SELECT superior_kind, kind FROM organisation_placement")
        self.may = frozenset((above, kind) for above, kind in rows)
        self.book = self.read()

    def ask(self, query: str) -> list[Any]:
        self.connection.execute(sa.text("RESET ROLE"))
        return [tuple(row) for row in self.connection.execute(sa.text(query))]

    def read(self) -> Book:
        places = {row[0]: Place(*row) for row in self.ask(PLACES)}
        roll = self.ask(ROLL)
        return Book(
            self.ask("SELECT current_date")[0][0],
            places,
            {member: branch for member, branch, _ in roll},
            {member: turned for member, _, turned in roll},
            self.may,
            *self.history(),
        )

    def history(self) -> list[dict[int, date]]:
        """Since when each organisation stands, and as a branch; when one below, or a member, last left it."""
        stood: dict[int, date] = {}
        was_branch: dict[int, date] = {}
        went: list[tuple[int, date]] = []
        last: Any = (None,) * 7
        for spell in [*self.ask(STRUCTURE), last]:
            key, parent, _, _, kind, begins, _ = spell
            follows = (last[0], last[6]) == (key, begins)
            if begins is not None and not follows:
                stood[key] = was_branch[key] = begins
            elif begins is not None and kind in BRANCHES and last[4] not in BRANCHES:
                was_branch[key] = begins
            if last[6] is not None and (not follows or last[1] != parent):
                went.append((last[1], last[6]))
            last = spell
        moved = [(branch, ends) for _, branch, _, ends in self.ask(MEMBERSHIPS) if ends is not None]
        # Sorted by day, so that the last one counts.
        return [stood, was_branch, *(dict(sorted(each, key=lambda one: one[1])) for each in (went, moved))]

    def holder(self, organisation: int | None) -> Actor | None:
        """Who acts at an organisation."""
        for level, code, key, technical, login in self.ask(POSTS):
            if key == organisation and login is not None and not technical:
                return Actor(login, f"{level}@{code}")
        return None

    def carried_out(self, actor: Actor, said: Said, paper: int) -> tuple[int | None, str | None]:
        """Drafts, previews and applies an order in three acts: its key, or the rule that refused it."""
        lines = [Line(organisation_id=key) for key in said.joins]
        for name, kind in said.founds:
            accounts = ((f"login{self.names}", "周新"),) if said.kind == "establish" else ()
            items = {"name": name, "kind": kind, "unit_situation": "1"}
            lines.append(Line(items=items, accounts=accounts))
        ordered = Ordered(
            said.kind, paper, said.day, said.about, said.superior, said.items, lines, remark="试办"
        )
        return self.in_order(actor, ordered, said.goes)

    def in_order(
        self, actor: Actor, ordered: Ordered, goes: dict[int, int | None]
    ) -> tuple[int | None, str | None]:
        whole = self.connection.begin_nested()
        self.connection.execute(sa.text("SET LOCAL ROLE partyadmin_app"))
        session = Session(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        try:
            with self.app.test_request_context():
                work_as(session, actor)
                with acting(session, "草拟"):
                    order = draft(session, ordered)
                    if goes:
                        query = f"SELECT id FROM change_line WHERE order_id = {order.id} ORDER BY id"
                        lines = session.scalars(sa.text(query)).all()
                        places = {m: None if n is None else lines[n] for m, n in goes.items()}
                        place_members(session, order, places)
                with acting(session, "预览"):
                    preview(session, order)
                with acting(session, "执行", order.document_id):
                    apply(session, order, {})
                    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
                    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
        except Refused as refused:
            whole.rollback()
            return None, refused.rule or str(refused)
        finally:
            session.close()
        whole.commit()
        return order.id, None

    def undone(self, applied: tuple[int, Said, int]) -> bool:
        """Takes an order back by whoever made it; whether that may be."""
        order, _, maker = applied
        actor = self.holder(maker)
        if actor is None:
            return False
        about = self.ask(f"SELECT organisation_id FROM change_order WHERE id = {order}")[0][0]
        ordered = Ordered("undo", self.papers[maker], self.book.today, about, undoes=order)
        return self.in_order(actor, ordered, {})[0] is not None

    def state(self, last: int) -> dict[str, Any]:
        self.connection.execute(sa.text("RESET ROLE"))
        return state(self.connection, last)

    @property
    def raw(self) -> Any:
        return self.connection.connection.driver_connection
