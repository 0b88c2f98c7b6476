"""Imports as jobs: checked first, written on a word, done as the person who asked, whoever dies."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin import create_app, jobs
from partyadmin.config import PROJECT, Config
from partyadmin.db import Actor, db, work_as
from partyadmin.dictionary import Refused
from partyadmin.jobs.worker import work_once
from partyadmin.models import Job
from partyadmin.operations.exchange.members import MemberLoad
from tests.operations.desk import Desk
from tests.operations.rows import city, id_number, member
from tests.operations.test_import_refused import BAD
from tests.workbook.test_hostile import billion_laughs, endless_text, overlapping_arrays

LOADER = Actor("loader", "city@001", "192.0.2.7")
NOTHING = ("organisation", "member", "document", "unit")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Office:
    """The desk of a person, and a worker in this process."""

    desk: Desk
    session: Session

    def upload(self, content: bytes, name: str = "采集表.xlsx") -> int:
        return jobs.ask_for_import(self.session, name, content, "zh_Hans_CN")

    def work(self) -> bool:
        return work_once(db.engine, 20 * MEGABYTE)

    def job(self, key: int) -> Job:
        self.session.rollback()
        return self.session.scalars(
            sa.select(Job)
            .where(Job.id == key)
            .options(sa.orm.undefer("*"))
            .execution_options(populate_existing=True)
        ).one()

    def done(self, content: bytes) -> Job:
        """The job after its check and its import."""
        key = self.upload(content)
        assert self.work()
        jobs.go_on(self.session, self.job(key))
        assert self.work()
        return self.job(key)

    def grow_old(self, assignment: str = "heartbeat = now() - interval '61 seconds'") -> None:
        with psycopg.connect(self.desk.url) as superuser:
            superuser.execute(f"UPDATE job SET {assignment}".encode())

    def counts(self) -> list[Any]:
        return [self.desk.value(f"SELECT count(*) FROM {table}") for table in NOTHING]

    def environment(self) -> dict[str, str]:
        return os.environ | {"DATABASE_URL": self.desk.url, "PARTYADMIN_HOME": str(self.desk.home)}


@pytest.fixture
def office(desk: Desk) -> Iterator[Office]:
    app = create_app(Config.from_environment({"DATABASE_URL": desk.url, "PARTYADMIN_HOME": str(desk.home)}))
    with app.app_context():
        session = db.session()
        work_as(session, LOADER)
        yield Office(desk, session)
        db.session.remove()
        db.engine.dispose()


def test_a_check_writes_nothing_and_the_named_button_does(office: Office) -> None:
    before = office.counts()
    key = office.upload(city(member(姓名="李四"), member(民族="火星族")))
    assert (office.job(key).state, office.job(key).kind) == ("queued", "import check")
    assert office.work()
    job = office.job(key)
    assert (job.state, job.rows_read, job.rows_accepted, job.rows_refused) == ("done", 8, 7, 1)
    assert office.counts() == before
    assert job.result and job.file_out
    (refusal,) = job.result["refusals"]
    assert (refusal["sheet"], refusal["column"], refusal["value"]) == ("党员", "民族", "火星族")
    jobs.go_on(office.session, job)
    assert office.work() and not office.work()
    job = office.job(key)
    assert (job.state, job.kind, job.rows_accepted) == ("done", "import", 7)
    assert office.desk.value("SELECT count(*) FROM member") == 1
    assert job.file_in is None, "the workbook is a document now"
    assert job.file_out and job.result
    assert office.desk.value("SELECT max(sha256) FROM document") == job.sha256
    assert job.result["document"] == office.desk.value("SELECT max(id) FROM document")


def test_the_answer_is_the_workbook_with_its_refusals(office: Office) -> None:
    job = office.done(city(member(姓名="李四"), member(民族="火星族")))
    sheet = openpyxl.load_workbook(io.BytesIO(job.file_out or b""))["党员"]
    heading, *rows = [row[-1].value for row in sheet.iter_rows()]
    assert heading == "错误说明"
    assert rows[0] is None and "火星族" in rows[1]


def test_the_act_is_that_of_the_person_from_their_address(office: Office) -> None:
    office.done(city(member()))
    acts = office.desk.rows(
        "SELECT DISTINCT a.login, p.level, t.remote_addr FROM member_version v JOIN transaction t"
        " ON t.id = v.transaction_id JOIN account a ON a.id = t.account_id JOIN post p ON p.id = t.post_id"
    )
    assert acts == [("loader", "city", "192.0.2.7")]


def test_numbers_of_people_are_masked_in_the_result(office: Office) -> None:
    number, mobile = id_number(), "13912345678"
    rows = member(民族=number), member(民族=mobile), member(公民身份证号=int(number[:17] + "0"))
    key = office.upload(city(*rows))
    office.work()
    told = str(office.job(key).result)
    assert office.job(key).rows_refused == 3
    assert f"{number[:6]}********{number[-4:]}" in told and "139****5678" in told
    assert not [secret for secret in (number, mobile, number[:17]) if secret in told]


def test_a_hostile_workbook_ends_in_a_sentence(office: Office) -> None:
    before = office.counts()
    hostile = {kind: make for kind, make in BAD.items() if kind not in ("empty", "ten times too large")}
    hostile |= {make.__name__: make for make in (billion_laughs, endless_text, overlapping_arrays)}
    for kind, make in hostile.items():
        key = office.upload(make())
        assert office.work()
        job = office.job(key)
        assert (job.state, job.result, job.file_in) == ("refused", None, None), kind
        assert job.sentence and "Traceback" not in job.sentence, kind
    for content in (b"", bytes(20 * MEGABYTE + 1)):
        with pytest.raises(Refused):
            office.upload(content)
    assert office.counts() == before


def test_the_same_file_is_asked_for_once_and_loaded_once(office: Office) -> None:
    content = city(member())
    first = office.upload(content)
    assert office.upload(content) == first, "a second click is the same job"
    office.work()
    second = office.upload(content)  # another tab, after the check of the first
    office.work()
    jobs.go_on(office.session, office.job(first))
    for key in (first, second):
        with pytest.raises(Refused):
            jobs.go_on(office.session, office.job(key))
    assert office.work()
    jobs.go_on(office.session, office.job(second))
    assert office.work()
    assert [office.job(key).state for key in (first, second)] == ["done", "refused"]
    assert "以前" in (office.job(second).sentence or "") or "已" in (office.job(second).sentence or "")
    assert office.desk.value("SELECT count(*) FROM member") == 1


def test_what_was_put_aside_is_not_written(office: Office) -> None:
    key = office.upload(city(member()))
    office.work()
    assert jobs.put_aside(office.session, office.job(key))
    assert not jobs.put_aside(office.session, office.job(key))
    with pytest.raises(Refused):
        jobs.go_on(office.session, office.job(key))
    assert office.job(key).file_in is None and not office.work()


@pytest.mark.parametrize(
    "loss", ["tenure SET since = '2020-01-01', until = current_date - 1", "account SET closed = current_date"]
)
def test_a_right_lost_in_between_refuses(office: Office, loss: str) -> None:
    key = office.upload(city(member()))
    office.work()
    jobs.go_on(office.session, office.job(key))
    before = office.counts()
    with psycopg.connect(office.desk.url) as superuser:
        superuser.execute("SELECT act('installation', NULL, 'test')")
        superuser.execute(
            f"UPDATE {loss} WHERE {'account_id' if 'tenure' in loss else 'id'} ="
            " (SELECT id FROM account WHERE login = 'loader')".encode()
        )
    assert office.work()
    assert office.counts() == before
    ((state, sentence),) = office.desk.rows("SELECT state, sentence FROM job")
    assert state == "refused" and "岗位" in sentence


def test_a_letter_lost_in_between_refuses(office: Office) -> None:
    key = office.upload(city(member()))
    with psycopg.connect(office.desk.url) as superuser:
        superuser.execute("SELECT act('installation', NULL, 'test')")
        superuser.execute("UPDATE permission SET letter = '-' WHERE function = 'E1' AND level = 'city'")
    assert office.work()
    assert office.job(key).state == "refused" and "E1" in (office.job(key).sentence or "")
    with pytest.raises(Refused):
        office.upload(city(member()))


def test_nobody_else_sees_a_job(office: Office) -> None:
    key = office.upload(city(member()))
    office.desk.open_account("second", "city@001")
    for actor in (Actor("second", "city@001"), None):
        with Session(db.engine) as other:
            work_as(other, actor)
            assert other.scalar(sa.select(sa.func.count()).select_from(Job)) == 0
            if actor:
                with pytest.raises(Refused):
                    jobs.go_on(other, office.job(key))


def broken(error: Exception) -> Callable[..., None]:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    return fail


def test_what_nobody_foresaw_fails_and_may_be_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.upload(city(member()))
    with monkeypatch.context() as patched:
        patched.setattr(MemberLoad, "store", broken(RuntimeError("power cut")))
        assert office.work()
    job = office.job(key)
    assert (job.state, job.sentence) == ("failed", None) and job.file_in
    jobs.go_on(office.session, job)
    assert office.job(key).kind == "import check", "trying again is not writing"
    assert office.work() and office.job(key).state == "done"


def test_a_stopped_worker_puts_the_job_back(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    key = office.upload(city(member(), member(民族="火星族")))
    office.work()
    jobs.go_on(office.session, office.job(key))
    before = office.counts()
    with monkeypatch.context() as patched:
        patched.setattr(MemberLoad, "store", broken(KeyboardInterrupt()))  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            office.work()
    job = office.job(key)
    assert (job.state, job.kind, job.attempts) == ("queued", "import", 0)
    assert job.result and job.file_out, "what the check found is kept"
    assert office.counts() == before
    assert office.work() and office.job(key).state == "done"


def test_a_worker_that_was_given_up_writes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was silent for a minute, another worker took the job, and then it wakes up at its commit."""
    key = office.upload(city(member()))
    office.work()
    jobs.go_on(office.session, office.job(key))
    stored = MemberLoad.store

    def silent(self: MemberLoad, *arguments: Any) -> None:
        stored(self, *arguments)
        monkeypatch.setattr(MemberLoad, "store", stored)
        office.grow_old()
        with db.engine.begin() as other:
            assert other.execute(sa.text("SELECT id, attempt FROM take_job()")).one() == (key, 2)

    monkeypatch.setattr(MemberLoad, "store", silent)
    before = office.counts()
    assert office.work()
    assert office.counts() == before
    job = office.job(key)
    assert (job.state, job.attempts) == ("running", 2), "the other worker has it"


def test_two_workers_never_take_the_same_job(office: Office) -> None:
    keys = [office.upload(city(member())) for _ in range(2)]
    with db.engine.connect() as one, db.engine.connect() as other, db.engine.connect() as third:
        taken = [each.execute(sa.text("SELECT id FROM take_job()")).scalar() for each in (one, other, third)]
        assert taken == [*keys, None]
        one.rollback()
        assert third.execute(sa.text("SELECT id FROM take_job()")).scalar() == keys[0]


def test_after_thirty_days_only_figures_stay(office: Office) -> None:
    job = office.done(city(member(), member(民族="火星族")))
    for days, emptied in ((29, 0), (31, 1), (31, 0)):
        office.grow_old(f"ended_at = now() - interval '{days} days'")
        with db.engine.begin() as worker:
            assert worker.scalar(sa.text("SELECT empty_old_jobs()")) == emptied
    job = office.job(job.id)
    assert (job.file_in, job.file_out, job.rows_refused) == (None, None, 1)
    assert job.result and "refusals" not in job.result and job.result["read"] == 8


@pytest.fixture
def slow(office: Office) -> Office:
    """A job whose storing waits in the database for as long as somebody holds the lock."""
    with psycopg.connect(office.desk.url) as superuser:
        superuser.execute(
            "CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$;"
            "CREATE TRIGGER waits AFTER INSERT ON member FOR EACH STATEMENT EXECUTE FUNCTION wait_for_test()"
        )
    return office


def start_worker(office: Office) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", "from partyadmin.cli import main; main()", "worker"]
    return subprocess.Popen(program, env=office.environment(), cwd=PROJECT)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_killed_worker_leaves_nothing_and_its_job_is_taken_again(slow: Office) -> None:
    key, before = slow.upload(city(member())), slow.counts()
    for attempt in (1, 2):
        worker = start_worker(slow)
        wait_until(lambda: slow.job(key).stage == "storing" and slow.job(key).attempts == attempt)  # noqa: B023
        worker.kill()
        worker.wait()
        assert slow.counts() == before
        assert slow.job(key).state == "running"
        slow.grow_old()
    assert not slow.work(), "after two attempts it has failed"
    assert (slow.job(key).state, slow.job(key).sentence) == ("failed", None)
    assert slow.counts() == before


def test_sigterm_ends_a_worker_cleanly_asleep_or_at_work(slow: Office) -> None:
    asleep = start_worker(slow)
    key = slow.upload(city(member()))
    wait_until(lambda: slow.job(key).stage == "storing")
    asleep.send_signal(signal.SIGTERM)
    assert asleep.wait(10) == 0
    assert (slow.job(key).state, slow.job(key).attempts) == ("queued", 0)
    slow.grow_old("state = 'done'")
    idle = start_worker(slow)
    listening = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN job'"
    )
    wait_until(lambda: slow.desk.value(listening) == 1)
    idle.send_signal(signal.SIGTERM)
    assert idle.wait(5) == 0


def test_a_worker_outlives_its_connections(office: Office) -> None:
    worker = start_worker(office)
    try:
        key = office.upload(city(member()))
        wait_until(lambda: office.job(key).state == "done")
        office.session.close()
        with psycopg.connect(office.desk.url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        other = office.upload(city(member()))
        wait_until(lambda: office.job(other).state == "done")
    finally:
        worker.terminate()
        worker.wait()
