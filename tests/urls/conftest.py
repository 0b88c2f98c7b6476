"""A registry of two counties for each module, walked through the application itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from partyadmin import create_app
from partyadmin.db import db
from tests.urls.counties import POSTS, Counties
from tests.urls.routes import CODES, classify
from tests.urls.town import Town
from tests.urls.visitors import Visitor, table_states


@pytest.fixture(scope="module")
def town(registry: Any) -> Iterator[Town]:
    with registry.connect("owner") as owner:
        seed = Counties(owner)
        seed.build()
    app = create_app(registry.config)
    with registry.connect("superuser") as watch:
        seed.leave_traces(watch, CODES)
        visitors = {name: Visitor(name, app, post, seed.records) for name, post in POSTS.items()}
        with registry.connect("app") as session:
            for visitor in visitors.values():
                visitor.sign_in(session)
        visitors["anonymous"] = Visitor("anonymous", app, None, seed.records)
        routes = [classify(rule) for rule in app.url_map.iter_rules()]
        yield Town(seed, routes, visitors, watch)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def nothing_changes(town: Town) -> Iterator[None]:
    """Compares every row of every table before and after the test."""
    before = table_states(town.watch)
    yield
    after = table_states(town.watch)
    assert {name for name in before if before[name] != after[name]} == set()
