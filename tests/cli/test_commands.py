"""The commands around the exchange: what they print, how they end, what they start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from partyadmin.config import PROJECT, Config
from partyadmin.embedded import Server
from tests.operations.desk import ROOT, Desk, copy_database, drop_database

numbers = count(1)


@pytest.fixture
def desk(server: Server, template: Config, tmp_path: Path) -> Iterator[Desk]:
    """A desk on a registry without any organisation."""
    yield from _desk(server, template, tmp_path)


@pytest.fixture(scope="module")
def rooted(server: Server, template: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk on a registry that keeps its root and its one account."""
    for desk in _desk(server, template, tmp_path_factory.mktemp("rooted")):
        desk.found()
        yield desk


def _desk(server: Server, template: Config, folder: Path) -> Iterator[Desk]:
    name = f"commands_{next(numbers)}"
    copy_database(server.url(), name, template.database)
    yield Desk(server.url(name), template.home, folder)
    drop_database(server.url(), name)


def partyadmin(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program as a person runs it, in a home of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, "-c", "from partyadmin.cli import main; main()", *arguments],
        cwd=PROJECT,
        env=environment | {"PARTYADMIN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_where_and_stop_start_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    where = partyadmin(home, "where")
    assert where.returncode == 0
    assert len(where.stdout.splitlines()) == 1
    assert partyadmin(home, "stop").returncode == 0
    assert not home.exists()
    assert not Path(where.stdout.strip()).exists()


def test_init_may_be_repeated(desk: Desk) -> None:
    for _ in range(2):
        assert desk.run("init", "--root", ROOT, "--level", "city").exit_code == 0
    assert desk.run("init").exit_code == 0
    assert desk.rows("SELECT code, name, kind FROM organisation") == [("001", ROOT, "X30")]


def test_init_refuses_another_root_and_an_unknown_level(desk: Desk) -> None:
    assert "nowhere" in desk.refusal("init", "--root", ROOT, "--level", "nowhere")
    assert desk.refusal("init", "--root", "  ", "--level", "city")
    desk.run("init", "--root", ROOT, "--level", "city")
    assert ROOT in desk.refusal("init", "--root", "中共另一市委员会", "--level", "city")
    assert desk.run("init", "--root", ROOT).exit_code == 2
    assert desk.value("SELECT count(*) FROM organisation") == 1


@pytest.mark.parametrize("post", ["county@001", "city@002", "city", "nowhere@001", "@", "branch@001"])
def test_a_wrong_post_opens_no_account(rooted: Desk, post: str) -> None:
    password = rooted.file(b"Correct-horse-battery-9\n", "password")
    arguments = (
        "account",
        "create",
        "loader",
        "--name",
        "装载员",
        "--post",
        post,
        "--password-file",
        password,
    )
    assert rooted.refusal(*arguments)
    assert rooted.value("SELECT count(*) FROM account WHERE login = 'other'") == 0


@pytest.mark.parametrize("password", [b"", b"short", b"\xff\xfe", b"x" * 500])
def test_a_bad_password_opens_no_account(rooted: Desk, password: bytes) -> None:
    file = rooted.file(password, "password")
    arguments = (
        "account",
        "create",
        "loader",
        "--name",
        "装载员",
        "--post",
        "city@001",
        "--password-file",
        file,
    )
    assert rooted.refusal(*arguments)
    assert rooted.value("SELECT count(*) FROM account WHERE login = 'other'") == 0


@pytest.mark.parametrize("login", ["Loader", "a", "装载", "-x"])
def test_a_login_is_plain(rooted: Desk, login: str) -> None:
    password = rooted.file(b"Correct-horse-battery-9\n", "password")
    arguments = ("--name", "装载员", "--post", "city@001", "--password-file", password, "--", login)
    assert rooted.refusal("account", "create", *arguments)


def test_an_account_is_opened_once(rooted: Desk) -> None:
    password = rooted.file(b"Correct-horse-battery-9\n", "password")
    arguments = ("loader", "--name", "另一人", "--post", "city@001", "--password-file", password)
    assert rooted.refusal("account", "create", *arguments)
    assert rooted.rows("SELECT name FROM account WHERE login = 'loader'") == [("装载员",)]
