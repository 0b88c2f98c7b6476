"""The embedded server is made once, found again, started after every kind of death, and closed to others."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from partyadmin import embedded
from partyadmin.config import Config, SetupError
from partyadmin.embedded import Server

PROGRAMS = Config.from_environment().postgres_programs
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def removed(server: Server) -> None:
    server.stop()
    for folder in (server.data_folder, server.socket_folder, server.home):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of a server that does not exist yet."""
    home = Path(tempfile.mkdtemp(prefix="partyadmin-test-"))
    yield home
    removed(Server(home, PROGRAMS))


@pytest.fixture
def fresh(home: Path) -> Server:
    """A server not made yet, with the settings of real use."""
    return Server(home, PROGRAMS)


def answer(url: str, query: str) -> object:
    with psycopg.connect(url) as session:
        row = session.execute(query.encode()).fetchone()
    return row[0] if row else None


def postmaster(server: Server) -> int:
    return int((server.data_folder / "postmaster.pid").read_text().splitlines()[0])


def starter(home: Path) -> subprocess.Popen[bytes]:
    """Another process that starts the same server, tells so, and lives on."""
    code = (
        "import time; from partyadmin.config import Config; from partyadmin.embedded import Server;"
        "config = Config.from_environment(); Server(config.home, config.postgres_programs).start();"
        "print('up', flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PARTYADMIN_HOME": str(home)}
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment)


def test_starting_twice_finds_the_same_server(server: Server) -> None:
    before = postmaster(server)
    began = time.monotonic()
    assert answer(server.start(), "SELECT 1") == 1
    assert time.monotonic() - began < 1
    assert postmaster(server) == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("data_checksums", "on"),
        ("TimeZone", "UTC"),
        ("password_encryption", "scram-sha-256"),
        ("log_error_verbosity", "terse"),
        ("log_min_error_statement", "panic"),
        ("log_parameter_max_length_on_error", "0"),
    ],
)
def test_settings(server: Server, setting: str, value: str) -> None:
    assert answer(server.url(), f"SHOW {setting}") == value


def test_in_real_use_nothing_acknowledged_may_be_lost() -> None:
    assert {embedded.SETTINGS[name] for name in ("fsync", "full_page_writes", "synchronous_commit")} == {"on"}


def test_only_the_password_opens_it(server: Server) -> None:
    password = (server.data_folder / "superuser-password").read_text()
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url().replace(password, "guess"))


def test_folders_are_closed_to_others(server: Server) -> None:
    secret = server.data_folder / "superuser-password"
    assert stat.S_IMODE(server.data_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert server.data_folder.stat().st_uid == secret.stat().st_uid != 0


def test_stop_and_start_keep_the_data(fresh: Server) -> None:
    fresh.stop()  # nothing is there yet
    with psycopg.connect(fresh.start()) as session:
        session.execute("CREATE TABLE kept AS SELECT 42 AS number")
    fresh.stop()
    assert not fresh.running()
    assert answer(fresh.start(), "SELECT number FROM kept") == 42


def test_a_killed_server_comes_back_with_what_it_acknowledged(fresh: Server) -> None:
    with psycopg.connect(fresh.start()) as session:
        session.execute("CREATE TABLE kept AS SELECT 42 AS number")
    for _ in range(3):
        os.kill(postmaster(fresh), signal.SIGKILL)
        while fresh.running():
            time.sleep(0.01)
        assert answer(fresh.start(), "SELECT number FROM kept") == 42


def test_a_number_given_to_another_process_is_no_server(fresh: Server) -> None:
    fresh.start()
    lines = (fresh.data_folder / "postmaster.pid").read_text().splitlines()
    fresh.stop()
    (fresh.data_folder / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert not fresh.running()
    assert answer(fresh.start(), "SELECT 1") == 1


def test_the_server_outlives_a_killed_starter(fresh: Server) -> None:
    process = starter(fresh.home)
    assert process.stdout and process.stdout.readline() == b"up\n"
    process.kill()
    process.wait()
    process.stdout.close()
    before = postmaster(fresh)
    assert answer(fresh.start(), "SELECT 1") == 1
    assert postmaster(fresh) == before


def test_a_starter_killed_at_any_moment_leaves_nothing_half_made(fresh: Server) -> None:
    for delay in (0.15, 0.3, 0.6):
        with starter(fresh.home) as process:
            time.sleep(delay)
            process.kill()
    assert answer(fresh.start(), "SELECT 1") == 1
    assert not list(fresh.data_folder.parent.glob(f"{fresh.data_folder.name}.new"))


def test_two_starters_at_once_make_one_server(fresh: Server) -> None:
    processes = [starter(fresh.home) for _ in range(2)]
    for process in processes:
        assert process.stdout and process.stdout.readline() == b"up\n"
        process.kill()
        process.wait()
        process.stdout.close()
    assert answer(fresh.start(), "SELECT 1") == 1


def test_a_long_path_gets_a_short_socket(home: Path) -> None:
    server = Server(home / ("long" * 30), PROGRAMS)
    try:
        assert answer(server.start(), "SELECT 1") == 1
        assert len(os.fsencode(server.socket_folder)) <= embedded.LONGEST_SOCKET_FOLDER
        assert stat.S_IMODE(server.socket_folder.stat().st_mode) == 0o700
    finally:
        removed(server)


def test_a_server_that_cannot_start_says_why(fresh: Server) -> None:
    fresh.start()
    fresh.stop()
    with (fresh.data_folder / "postgresql.conf").open("a") as conf:
        conf.write("port = never\n")
    with pytest.raises(SetupError, match="port"):
        fresh.start()


def test_programs_that_are_missing_are_named(home: Path) -> None:
    with pytest.raises(SetupError, match="/nowhere"):
        Server(home, Path("/nowhere")).start()


def test_no_url_without_a_cluster(fresh: Server) -> None:
    with pytest.raises(SetupError, match="no database"):
        fresh.url()


@as_root
def test_root_goes_on_with_what_an_ordinary_user_began(home: Path) -> None:
    os.chown(home, 65534, 65534)
    (home / "postgres").mkdir(mode=0o700)
    os.chown(home / "postgres", 65534, 65534)
    assert Server(home).data_folder == home / "postgres"


@as_root
def test_programs_out_of_reach_are_copied_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine_folder = Path(tempfile.mkdtemp(prefix="partyadmin-test-"))
    machine_folder.chmod(0o755)
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    wheel = embedded._wheel_folder()
    for tree in embedded.WHEEL_TREES:
        shutil.copytree(wheel / tree, hidden / tree)
    monkeypatch.setattr(embedded, "MACHINE_FOLDER", machine_folder)
    monkeypatch.setattr(embedded, "_wheel_folder", lambda: hidden)
    server = Server(home)
    try:
        assert answer(server.start(), "SELECT 1") == 1
        assert stat.S_IMODE(hidden.stat().st_mode) == 0o700
        assert sorted(path.name.split("-")[0] for path in machine_folder.iterdir()) == sorted(
            [server.data_folder.name, "pixeltable"]
        )
    finally:
        removed(server)
        shutil.rmtree(machine_folder)
