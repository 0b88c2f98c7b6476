"""A throw-away cluster for the run, a fresh database for each module, a rolled-back session for each test."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Literal

import psycopg
import pytest
from psycopg import sql

from partyadmin import install
from partyadmin.config import Config
from partyadmin.embedded import Server

Connection = psycopg.Connection[Any]
Who = Literal["owner", "app", "superuser"]

# Nothing here needs to outlive a power cut.
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class Registry:
    """A database with schema and seeds that its module may fill and commit to."""

    config: Config
    superuser_url: str

    def url(self, role: Who) -> str:
        return self.superuser_url if role == "superuser" else install.url(self.config, role)

    def connect(self, role: Who) -> Connection:
        """A new session; the caller closes it (`with registry.connect("app") as session:`)."""
        return psycopg.connect(self.url(role))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running server of the PostgreSQL that PARTYADMIN_POSTGRES chooses, without any database of ours."""
    home = Path(tempfile.mkdtemp(prefix="partyadmin-test-"))
    server = Server(home, Config.from_environment().postgres_programs, FORGETFUL)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(server.data_folder)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def template(server: Server) -> Config:
    """The installed registry that all others are copied from; nobody may stay connected to it."""
    config = Config(home=server.home, postgres_programs=server.programs)
    install.install(server.url(), config)
    return config


numbers = count(1)


@pytest.fixture(scope="module")
def registry(server: Server, template: Config) -> Iterator[Registry]:
    name = f"registry_{next(numbers)}"
    with psycopg.connect(server.url(), autocommit=True) as admin:
        install.create_database(admin, name, template.database)
        yield Registry(replace(template, database=name), server.url(name))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def owner(registry: Registry) -> Iterator[Connection]:
    """A session of the owner role whose work is undone after the test."""
    with registry.connect("owner") as session:
        yield session
        session.rollback()


@pytest.fixture
def app(registry: Registry) -> Iterator[Connection]:
    """A session of the application's role whose work is undone after the test."""
    with registry.connect("app") as session:
        yield session
        session.rollback()


@pytest.fixture(scope="session")
def settle() -> Callable[[Connection], None]:
    """Have the deferred rules speak now: they would stay silent in a session that is rolled back."""

    def settle(session: Connection) -> None:
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
        session.execute("SET CONSTRAINTS ALL DEFERRED")

    return settle
