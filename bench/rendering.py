"""A page of members as our list and as Flask-Admin's stock list make it of the same rows, in CPU time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.theme import Bootstrap4Theme
from flask_babel import Babel
from sqlalchemy.orm import Session, selectinload

from partyadmin.db import Actor, db, work_as
from partyadmin.models import Member
from partyadmin.views.member import MemberView

AIM = 1 / 3
"""Our list may take this part of the CPU time of the stock list."""

_COLUMNS = (
    "name", "sex", "id_number", "birth_date", "person_type", "branch", "join_date", "mobile", "status",
)  # fmt: skip


class StockView(ModelView):
    """Flask-Admin as it comes: stock templates, the row actions that it brings; the rows are handed to it."""

    column_list = _COLUMNS
    form_columns = ("name",)
    can_view_details = True
    page_size = 50
    rows: tuple[Member, ...] = ()

    def get_list(self, *_: Any, **__: Any) -> tuple[int, list[Member]]:
        return len(self.rows), list(self.rows)


def compare(app: Flask, client: Any, actor: Actor, times: int = 20) -> tuple[float, float, int]:
    """CPU milliseconds of our page and of the stock page (quick quarters, in turns), and the rows of each.

    Both count from the rows to the page, cells and template, without the queries that happen inside;
    ours with its menu, tree, tabs and chips.
    `client` is signed in to the application as the actor, in a post that lists members.
    """
    queries = [_Watch(Session, name) for name in ("execute", "scalar", "scalars")]
    # Ours makes the cells before the template, theirs inside it.
    cells, ours = _Watch(MemberView, "listing"), _Watch(MemberView, "render")
    stock = _Watch(StockView, "render")
    try:
        page = client.get("/member/").text
        keys = [int(part.split('"')[0]) for part in page.split("/member/details/?id=")[1:]]
        with app.app_context():
            work_as(db.session(), actor)
            rows = _members(keys)
            db.session.remove()
        visitor = _stock_application(rows).test_client()
        for _ in range(times + 3):
            for answer in (client.get("/member/"), visitor.get("/admin/stock/")):
                assert answer.status_code == 200 and rows[0].name and rows[0].name in answer.text
    finally:
        for watch in (cells, ours, stock, *queries):
            watch.leave()
    whole = [sum(each) for each in zip(cells.milliseconds, ours.milliseconds, strict=True)]
    return _steady(whole[4:]), _steady(stock.milliseconds[3:]), len(rows)


def _steady(milliseconds: list[float]) -> float:
    """The quick quarter: on a machine that others use too it tells best what the work itself costs."""
    return sorted(milliseconds)[len(milliseconds) // 4]


def _members(keys: list[int]) -> tuple[Member, ...]:
    """The rows of our page as whole records with their branches, as the stock list reads them."""
    query = sa.select(Member).where(Member.id.in_(keys)).options(selectinload(Member.branch))
    found = {member.id: member for member in db.session.scalars(query)}
    db.session.expunge_all()
    return tuple(found[key] for key in keys)


def _stock_application(rows: tuple[Member, ...]) -> Flask:
    app = Flask("stock")
    app.config["SECRET_KEY"] = "bench"
    Babel(app)
    view = StockView(Member, db, endpoint="stock")
    view.rows = rows
    Admin(app, theme=Bootstrap4Theme()).add_view(view)
    return app


class _Watch:
    """Measures a method of a class until it is left, without the queries that it sends."""

    in_queries = 0.0

    def __init__(self, owner: type[Any], name: str):
        self.milliseconds: list[float] = []
        self.is_query = owner is Session
        self.owner, self.name, self.original = owner, name, getattr(owner, name)
        setattr(owner, name, self._timed(self.original))

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any, **kwargs: Any) -> Any:
            asked, began = _Watch.in_queries, time.process_time()
            answer = method(*args, **kwargs)
            spent = 1000 * (time.process_time() - began)
            if self.is_query:
                _Watch.in_queries = asked + spent
            self.milliseconds.append(spent - (_Watch.in_queries - asked))
            return answer

        return timed

    def leave(self) -> None:
        setattr(self.owner, self.name, self.original)
