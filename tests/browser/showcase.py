"""A small demonstration city with somebody of each level, for tests that look at every face of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from selenium import webdriver
from sqlalchemy.orm import Session

from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import INSTALLER, work_as
from partyadmin.demonstration import found_demonstration
from partyadmin.demonstration.accounts import open_showcase_accounts
from partyadmin.identity import COOKIE
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
        logins = {each.post.partition("@")[0]: each.login for each in open_showcase_accounts(installer)}
    engine.dispose()
    _adjust_permissions(registry, logins["security"])
    with window(app, chromium) as browser:
        yield Showcase(browser, logins, registry)


def _adjust_permissions(registry: Any, login: str) -> None:
    """Two cells leave the initial table, as an administrator would change them."""
    with registry.connect("app") as session:
        session.execute("SELECT act(%s, 'security@001', '按市委组织部通知，由县区先行标记失联党员')", [login])
        session.execute(
            "UPDATE permission SET letter = 'R', scope = 'report' WHERE (function, level) = ('P8', 'county')"
        )
        session.execute("UPDATE permission SET masked = true WHERE (function, level) = ('P10', 'basic')")
