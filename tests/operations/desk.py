"""A desk with an empty registry on it: the command line in this process, and a look into the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from click.testing import CliRunner, Result
from psycopg import sql

from partyadmin import install
from partyadmin.cli import main

PASSWORD = "Correct-horse-battery-9"
ROOT = "中共云岭市委员会"


@dataclass(frozen=True)
class Desk:
    """Commands run against the database of `url`; files lie in `folder`."""

    url: str
    home: Path
    folder: Path

    def run(self, *arguments: str | Path) -> Result:
        environment = {"DATABASE_URL": self.url, "PARTYADMIN_HOME": str(self.home)}
        result = CliRunner().invoke(main, [str(each) for each in arguments], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def refusal(self, *arguments: str | Path) -> str:
        """The one sentence of a command that must fail, with nothing on stdout."""
        result = self.run(*arguments)
        assert result.exit_code == 1, result.output
        assert result.stdout == ""
        return result.stderr.strip().splitlines()[-1].removeprefix("Error: ")

    def found(self) -> None:
        """The registry with its root and the account `loader`."""
        assert self.run("init", "--root", ROOT, "--level", "city").exit_code == 0
        self.open_account("loader", "city@001")

    def open_account(self, login: str, post: str) -> None:
        file = self.folder / "password"
        file.write_text(f"{PASSWORD}\n")
        result = self.run(
            "account", "create", login, "--name", "装载员", "--post", post, "--password-file", file
        )
        assert result.exit_code == 0, result.output

    def file(self, content: bytes, name: str = "city.xlsx") -> Path:
        path = self.folder / name
        path.write_bytes(content)
        return path

    def load(self, content: bytes, *more: str | Path, login: str = "loader") -> dict[str, Any]:
        """Imports a workbook and returns what the command says in JSON."""
        file = self.file(content)
        result = self.run("import", file, "--as", login, "--initial", "--format", "json", *more)
        assert result.exit_code == 0, result.output
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as session:
            return session.execute(query.encode()).fetchall()

    def value(self, query: str) -> Any:
        return self.rows(query)[0][0]

    def state(self) -> list[tuple[Any, ...]]:
        """Counts of all that an import or export may leave behind."""
        tables = (
            "organisation organisation_version unit member member_version document transaction export_ledger"
        )
        return [(table, self.value(f"SELECT count(*) FROM {table}")) for table in tables.split()]


def copy_database(admin_url: str, name: str, template: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        install.create_database(admin, name, template)


def drop_database(admin_url: str, name: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def refused(answer: dict[str, Any]) -> list[tuple[str, int, str | None, str]]:
    """Where and by which rule rows were refused."""
    return [(each["sheet"], each["row"], each["column"], each["rule"]) for each in answer["refused"]]
