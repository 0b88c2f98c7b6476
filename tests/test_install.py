"""Installing makes roles, database, schema and seeds, as often as one likes, here or on another's server."""

import json
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from partyadmin import install
from partyadmin.config import PROJECT, Config, SetupError
from partyadmin.embedded import Server

STAND_IN = """
CREATE TABLE organisation (code text PRIMARY KEY, name text NOT NULL, note text DEFAULT 'none', size int);
CREATE FUNCTION act(login text, post text, reason text) RETURNS text LANGUAGE sql
RETURN set_config('app.reason', login || ': ' || reason, true);
GRANT SELECT ON organisation TO partyadmin_app;
"""
SEED = 'code,name,size\n001,"市委, 组织部",3\n002,"",\n'


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with a small schema and one file of seeds."""
    monkeypatch.setattr(install, "SEEDS", (("organisation.csv", "organisation"),))
    (tmp_path / "schema.sql").write_text(STAND_IN)
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "organisation.csv").write_text(SEED)
    return tmp_path


@pytest.fixture
def config(server: Server, request: pytest.FixtureRequest) -> Iterator[Config]:
    """A registry of its own, not installed yet, in the cluster of the test run."""
    name = "install_" + str(abs(hash(request.node.name)))
    yield Config(home=server.home, postgres_programs=server.programs, database=name)
    with psycopg.connect(server.url(), autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as session:
        return session.execute(query.encode()).fetchall()


def test_every_file_of_seeds_is_loaded() -> None:
    files = (PROJECT / "seeds").rglob("*.csv")
    assert {file.relative_to(PROJECT / "seeds").as_posix() for file in files} == {
        file for file, _ in install.SEEDS
    }


def test_the_whole_path(server: Server, config: Config, source: Path) -> None:
    for _ in range(2):
        install.install(server.url(), config, source)
    app = install.url(config, "app")
    assert rows(app, "TABLE organisation ORDER BY code") == [
        ("001", "市委, 组织部", "none", 3),
        ("002", "", "none", None),
    ]
    assert rows(app, "SHOW timezone") == [(install.TIME_ZONE,)]
    assert rows(app, "SELECT current_user") == [("partyadmin_app",)]


def test_what_was_changed_since_stays_changed(server: Server, config: Config, source: Path) -> None:
    install.install(server.url(), config, source)
    with psycopg.connect(install.url(config, "owner")) as owner:
        owner.execute("UPDATE organisation SET name = 'changed' WHERE code = '001'")
        owner.execute("DELETE FROM organisation WHERE code = '002'")
    install.install(server.url(), config, source)
    names = rows(install.url(config, "owner"), "SELECT name FROM organisation ORDER BY code")
    assert names == [("changed",), ("",)]


def test_a_failed_installation_leaves_neither_schema_nor_seeds(
    server: Server, config: Config, source: Path
) -> None:
    (source / "seeds" / "organisation.csv").write_text("code,name\n001,\n")
    with pytest.raises(psycopg.errors.NotNullViolation):
        install.install(server.url(), config, source)
    owner = install.url(config, "owner")
    assert rows(owner, "SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []


def test_owner_is_no_superuser_and_the_application_owns_nothing(
    server: Server, config: Config, source: Path
) -> None:
    install.install(server.url(), config, source)
    superuser = server.url(config.database)
    roles = rows(
        superuser,
        "SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls, rolinherit"
        " FROM pg_roles WHERE rolname IN ('partyadmin_owner', 'partyadmin_app', 'keeper') ORDER BY rolname",
    )
    assert roles == [
        ("keeper", False, False, True),
        ("partyadmin_app", True, False, False),
        ("partyadmin_owner", True, False, False),
    ]
    owners = "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'"
    owners += " UNION ALL SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
    assert rows(superuser, owners) == [("partyadmin_owner",)] * 2
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(install.url(config, "app"), "CREATE TABLE mine ()")


def test_the_owner_becomes_keeper_only_on_purpose(server: Server, config: Config, source: Path) -> None:
    install.install(server.url(), config, source)
    owner, app = install.url(config, "owner"), install.url(config, "app")
    assert rows(owner, "SELECT pg_has_role('keeper', 'USAGE')") == [(False,)]
    assert rows(app, "SELECT pg_has_role('keeper', 'MEMBER')") == [(False,)]
    with psycopg.connect(owner) as session:
        session.execute("SET ROLE keeper")


def test_another_encoding_is_refused(server: Server, config: Config, source: Path) -> None:
    with psycopg.connect(server.url(), autocommit=True) as admin:
        create = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
        admin.execute(sql.SQL(create).format(sql.Identifier(config.database)))
    with pytest.raises(SetupError, match="UTF8"):
        install.install(server.url(), config, source)


def test_passwords_are_private_and_can_be_lost(server: Server, config: Config, source: Path) -> None:
    install.install(server.url(), config, source)
    file = config.home / "roles.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    kept = file.read_text()
    file.unlink()
    install.install(server.url(), config, source)
    assert set(json.loads(file.read_text()).values()).isdisjoint(json.loads(kept).values())
    assert rows(install.url(config, "app"), "SELECT 1") == [(1,)]


def test_ready_installs_once(
    server: Server, config: Config, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    true_install = install.install

    def counted(admin_url: str, config: Config) -> None:
        calls.append(admin_url)
        true_install(admin_url, config, source)

    monkeypatch.setattr(install, "install", counted)
    install.ready(config)
    install.ready(config)
    assert calls == [server.url()]


def test_ready_words_an_unreachable_database(tmp_path: Path) -> None:
    away = "postgresql://nobody@/nothing?host=%2Fnowhere"
    with pytest.raises(SetupError, match="cannot be reached"):
        install.ready(Config(home=tmp_path, database_url=away, database="nothing"))


@pytest.fixture
def landlord(server: Server) -> Iterator[str]:
    """On another server: the URL of a role that may create roles and owns one database, no more."""
    home = Path(tempfile.mkdtemp(prefix="partyadmin-test-"))
    other = Server(home, server.programs, server.settings)
    with psycopg.connect(other.start(), autocommit=True) as admin:
        admin.execute("CREATE ROLE landlord LOGIN CREATEROLE PASSWORD 'let me in'")
        admin.execute("CREATE DATABASE rented OWNER landlord TEMPLATE template0")
    yield re.sub("//.*@", "//landlord:let%20me%20in@", other.url("rented"))
    other.stop()
    shutil.rmtree(other.data_folder)
    shutil.rmtree(home, ignore_errors=True)


def test_a_server_of_ones_own(landlord: str, source: Path, tmp_path: Path) -> None:
    given = {"DATABASE_URL": landlord.replace("postgresql:", "postgresql+psycopg:")}
    config = Config.from_environment({**given, "PARTYADMIN_HOME": str(tmp_path / "home")})
    for _ in range(2):
        install.install(landlord, config, source)
    app, owner = install.url(config, "app"), install.url(config, "owner")
    assert rows(app, "SELECT current_user, current_database(), count(*) FROM organisation") == [
        ("partyadmin_app", "rented", 2)
    ]
    assert rows(owner, "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'") == [
        ("partyadmin_owner",)
    ]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(landlord, "SET ROLE partyadmin_owner")


def test_a_web_machine_needs_only_the_application_url(landlord: str, source: Path, tmp_path: Path) -> None:
    central = Config(tmp_path / "central", database_url=landlord, database="rented")
    install.install(landlord, central, source)
    app = install.url(central, "app")
    web = replace(central, home=tmp_path / "web", database_url=app)
    install.ready(web)
    assert install.url(web, "app") == app
