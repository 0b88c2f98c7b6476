"""The worker: sleeps while nothing waits, and does one job after the other, each as the person who asked."""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from partyadmin.db import Actor, work_as
from partyadmin.dictionary import Refused, is_unavailable, refusal
from partyadmin.jobs import ORDER
from partyadmin.jobs.imports import do_import
from partyadmin.jobs.orders import do_order
from partyadmin.jobs.task import Ending, Lost, Pulse, Task, call_door, end

_SECONDS_TO_WAIT = 5.0
_SECONDS_BETWEEN_CLEANINGS = 3600.0
_log = logging.getLogger(__name__)


@contextmanager
def worker_beside(program: list[str]) -> Iterator[None]:
    """A worker in a process of its own that ends with the block, or when this process is gone."""
    working = subprocess.Popen([*program, "worker", "--beside", str(os.getpid())], start_new_session=True)
    try:
        yield
    finally:
        working.terminate()
        working.wait()


def work_until_stopped(engine: sa.Engine, url: str, limit: int, goes_on: Callable[[], bool]) -> None:
    """Works while `goes_on`, asleep while nothing waits; `limit` is the largest workbook in bytes.

    KeyboardInterrupt ends it: the present job is rolled back and waits for another worker.
    """
    cleaned = 0.0
    while goes_on():
        try:
            with psycopg.connect(url, autocommit=True) as waiting:
                waiting.execute("LISTEN job")
                while goes_on():
                    if time.monotonic() - cleaned > _SECONDS_BETWEEN_CLEANINGS or not cleaned:
                        call_door(engine, "SELECT empty_old_jobs()", {})
                        cleaned = time.monotonic()
                    if not work_once(engine, limit):
                        # A pooler may swallow the call, so the queue is looked at now and then as well.
                        for _ in waiting.notifies(timeout=_SECONDS_TO_WAIT, stop_after=1):
                            pass
        except (DBAPIError, psycopg.OperationalError) as error:
            _log.warning("the database is away, trying again: %s", type(error).__name__)
            time.sleep(_SECONDS_TO_WAIT)


def work_once(engine: sa.Engine, limit: int) -> bool:
    """Takes the job that waits longest and does it; False where none waits."""
    row = call_door(engine, "SELECT * FROM take_job()", {})
    if row is None:
        return False
    task = Task(*row)
    try:
        with force_locale(task.language), Pulse(engine, task) as pulse:
            _work(engine, task, pulse, limit)
    except Lost:
        _log.warning("job %s was given to another worker", task.id)
    except KeyboardInterrupt:
        end(engine, task, Ending("queued"))
        raise
    except DBAPIError as error:
        if error.connection_invalidated or is_unavailable(error):
            raise  # the row says running, and is taken again when the silence is noticed
        _log.error("job %s failed", task.id, exc_info=error)
        end(engine, task, Ending("failed"))
    except Exception as error:
        _log.error("job %s failed", task.id, exc_info=error)
        end(engine, task, Ending("failed"))
    return True


def _work(engine: sa.Engine, task: Task, pulse: Pulse, limit: int) -> None:
    """Does a job as its person; what is refused ends it with the sentence."""
    try:
        with Session(engine, expire_on_commit=False) as session:
            work_as(session, Actor(task.login, task.post, task.client))
            if task.kind == ORDER:
                do_order(engine, session, task, pulse)
            else:
                do_import(engine, session, task, pulse, limit)
    except Refused as refused:
        if isinstance(refused.__cause__, DBAPIError) and refused.__cause__.connection_invalidated:
            raise refused.__cause__ from refused
        end(engine, task, Ending("refused", refused.sentence))
    except DBAPIError as error:
        known = refusal(error)
        if known.rule is None:
            raise
        end(engine, task, Ending("refused", known.sentence))  # the post is no longer held
