"""The command line: set the registry up, run it, load and export, all by the same acts as the screens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any

import click
import psycopg
import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from waitress import serve

from partyadmin import create_app, install
from partyadmin.config import PROJECT, Config, SetupError, private_text
from partyadmin.db import ENGINE_OPTIONS, INSTALLER, Actor, db, work_as
from partyadmin.demonstration import found_demonstration
from partyadmin.demonstration.accounts import open_showcase_accounts
from partyadmin.dictionary import Refused, refusal
from partyadmin.embedded import Server
from partyadmin.identity import hash_password
from partyadmin.jobs.worker import work_until_stopped, worker_beside
from partyadmin.models import Installation, Organisation
from partyadmin.operations import acting
from partyadmin.operations.account import give_post, only_post, open_account, parse_post
from partyadmin.operations.exchange import ExportRequest, export_members, import_workbook
from partyadmin.operations.exchange.progress import STAGES, Progress
from partyadmin.operations.organisation import found_root

Command = Callable[..., Any]

DEMONSTRATION_MEMBERS = 5_000
DEMONSTRATION_SEED = 1
DEMONSTRATION_ACCOUNTS = "demo-accounts"
_WORTH_COUNTING = 5_000


def plainly(command: Command) -> Command:
    """Ends a command with one clear sentence and status 1 where the registry or the machine refuses."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except (Refused, SetupError) as error:
            raise click.ClickException(str(error)) from error
        except DBAPIError as error:
            raise click.ClickException(refusal(error).sentence) from error
        except psycopg.Error as error:
            raise click.ClickException(
                f"the database refused: {error.diag.message_primary or error}"
            ) from error
        except OSError as error:
            raise click.ClickException(
                ": ".join(str(part) for part in (error.strerror or error, error.filename) if part)
            ) from error

    return run


@contextmanager
def registry(actor: Actor | None = None, *, as_installer: bool = False) -> Iterator[Session]:
    """A session on the running registry; the installer's uses the owner role, any other the application's."""
    config = Config.from_environment()
    install.ready(config)
    with create_app(config).app_context(), closing(db.engine):
        if not as_installer:
            work_as(db.session(), actor)
            with db.session() as session:
                yield session
            return
        engine = sa.create_engine(install.engine_url(config, "owner"), **ENGINE_OPTIONS)
        with closing(engine), Session(engine, expire_on_commit=False) as session:
            work_as(session, INSTALLER)
            yield session


@contextmanager
def closing(engine: sa.Engine) -> Iterator[None]:
    """Closes the connections of an engine that is not used after the block."""
    try:
        yield
    finally:
        engine.dispose()


def actor_named(login: str, post: str | None) -> Actor:
    """The actor of --as and --post: the only post of the login where none is named."""
    with registry(as_installer=True) as session:
        return Actor(login, only_post(session, login, post))


def tell(sentence: str) -> None:
    """Progress goes to stderr, so that stdout holds only the result."""
    click.echo(sentence, err=True)


def tell_stage() -> Progress:
    """Tells each new stage of an import, and each further tenth of a long one."""
    told: tuple[str, int] = ("", 0)

    def progress(stage: str, done: int, total: int) -> None:
        nonlocal told
        tenth = 10 * done // total if total >= _WORTH_COUNTING else 0
        if (stage, tenth) != told:
            told = (stage, tenth)
            tell(f"{STAGES[stage]}{f': {done:,} / {total:,}' if tenth else ''}")

    return progress


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """partyadmin: a registry of Party organisations and members."""


@main.command()
@plainly
def where() -> None:
    """Print the data folder of the embedded database."""
    config = Config.from_environment()
    click.echo(Server(config.home, config.postgres_programs).data_folder)


@main.command()
@plainly
def stop() -> None:
    """Stop the embedded database."""
    config = Config.from_environment()
    Server(config.home, config.postgres_programs).stop()


@main.command("database-url")
@click.option("--role", type=click.Choice(["owner", "app"]), default="app", show_default=True)
@plainly
def database_url(role: install.Role) -> None:
    """Print a URL that psql takes."""
    config = Config.from_environment()
    install.ready(config)
    click.echo(install.url(config, role))


@main.command()
@click.option("--root", help="Name of the root organisation to found.")
@click.option("--level", help="Level of the root: province, city, county, city_committee or basic.")
@plainly
def init(root: str | None, level: str | None) -> None:
    """Install roles, schema and seeds; with --root and --level found organisation 001. May be repeated."""
    if (root is None) != (level is None):
        raise click.UsageError("--root and --level go together.")
    config = Config.from_environment()
    install.ready(config)
    if root is not None and level is not None:
        with (
            registry(as_installer=True) as session,
            acting(session, gettext("The registry is founded: %(root)s", root=root)),
        ):
            found_root(session, root.strip(), level)


@main.command()
@click.option(
    "--members", type=click.IntRange(1, 5_000_000), required=True, help="Number of invented members."
)
@click.option("--seed", type=int, required=True, help="The same number gives the same city.")
@plainly
def demo(members: int, seed: int) -> None:
    """Found a demonstration city of invented people in an empty registry."""
    config = Config.from_environment()
    install.ready(config)
    _found_demonstration(config, members, seed)


@main.group()
def account() -> None:
    """Accounts of people."""


@account.command("create")
@click.argument("login")
@click.option("--name", required=True, help="Name of the holder.")
@click.option(
    "--post", "posts", multiple=True, required=True, help="LEVEL@CODE, for example city@001; may repeat."
)
@click.option("--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@plainly
def create_account(login: str, name: str, posts: tuple[str, ...], password_file: Path) -> None:
    """Open an account with its posts, as the installer's act."""
    with registry(as_installer=True) as session:
        password_hash = hash_password(_first_line(password_file))
        places = [parse_post(session, post) for post in posts]
        with acting(session, gettext("Account opened on the server: %(login)s", login=login)):
            opened = open_account(session, login, name, places[0][1], password_hash)
            for level, organisation in places:
                give_post(session, opened, level, organisation)


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise Refused(f"{file} is no text file in UTF-8") from error


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "login", required=True, help="Login of the account that loads.")
@click.option("--post", help="LEVEL@CODE, where the account holds several posts.")
@click.option(
    "--initial", is_flag=True, required=True, help="Load existing records as they are, faults included."
)
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the answered workbook here."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plainly
def import_(file: Path, login: str, post: str | None, initial: bool, report: Path | None, form: str) -> None:
    """Load a city's own collection workbook."""
    if not initial:
        raise click.UsageError("Only the initial load comes by the command line: give --initial.")
    actor = actor_named(login, post)
    with registry(actor) as session:
        limit = Config.from_environment().max_upload
        result = import_workbook(session, file, file.name, limit, tell_stage(), report)
    if form == "json":
        click.echo(json.dumps(result.batch.as_json(), ensure_ascii=False, indent=1))
        return
    batch = result.batch
    tell(gettext("Organisations: %(accepted)s of %(read)s accepted.", **batch.organisations.as_json()))
    tell(gettext("Members: %(accepted)s of %(read)s accepted.", **batch.members.as_json()))
    for refused in batch.refused:
        place = f"{refused.sheet} {refused.row} {refused.column or ''}".rstrip()
        click.echo(f"{place}: {refused.rule} {refused.message}")


@main.group()
def export() -> None:
    """Rosters out of the registry."""


@export.command("members")
@click.option("--as", "login", required=True, help="Login of the account that exports.")
@click.option("--post", help="LEVEL@CODE, where the account holds several posts.")
@click.option("--scope", required=True, help="Code of the organisation whose subtree is exported.")
@click.option("--purpose", required=True, help="What the file is for; it stands in the ledger.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--full-id", is_flag=True, help="Full ID numbers and phones; the ledger says so.")
@plainly
def export_members_(login: str, post: str | None, scope: str, purpose: str, out: Path, full_id: bool) -> None:
    """Write the members of a subtree to an Excel workbook."""
    with registry(actor_named(login, post)) as session:
        request = ExportRequest(scope=scope, purpose=purpose, way="command line", full_numbers=full_id)
        tell(f"{export_members(session, request, out)}")


@main.command()
@click.option("--beside", type=int, hidden=True, help="End with this process.")
@plainly
def worker(beside: int | None) -> None:
    """Do the long work that people ask for on the screens; several workers may run."""
    # Like Ctrl+C: the database stops its statement, the present job is rolled back and waits for another.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config = Config.from_environment()
    install.ready(config)
    with create_app(config).app_context(), closing(db.engine), suppress(KeyboardInterrupt):
        work_until_stopped(
            db.engine,
            install.url(config, "app"),
            config.max_upload,
            lambda: beside is None or os.getppid() == beside,
        )


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)
@plainly
def run(port: int) -> None:
    """Serve the registry on this machine's loopback address; an empty one gets a demonstration city."""
    config = Config.from_environment()
    install.ready(config)
    with registry(as_installer=True) as session:
        empty = session.scalar(sa.select(sa.func.count()).select_from(Organisation)) == 0
        demonstration = session.scalar(sa.select(Installation.demonstration))
    if empty:
        _found_demonstration(config, DEMONSTRATION_MEMBERS, DEMONSTRATION_SEED)
    app = create_app(config)
    tell(f"http://127.0.0.1:{port}")
    if empty or demonstration:
        tell(private_text(config.home / DEMONSTRATION_ACCOUNTS, _showcase_accounts))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the worker is ended too
    with worker_beside([sys.executable, "-c", "from partyadmin.cli import main; main()"]):
        serve(
            app,
            host="127.0.0.1",
            port=port,
            threads=8,
            ident=None,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"],
        )


def _found_demonstration(config: Config, members: int, seed: int) -> None:
    with (
        create_app(config).app_context(),
        closing(db.engine),
        psycopg.connect(install.url(config, "owner")) as connection,
    ):
        found_demonstration(connection, members, seed, tell)
    accounts = config.home / DEMONSTRATION_ACCOUNTS
    accounts.unlink(missing_ok=True)  # of a demonstration whose database is gone
    private_text(accounts, _showcase_accounts)


def _showcase_accounts() -> str:
    """Opens the demonstration's accounts, or gives them new passwords where the file with them was lost."""
    with registry(as_installer=True) as session:
        accounts = open_showcase_accounts(session)
    return "".join(f"{login}  {password}  {post}  {name}\n" for login, password, post, name in accounts)


@main.command()
@plainly
def check() -> None:
    """Check style, types and tests: what CI runs."""
    # Two sessions on two cores; a file stays in one, since its tests share a database. In the order of the
    # files, where the slow ones of few tests come first: else one session ends with them alone.
    tests = ["pytest", "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    steps = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], tests)
    for step in steps:
        click.echo(" ".join(step))
        done = subprocess.run([sys.executable, "-m", *step], cwd=PROJECT, check=False)
        if done.returncode != 0:
            raise SystemExit(done.returncode)
