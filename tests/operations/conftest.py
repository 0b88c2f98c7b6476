"""Registries with nothing but their root and a loader, copied for each test that commits."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import db
from partyadmin.embedded import Server
from tests.conftest import Registry
from tests.operations.desk import Desk, copy_database, drop_database
from tests.schema.world import build

numbers = count(1)


@pytest.fixture(scope="session")
def founded(server: Server, template: Config, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database that the desks are copied from."""
    name = f"founded_{next(numbers)}"
    copy_database(server.url(), name, template.database)
    Desk(server.url(name), template.home, tmp_path_factory.mktemp("founded")).found()
    return name


@pytest.fixture
def desk(server: Server, template: Config, founded: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk of the test's own."""
    yield from _desk(server, template, founded, tmp_path)


@pytest.fixture(scope="module")
def shared_desk(
    server: Server, template: Config, founded: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """A desk for the tests of a module that only look at what was loaded once."""
    yield from _desk(server, template, founded, tmp_path_factory.mktemp("shared"))


def _desk(server: Server, template: Config, founded: str, folder: Path) -> Iterator[Desk]:
    name = f"desk_{next(numbers)}"
    copy_database(server.url(), name, founded)
    yield Desk(server.url(name), template.home, folder)
    drop_database(server.url(), name)


@pytest.fixture(scope="module")
def world(registry: Registry) -> dict[str, Any]:
    """The ids of the small party of the schema tests."""
    with registry.connect("owner") as owner:
        return build(owner)


@pytest.fixture(scope="module")
def app(registry: Registry, world: dict[str, Any]) -> Iterator[Flask]:
    """The application over the small party."""
    application = create_app(registry.config)
    yield application
    with application.app_context():
        db.engine.dispose()
