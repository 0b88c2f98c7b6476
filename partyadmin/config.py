"""What the environment decides: where the registry lives, its database, its secrets, its limits."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PROJECT = Path(__file__).resolve().parent.parent

TIME_ZONE = "Asia/Shanghai"
"""Dates are Chinese dates, wherever the server stands."""

LEAST_KEY_LENGTH = 32
LEAST_KEY_VARIETY = 10


class SetupError(RuntimeError):
    """The surroundings do not let the registry run; the message says what to change."""


@dataclass(frozen=True)
class Config:
    """Read once by `from_environment`; tests make variants with `dataclasses.replace`."""

    home: Path
    """Secrets, and the embedded database of an ordinary user. Made with mode 0700 when missing."""

    database_url: str | None = None
    """An administrator's URL on a PostgreSQL of one's own; None means the embedded one."""

    database: str = "partyadmin"

    postgres_programs: Path | None = None
    """Folder of `initdb` and `postgres` for the embedded database; None means the wheel's."""

    secret_key_file: Path | None = None

    max_upload: int = 20 * 1024 * 1024
    """Bytes of one request."""

    locale: str = "zh_Hans_CN"

    hosts: tuple[str, ...] = ("127.0.0.1", "localhost", "[::1]")
    """Names under which browsers reach the registry; a request for any other host is refused."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Config":
        """Reads the variables that docs/operations.md lists; an empty value is no value.

        Touches no file. Raises SetupError when DATABASE_URL does not name a PostgreSQL database.
        """

        def folder_or_file(name: str) -> Path | None:
            value = environment.get(name)
            return Path(value).expanduser().resolve() if value else None

        hosts = tuple(
            filter(None, (host.strip() for host in environment.get("PARTYADMIN_HOSTS", "").split(",")))
        )
        database_url, database = _postgresql_url(environment.get("DATABASE_URL", ""))
        return cls(
            home=folder_or_file("PARTYADMIN_HOME") or PROJECT / "var",
            database_url=database_url,
            database=database or cls.database,
            postgres_programs=folder_or_file("PARTYADMIN_POSTGRES"),
            secret_key_file=folder_or_file("SECRET_KEY_FILE"),
            hosts=hosts or cls.hosts,
        )

    @property
    def secret_key(self) -> str:
        """The key that signs sessions; made on first use. Raises SetupError when it is weak."""
        if self.secret_key_file is None:
            return private_text(self.home / "secret-key", lambda: secrets.token_hex(32))
        key = self.secret_key_file.read_text().strip()
        if len(key) < LEAST_KEY_LENGTH or len(set(key)) < LEAST_KEY_VARIETY:
            raise SetupError(f"{self.secret_key_file} must hold {LEAST_KEY_LENGTH} random characters or more")
        return key


def make_home(home: Path) -> None:
    """Create the folder, closed to others. Raises SetupError when it belongs to somebody else."""
    try:
        if not home.is_dir():
            home.parent.mkdir(parents=True, exist_ok=True)
            home.mkdir(mode=0o700, exist_ok=True)
        usable = os.access(home, os.R_OK | os.W_OK | os.X_OK)
    except PermissionError:
        usable = False
    if not usable:
        raise SetupError(f"{home} is closed to this user: run as its owner or set PARTYADMIN_HOME")


def private_text(file: Path, make: Callable[[], str]) -> str:
    """The text of a 0600 file, made by the first of several processes that ask for it at once."""
    make_home(file.parent)
    if not file.exists():
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(make())
        # A link appears whole or not at all, and never replaces what another process put there.
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text()


def _postgresql_url(value: str) -> tuple[str | None, str | None]:
    """The URL as libpq takes it, and the database it names."""
    if not value:
        return None, None
    scheme, separator, rest = value.partition("://")
    if not separator or scheme.partition("+")[0] not in ("postgresql", "postgres"):
        raise SetupError("DATABASE_URL must begin with postgresql://")
    database = urlsplit(f"postgresql://{rest}").path.lstrip("/")
    if not database:
        raise SetupError("DATABASE_URL must name a database: postgresql://user@host/database")
    return f"postgresql://{rest}", database
