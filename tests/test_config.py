"""The environment decides the places; secrets are made once, private, and refused when weak."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from partyadmin.config import PROJECT, Config, SetupError, make_home, private_text


def test_defaults() -> None:
    config = Config.from_environment({"PARTYADMIN_HOME": "", "DATABASE_URL": ""})
    assert (config.home, config.database_url, config.database) == (PROJECT / "var", None, "partyadmin")
    assert (config.locale, config.max_upload) == ("zh_Hans_CN", 20 * 2**20)


def test_a_relative_home_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Config.from_environment({"PARTYADMIN_HOME": "here"}).home == tmp_path / "here"


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_database_url_becomes_one_that_libpq_takes(scheme: str) -> None:
    config = Config.from_environment({"DATABASE_URL": f"{scheme}://me:pass@host:6432/party?sslmode=require"})
    assert config.database_url == "postgresql://me:pass@host:6432/party?sslmode=require"
    assert config.database == "party"


@pytest.mark.parametrize(
    "url", ["sqlite:///file", "host=here", "postgresql://me@host", "postgresql://me@host/"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(SetupError, match="DATABASE_URL must"):
        Config.from_environment({"DATABASE_URL": url})


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    config = Config(tmp_path / "home")
    key = config.secret_key
    assert len(key) == 64
    assert Config(tmp_path / "home").secret_key == key
    assert stat.S_IMODE(config.home.stat().st_mode) == 0o700
    assert stat.S_IMODE((config.home / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize("weak", ["", "short", "a" * 64])
def test_a_weak_secret_key_is_refused(tmp_path: Path, weak: str) -> None:
    (tmp_path / "key").write_text(weak)
    with pytest.raises(SetupError, match="random characters"):
        _ = Config(tmp_path, secret_key_file=tmp_path / "key").secret_key


def test_many_askers_get_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as askers:
        answers = askers.map(lambda number: private_text(tmp_path / "secret", lambda: str(number)), range(40))
    assert len(set(answers)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root enters every folder")
def test_a_home_of_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(SetupError, match="closed to this user"):
        make_home(tmp_path)
