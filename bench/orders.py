"""Change orders: a county that moves as a whole, a merger taken back, and a branch with its administrator."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.happenings import seconds_of
from bench.registries import Worker, as_installer, bare, enter
from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import Actor, act, work_as
from partyadmin.models import ChangeOrder
from partyadmin.operations import acting
from partyadmin.operations.change_order import Line, Ordered, apply, draft, preview
from partyadmin.operations.document import Filing, file_document

_WARM = 3
_PLACE = sa.text("SELECT id FROM organisation WHERE code = :code")
_BELOW = sa.text(
    "SELECT count(*), (SELECT kept FROM members_below(:code)) FROM organisation"
    " WHERE starts_with(code, :code)"
)
# The demonstration has one city, under which a county has nowhere to go: as a working committee it has.
_TRANSFERABLE = (
    "UPDATE post SET closed = current_date WHERE organisation_code = :code AND closed IS NULL",
    "UPDATE organisation SET kind = 'X50' WHERE code = :code",
)
_TARGET = sa.text("SELECT id FROM organisation WHERE kind = 'X40' AND code <> :code ORDER BY code LIMIT 1")
_BRANCHES = sa.text("""
    SELECT array_agg(o.id ORDER BY o.code) FROM organisation o JOIN branch_count c ON c.branch_id = o.id
     WHERE o.ended IS NULL AND o.code >= :code AND o.code < :code || '~' AND c.kept > 0
       AND nearest_keeper(o.parent_id) = (SELECT id FROM organisation WHERE code = :code)
     GROUP BY o.parent_id HAVING count(*) > 1 ORDER BY sum(c.kept) DESC LIMIT 1""")


def measure_orders(config: Config, workers: dict[str, Worker], times: int) -> dict[str, Any]:
    """Seconds of each step, rows of what moved, the slowest reader meanwhile; nothing of it stays."""
    with create_app(config).test_request_context(), as_installer(config) as session:
        with acting(session, "move of the bench", rehearsal=True):
            moved = _move(config, session, workers["city"], workers["county"].station)
        with acting(session, "merger of the bench", rehearsal=True):
            merged = _merger(session, workers["basic"])
        with acting(session, "founding of the bench", rehearsal=True):
            founded = _founding(session, workers["basic"], times)
    return {"move": moved, "merge": merged, "founding_cpu": founded}


def _move(config: Config, session: Session, city: Worker, county: str) -> dict[str, Any]:
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    here = {"code": county}
    for statement in _TRANSFERABLE:
        session.execute(sa.text(statement), here)
    _hear(session)
    organisations, members = session.execute(_BELOW, here).one()
    about, target = session.scalars(_PLACE, here).one(), session.scalars(_TARGET, here).one()
    with _reading(config, city) as slowest:
        steps = _ordered(session, city, "move", organisation_id=about, superior_id=target)[0]
    return {"organisations": organisations, "members": members, "slowest_reader": slowest[0], **steps}


def _merger(session: Session, keeper: Worker) -> dict[str, Any]:
    branches = session.scalars(_BRANCHES, {"code": keeper.station}).one()
    lines = [Line(branch) for branch in branches[1:]]
    steps, order = _ordered(session, keeper, "merge", organisation_id=branches[0], lines=lines)
    back = _ordered(session, keeper, "undo", organisation_id=branches[0], undoes=order.id)[0]
    return {"branches": len(branches), **steps, **{f"undo {step}": spent for step, spent in back.items()}}


def _founding(session: Session, keeper: Worker, times: int) -> float:
    """CPU milliseconds of a branch with its administrator, ours and the database's, from draft to end."""
    superior = session.scalars(_PLACE, {"code": keeper.station}).one()
    backend = int(session.scalar(sa.select(sa.func.pg_backend_pid())) or 0)
    stamp = time.time_ns()
    for number in range(-_WARM, times):
        if number == 0:
            theirs, ours = seconds_of(backend), time.process_time()
        items = {"name": f"中共基准{stamp}{number}支部", "kind": "631", "unit_situation": "1"}
        line = Line(items=items, accounts=[(f"bench{number + _WARM}.{stamp}", "周新")])
        _ordered(session, keeper, "establish", superior_id=superior, lines=[line])
    return 1000 * (time.process_time() - ours + seconds_of(backend) - theirs) / times


def _ordered(
    session: Session, worker: Worker, kind: str, **said: Any
) -> tuple[dict[str, float], ChangeOrder]:
    """The seconds of each step of an order by a worker, on a paper of the worker's organisation."""
    work_as(session, Actor(worker.login, worker.post))
    steps: dict[str, float] = {}
    act(session, "order of the bench")
    keeper = session.scalars(_PLACE, {"code": worker.station}).one()
    filing = Filing(kind="approval", title="bench", number=f"bench {time.time_ns()}")
    paper = file_document(session, filing, keeper).id
    with _timed(steps, "draft"):
        order = draft(session, Ordered(kind, paper, date.today(), **said))
    with _timed(steps, "preview"):
        preview(session, order)
    act(session, "order of the bench", paper)
    with _timed(steps, "apply"):
        apply(session, order, {})
        _hear(session)
    return steps, order


def _hear(session: Session) -> None:
    """What the database would say at the commit."""
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))


@contextmanager
def _timed(steps: dict[str, float], name: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    steps[name] = time.perf_counter() - began


@contextmanager
def _reading(config: Config, worker: Worker) -> Iterator[list[float]]:
    """Somebody who counts a city and opens a list of it again and again; the slowest time in seconds."""
    slowest, stop = [0.0], threading.Event()

    def read(connection: psycopg.Connection[Any]) -> None:
        while not stop.wait(0.1):
            began = time.perf_counter()
            with connection.transaction():
                enter(connection, worker)
                connection.execute("SELECT kept FROM members_below(%s)", [worker.station]).fetchall()
                connection.execute("SELECT name FROM member ORDER BY branch_code, id LIMIT 50").fetchall()
            slowest[0] = max(slowest[0], time.perf_counter() - began)

    with bare(config, worker) as connection:
        reader = threading.Thread(target=read, args=[connection])
        reader.start()
        try:
            yield slowest
        finally:
            stop.set()
            reader.join()
