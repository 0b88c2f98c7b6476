"""A job in a worker's hands: whose it is, how far it has come, how it ends."""

from __future__ import annotations

import json
import logging
import threading
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from partyadmin.dictionary import refusal

_SECONDS_BETWEEN_REPORTS = 1.0
_log = logging.getLogger(__name__)


class Task(NamedTuple):
    """A job that this worker has taken: which attempt, and the person and post it is done as."""

    id: int
    attempt: int
    kind: str
    login: str
    post: str
    client: str | None
    language: str


class Ending(NamedTuple):
    """How a job ends: queued again, done with an outcome, failed, or refused with a sentence."""

    state: str
    sentence: str | None = None
    outcome: dict[str, Any] | None = None
    answer: bytes | None = None
    keeps_answer: bool = False


class Lost(Exception):
    """The job was given to another worker, because this one had been silent for too long."""


def call_door(engine: sa.Engine, statement: str, values: dict[str, Any]) -> Any:
    """One door, in a transaction of its own; nobody acts in it."""
    with engine.begin() as connection:
        return connection.execute(sa.text(statement), values).one_or_none()


def finish(connection: sa.Connection, task: Task, ending: Ending) -> None:
    """Ends a job in the transaction of its work.

    Raises IntegrityError where it belongs to another worker by now.
    """
    values = ending._asdict()
    outcome = values.pop("outcome")
    values["outcome"] = None if outcome is None else json.dumps(outcome, ensure_ascii=False)
    connection.execute(
        sa.text(
            "SELECT end_job(:id, :attempt, :state, :sentence, CAST(:outcome AS jsonb), :answer,"
            " :keeps_answer)"
        ),
        {"id": task.id, "attempt": task.attempt, **values},
    )


def end(engine: sa.Engine, task: Task, ending: Ending) -> None:
    """Ends a job whose work left nothing in the registry."""
    try:
        with engine.begin() as connection:
            finish(connection, task, ending)
    except DBAPIError as error:
        if refusal(error).rule != "a_job_is_ended_by_its_worker":
            raise
        _log.warning("job %s had ended already", task.id)


class Pulse:
    """Tells the row of a job how far its work has come, in a session beside the one that works."""

    def __init__(self, engine: sa.Engine, task: Task):
        self._engine = engine
        self._task = task
        self._reached: tuple[str | None, int, int] = (None, 0, 0)
        self._stopped = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def tell(self, stage: str, done: int, total: int) -> None:
        """Notes the amount; the thread writes it once a second.

        Raises Lost where the job belongs to another worker by now.
        """
        self._reached = (stage, done, total)
        if self._lost:
            raise Lost

    def __enter__(self) -> Pulse:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(_SECONDS_BETWEEN_REPORTS):
            stage, done, total = self._reached
            values = {"id": self._task.id, "attempt": self._task.attempt}
            try:
                still_ours = call_door(
                    self._engine,
                    "SELECT tell_job(:id, :attempt, :stage, :done, :total)",
                    values | {"stage": stage, "done": done, "total": total},
                )
                self._lost = not still_ours[0]
            except DBAPIError as error:
                _log.warning("progress of job %s was not told: %s", self._task.id, type(error).__name__)
