"""A small demonstration city with somebody of each level, for tests that look at every face of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from selenium import webdriver
from sqlalchemy.orm import Session

from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import INSTALLER, Actor, db, work_as
from partyadmin.demonstration import found_demonstration
from partyadmin.demonstration.accounts import open_showcase_accounts
from partyadmin.identity import COOKIE
from partyadmin.models import ChangeLine, Organisation
from partyadmin.operations import acting
from partyadmin.operations.change_order import Line, Ordered, draft, place, preview
from partyadmin.operations.change_order.world import members_of, task_of
from partyadmin.operations.document import Filing, file_document
from tests.browser.conftest import Browser, window

MEMBERS, SEED = 400, 7


class Showcase(NamedTuple):
    """A window before the city, and the login of each level."""

    browser: Browser
    logins: dict[str, str]
    registry: Any

    def work_as(self, level: str) -> None:
        """Goes on as somebody of a level, through the door that signing in uses."""
        token = f"token-of-a-face-{level}-{'x' * 20}"
        digest = hashlib.sha256(token.encode()).hexdigest()
        with self.registry.connect("app") as session:
            session.execute(
                "SELECT start_session(%s, %s, '127.0.0.1', 'test')"
                " WHERE NOT EXISTS (SELECT FROM session_of(%s))",
                [digest, self.logins[level], digest],
            )
        self.browser.open("/sign-in/")
        self.browser.driver.delete_all_cookies()
        self.browser.driver.add_cookie({"name": COOKIE, "value": token})


@contextmanager
def showcase(registry: Any, chromium: webdriver.Chrome) -> Iterator[Showcase]:
    """Founds the city, opens its accounts and serves it."""
    config: Config = registry.config
    app = create_app(config)
    with app.app_context(), registry.connect("owner") as owner:
        found_demonstration(owner, MEMBERS, SEED, lambda line: None)
    engine = sa.create_engine(registry.url("owner").replace("postgresql://", "postgresql+psycopg://"))
    with app.app_context(), Session(engine, expire_on_commit=False) as installer:
        work_as(installer, INSTALLER)
        opened = open_showcase_accounts(installer)
    engine.dispose()
    logins = {each.post.partition("@")[0]: each.login for each in opened}
    with app.app_context():
        _draw_up_order(
            next(Actor(each.login, each.post) for each in opened if each.post.startswith("basic@"))
        )
    _adjust_permissions(registry, logins["security"])
    with window(app, chromium) as browser:
        yield Showcase(browser, logins, registry)


def _draw_up_order(basic: Actor) -> None:
    """The draft of an order that splits the first branch of a committee, everybody placed but one."""
    session, today = db.session(), date.today()
    work_as(session, basic)
    with acting(session, "草拟变动单"):
        code = (basic.post or "").partition("@")[2]
        committee = session.scalars(sa.select(Organisation).filter_by(code=code)).one()
        branch = session.scalars(sa.select(Organisation).filter_by(code=f"{code}001")).one()
        filing = Filing("approval", "关于党支部分设的批复", "云组发〔2026〕44号", dated=today)
        paper = file_document(session, filing, committee.id)
        new = Line(items={"name": "中共云岭市新桥支部委员会", "kind": "631", "unit_situation": "1"})
        order = draft(session, Ordered("split", paper.id, today, branch.id, lines=[new]))
        (line,) = session.scalars(sa.select(ChangeLine.id).where(ChangeLine.order_id == order.id))
        members = members_of(task_of(session, order), branch.id)
        place(session, order, {each.id: line if each.id % 3 else None for each in members[1:]})
        preview(session, order)
    db.session.remove()


def _adjust_permissions(registry: Any, login: str) -> None:
    """Two cells leave the initial table, as an administrator would change them."""
    with registry.connect("app") as session:
        session.execute("SELECT act(%s, 'security@001', '按市委组织部通知，由县区先行标记失联党员')", [login])
        session.execute(
            "UPDATE permission SET letter = 'R', scope = 'report' WHERE (function, level) = ('P8', 'county')"
        )
        session.execute("UPDATE permission SET masked = true WHERE (function, level) = ('P10', 'basic')")
