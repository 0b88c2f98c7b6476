"""The small world of the schema tests with passwords, and people who sign in to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from partyadmin import create_app
from partyadmin.db import db
from partyadmin.identity import hash_password
from tests.schema.world import ACTORS, INSTALLER, act, build
from tests.views.visitor import Visitor

PASSWORD = "twelve letters at least"


@dataclass(frozen=True)
class Site:
    """The application on its own registry, with the ids of the world."""

    app: Flask
    world: dict[str, Any]
    registry: Any

    def person(self, who: str) -> Visitor:
        """Somebody of the world, signed in; texts are English."""
        visitor = Visitor(self.app)
        assert visitor.sign_in(ACTORS[who].login, PASSWORD).status_code == 302
        return visitor

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database holds, whoever may see it."""
        with self.registry.connect("superuser") as session:
            return session.execute(query, values).fetchall()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def site(registry: Any) -> Iterator[Site]:
    with registry.connect("owner") as owner:
        world = build(owner)
        act(owner, INSTALLER, "passwords")
        hashed = hash_password(PASSWORD)
        accounts = [world[f"{who}_account"] for who in ACTORS if who != INSTALLER]
        for account in (*accounts, world["clerk"]):
            owner.execute("SELECT set_password(%s, %s)", [account, hashed])
    app = create_app(registry.config)
    app.testing = False  # error pages are what people see
    yield Site(app, world, registry)
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def people(site: Site) -> Callable[[str], Visitor]:
    """People of the world who stay signed in for the module."""
    known: dict[str, Visitor] = {}

    def person(who: str) -> Visitor:
        if who not in known:
            known[who] = site.person(who)
        return known[who]

    return person
