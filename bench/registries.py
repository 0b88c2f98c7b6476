"""The registries that are measured: one kept home for each size, and empty ones beside it for imports."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.orm import Session

from partyadmin import install
from partyadmin.config import PROJECT, Config, private_text
from partyadmin.db import INSTALLER, work_as
from partyadmin.embedded import Server
from partyadmin.identity import hash_password
from partyadmin.models import Organisation
from partyadmin.operations import acting
from partyadmin.operations.account import give_post, open_account
from partyadmin.operations.organisation import found_root

VAR = PROJECT / "var"
SEED = "1"
CLIENT = "127.0.0.1"
MADE_FROM = "bench-schema"


@dataclass(frozen=True)
class Worker:
    """An account of the bench in its one post."""

    login: str
    password: str
    post: str

    @property
    def station(self) -> str:
        return self.post.partition("@")[2]


@contextmanager
def running(members: int, renew: bool = False) -> Iterator[Config]:
    """The kept registry of a size, generated where it is missing; its server ends with the block."""
    config = Config(
        home=VAR / f"bench-{members}", postgres_programs=Config.from_environment().postgres_programs
    )
    server = Server(config.home, config.postgres_programs)
    if renew:
        server.stop()
        for folder in (server.data_folder, config.home):
            shutil.rmtree(folder, ignore_errors=True)
    found_running = server.running()
    try:
        install.ready(config)
        with psycopg.connect(install.url(config, "owner")) as owner:
            owner.execute("SELECT enter('installation', NULL)")
            empty = owner.execute("SELECT FROM organisation LIMIT 1").fetchone() is None
        if empty:
            _generate(config, members)
        elif (config.home / MADE_FROM).read_text() != _schema():
            told = f"{config.home} was made from another schema.sql: give --renew to make it anew"
            print(told, file=sys.stderr)
        yield config
    finally:
        if not found_running:
            server.stop()


def _generate(config: Config, members: int) -> None:
    began = time.perf_counter()
    # Only the embedded server can be kept for each size.
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    subprocess.run(
        [Path(sys.executable).with_name("partyadmin"), "demo", "--members", str(members), "--seed", SEED],
        env=environment | {"PARTYADMIN_HOME": str(config.home)},
        check=True,
    )
    (config.home / "bench-seconds").write_text(f"{time.perf_counter() - began:.1f}")
    (config.home / MADE_FROM).write_text(_schema())


def _schema() -> str:
    return sha256((PROJECT / "schema.sql").read_bytes()).hexdigest()


def seconds_to_generate(config: Config) -> float | None:
    """How long the demonstration took to make, where this bench made it."""
    file = config.home / "bench-seconds"
    return float(file.read_text()) if file.exists() else None


def workers(config: Config) -> dict[str, Worker]:
    """The bench's accounts by level: the city's, and those of its largest county and basic committee."""
    password = private_text(config.home / "bench-password", lambda: secrets.token_urlsafe(24))
    with as_installer(config) as session:
        found = {}
        for level in ("city", "county", "basic"):
            code = session.scalar(_LARGEST, {"level": level})
            assert code is not None, f"the demonstration has no {level}"
            found[level] = Worker(f"bench-{level}", password, f"{level}@{code}")
        known = session.scalar(sa.text("SELECT true FROM account WHERE login = 'bench-city'"))
        if not known:
            with acting(session, "accounts of the bench"):
                for worker in found.values():
                    _open(session, worker, hash_password(password))
    return found


_LARGEST = sa.text("""
    SELECT o.code FROM organisation o WHERE level_of(o.id) = :level AND o.ended IS NULL
     ORDER BY (SELECT kept FROM members_below(o.code)) DESC, o.code LIMIT 1
""")


def _open(session: Session, worker: Worker, password_hash: str | None) -> None:
    organisation = session.scalars(sa.select(Organisation).where(Organisation.code == worker.station)).one()
    account = open_account(session, worker.login, worker.login, organisation, password_hash)
    give_post(session, account, worker.post.partition("@")[0], organisation)


@contextmanager
def as_installer(config: Config) -> Iterator[Session]:
    """A session of the installer, who may set up what is measured."""
    engine = sa.create_engine(install.engine_url(config, "owner"))
    with Session(engine, expire_on_commit=False) as session:
        work_as(session, INSTALLER)
        yield session
    engine.dispose()


@contextmanager
def empty_registry(config: Config, root: str, name: str) -> Iterator[tuple[Config, Worker]]:
    """A registry with nothing but its root and a city's account, beside the one of the config; then gone."""
    server_url = Server(config.home, config.postgres_programs).url()
    empty = replace(config, database=name)

    def drop() -> None:
        with psycopg.connect(server_url, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    drop()
    try:
        install.install(server_url, empty)
        worker = Worker("bench-city", "", "city@001")
        with as_installer(empty) as session, acting(session, "empty registry of the bench"):
            found_root(session, root, "city")
            _open(session, worker, None)
        yield empty, worker
    finally:
        drop()


@contextmanager
def bare(config: Config, worker: Worker | None) -> Iterator[psycopg.Connection[Any]]:
    """A connection without SQLAlchemy: the application's role, or the owner's where nobody works."""
    with psycopg.connect(install.url(config, "app" if worker else "owner")) as connection:
        connection.prepare_threshold = None  # as the application's
        yield connection


def enter(connection: psycopg.Connection[Any], worker: Worker | None) -> None:
    """Begins a transaction in the worker's scope, as each request does."""
    if worker is None:
        connection.execute("SELECT enter('installation', NULL)")
    else:
        connection.execute("SELECT enter(%s, %s, %s)", [worker.login, worker.post, CLIENT])
