"""From an empty PostgreSQL to a registry: roles, database, schema, seeds. Every step may be repeated."""

import csv
import json
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, LiteralString
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from .config import PROJECT, TIME_ZONE, Config, SetupError, private_text
from .embedded import PORT, Server

Role = Literal["owner", "app"]
LOGINS: dict[Role, str] = {"owner": "partyadmin_owner", "app": "partyadmin_app"}
KEEPER = "keeper"
OLDEST_POSTGRESQL = 15
ONE_INSTALLER = 7_104_932
"""The advisory lock that installers of one cluster queue at."""

CODE_LISTS = """
    level organisation_kind organisation_placement
    unit_situation unit_nature unit_party_status unit_affiliation
    document_kind sex ethnicity education person_type membership_status job_post new_social_stratum
    report_kind report_state report_step report_item status_change time_limit change_kind order_state
    entry_reason exit_reason region probation_period
""".split()
SEEDS = (
    ("permission_functions.csv", "permission_function"),
    *((f"codes/{table}.csv", table) for table in CODE_LISTS),
    ("calendar.csv", "calendar_day"),
    ("rules.csv", "rule"),
    ("pinyin.csv", "pinyin"),
    ("permissions.csv", "permission"),
)
"""Files and their tables in loading order: what others refer to comes first."""


def ready(config: Config) -> None:
    """Have a registry to connect to: start the embedded server where it is used, install what is missing.

    Quick when all is there. Raises SetupError when the database cannot be reached or lacks rights.
    """
    admin_url = config.database_url or Server(config.home, config.postgres_programs).start()
    if _installed(config):
        return
    try:
        install(admin_url, config)
    except psycopg.OperationalError as error:
        raise SetupError(f"the database cannot be reached: {error}") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupError(
            f"DATABASE_URL needs a role with CREATEROLE that owns its database: {error}"
        ) from error


def install(admin_url: str, config: Config, source: Path = PROJECT) -> None:
    """Make what is missing of roles, database, schema (source/schema.sql) and seeds (source/seeds).

    Seeds that are there already stay as they are. Schema and seeds are one transaction, so a failed
    first installation leaves neither. Raises SetupError or psycopg.Error.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin:
        if admin.info.server_version < OLDEST_POSTGRESQL * 10_000:
            raise SetupError(f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed")
        admin.execute("SELECT pg_advisory_lock(%s)", [ONE_INSTALLER])
        _make_roles(admin, config)
        if not _found(admin, "SELECT FROM pg_database WHERE datname = %s", config.database):
            create_database(admin, config.database)
        with psycopg.connect(admin_url, dbname=config.database, autocommit=True) as inside:
            if inside.info.parameter_status("server_encoding") != "UTF8":
                raise SetupError(f"the database {config.database} must have the encoding UTF8")
            _hand_over(inside, config.database)
        with psycopg.connect(url(config, "owner")) as owner:
            if not _has_schema(owner):
                owner.execute((source / "schema.sql").read_bytes())
            owner.execute("SELECT act('installation', NULL, 'seeds')")
            for file, table in SEEDS:
                _load(owner, source / "seeds" / file, table)


def create_database(admin: psycopg.Connection[Any], name: str, template: str = "template0") -> None:
    """Make a database with what a template does not hand on: its owner, its rights, its time zone."""
    database, owner = sql.Identifier(name), sql.Identifier(LOGINS["owner"])
    admin.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8' LOCALE 'C'").format(
            database, owner, sql.Identifier(template)
        )
    )
    _set_up_database(admin, name)


def url(config: Config, role: Role, database: str | None = None) -> str:
    """The URL, password included, that the role connects with; libpq and psql take it as it is."""
    if config.database_url is None:
        place: dict[str, Any] = {"host": str(Server(config.home).socket_folder), "port": PORT}
    else:
        place = conninfo_to_dict(config.database_url)
    asked_by, password = place.pop("user", None), place.pop("password", None)
    place.pop("dbname", None)
    # Web and worker machines may be given the application's URL alone, without the administrator's.
    if asked_by != LOGINS[role] or password is None:
        password = _passwords(config)[role]
    login = f"{LOGINS[role]}:{quote(password, safe='')}"
    name = quote(database or config.database, safe="")
    return f"postgresql://{login}@/{name}?{urlencode(place, safe='', quote_via=quote)}"


def engine_url(config: Config, role: Role) -> str:
    """The same URL for SQLAlchemy, with the driver that keeps values out of the server's log."""
    return url(config, role).replace("postgresql://", "postgresql+psycopg://", 1)


def _passwords(config: Config) -> dict[Role, str]:
    def make() -> str:
        return json.dumps({role: secrets.token_urlsafe(24) for role in LOGINS})

    passwords: dict[Role, str] = json.loads(private_text(config.home / "roles.json", make))
    return passwords


def _installed(config: Config) -> bool:
    try:
        with psycopg.connect(url(config, "app")) as connection:
            return _has_schema(connection)
    except psycopg.OperationalError:
        return False


def _has_schema(connection: psycopg.Connection[Any]) -> bool:
    # Schema and seeds came in one transaction, so any of their tables stands for all.
    return _found(
        connection,
        "SELECT FROM pg_class WHERE relname = %s AND relnamespace = 'public'::regnamespace",
        "organisation",
    )


def _found(connection: psycopg.Connection[Any], query: LiteralString, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None


def _make_roles(admin: psycopg.Connection[Any], config: Config) -> None:
    """Two roles that log in, with the passwords of this home, and the keeper of the doors, who does not."""
    known = "SELECT FROM pg_roles WHERE rolname = %s"
    for role, name in LOGINS.items():
        if not _found(admin, known, name):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(sql.Identifier(name)))
        if not _logs_in(url(config, role)):
            password = _passwords(config)[role].encode()
            # Only the verifier travels, so no statement log can hold the password.
            verifier = admin.pgconn.encrypt_password(password, name.encode(), b"scram-sha-256").decode()
            admin.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(name), sql.Literal(verifier))
            )
    if not _found(admin, known, KEEPER):
        admin.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(KEEPER)))
    membership = "SELECT FROM pg_auth_members WHERE roleid = %s::regrole AND member = %s::regrole"
    if not _found(admin, membership, KEEPER, LOGINS["owner"]):
        # The owner may give functions to the keeper but not see with its eyes; on 15 its NOINHERIT says so.
        choice = " WITH INHERIT FALSE, SET TRUE" if admin.info.server_version >= 160_000 else ""
        names = sql.Identifier(KEEPER), sql.Identifier(LOGINS["owner"])
        admin.execute(sql.SQL("GRANT {} TO {}").format(*names) + sql.SQL(choice))


def _logs_in(address: str) -> bool:
    try:
        psycopg.connect(address).close()
    except psycopg.OperationalError:
        return False
    return True


def _hand_over(inside: psycopg.Connection[Any], database: str) -> None:
    """Make the owner role the owner of schema public, and of the database where we may."""
    owner = sql.Identifier(LOGINS["owner"])
    handed_over = "SELECT FROM pg_namespace WHERE nspname = 'public' AND nspowner = %s::regrole"
    if _found(inside, handed_over, LOGINS["owner"]):
        return
    superuser = inside.info.parameter_status("is_superuser") == "on"
    with inside.transaction():
        if not superuser:
            # Only a member can give things to a role.
            inside.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
        inside.execute(sql.SQL("GRANT ALL ON DATABASE {} TO {}").format(sql.Identifier(database), owner))
        inside.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(owner))
        _set_up_database(inside, database)
        # This one needs CREATEDB too; without the database the owner role still has all it needs.
        with suppress(psycopg.errors.InsufficientPrivilege), inside.transaction():
            inside.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(database), owner))
        if not superuser:
            inside.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(owner))


def _set_up_database(admin: psycopg.Connection[Any], name: str) -> None:
    database, app = sql.Identifier(name), sql.Identifier(LOGINS["app"])
    admin.execute(sql.SQL("ALTER DATABASE {} SET timezone = {}").format(database, sql.Literal(TIME_ZONE)))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    # Temporary tables: bulk loads go through one, since COPY is refused under row security.
    admin.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app))


def _load(owner: psycopg.Connection[Any], file: Path, table: str) -> None:
    """Add the rows of a CSV file that the table does not have; an empty cell is NULL."""
    text = file.read_text(encoding="utf-8-sig")
    header = next(csv.reader(text.splitlines()))
    names = {"table": sql.Identifier(table), "columns": sql.SQL(", ").join(map(sql.Identifier, header))}

    def worded(statement: LiteralString) -> sql.Composed:
        return sql.SQL(statement).format(**names)

    # Made from a query, the copy has the columns' types without their NOT NULL and defaults.
    owner.execute(worded("CREATE TEMP TABLE seed AS SELECT {columns} FROM {table} WITH NO DATA"))
    with owner.cursor().copy("COPY seed FROM STDIN (FORMAT csv, HEADER)") as copy:
        copy.write(text)
    owner.execute(worded("INSERT INTO {table} ({columns}) SELECT {columns} FROM seed ON CONFLICT DO NOTHING"))
    owner.execute("DROP TABLE seed")
