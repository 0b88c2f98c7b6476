"""What happens to members: a report entered by its committee, and a batch of conversions on one document."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from bench.browser import Visitor
from bench.loads import Load
from bench.memory import peak_mb
from bench.registries import Worker
from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import Actor, db, work_as
from partyadmin.operations import acting
from partyadmin.operations.document import Filing, file_document
from partyadmin.operations.report import Told, enter_many, file_report

BATCH = "batch of 1,000 conversions"
NUMBER = 1000
_WARM = 3
_KEEPER = sa.text("SELECT id FROM organisation WHERE code = :station")
# Born when nobody of the invented city was, so that no number is taken.
_NEWCOMERS = sa.text("""
    WITH branch AS (
      SELECT o.id, row_number() OVER (ORDER BY o.code) - 1 AS place, count(*) OVER () AS number
        FROM organisation o JOIN organisation_kind k ON k.code = o.kind
       WHERE k.holds_members AND o.ended IS NULL AND o.code >= :station AND o.code < :station || '~')
    INSERT INTO member (branch_id, branch_code, name, sex, ethnicity, id_number, birth_date, education,
                        person_type, join_date, job_post, mobile, address)
    SELECT branch.id, '', '预备党员', '1', '01', n || id_number_check_character(n), '1905-05-17', '11',
           '2', '2024-01-10', '01', '13800000000', '人民路1号'
      FROM generate_series(1, 2 * :number, 2) AS i
      JOIN branch ON branch.place = (i / 2) % branch.number
     CROSS JOIN LATERAL (SELECT (340702 + i / 1000) || '19050517' || lpad((i % 1000)::text, 3, '0')) AS t(n)
    RETURNING id""")
_MEMBERS = sa.text(
    "SELECT id, branch_id FROM member WHERE intake = 'registered' AND status = '1'"
    " ORDER BY hashint8(id) LIMIT :number"
)
_BY_HAND = sa.text(
    "UPDATE member SET person_type = '1', full_date = :day WHERE id = ANY (CAST(:ids AS bigint[]))"
)


def measure_entering(config: Config, worker: Worker, times: int) -> float:
    """CPU milliseconds of a report's entry, from the button to the answer: ours and the database's."""
    app = create_app(config)
    with app.test_request_context():
        work_as(db.session(), Actor(worker.login, worker.post))
        with acting(db.session(), "reports of the bench"):
            members = db.session.execute(_MEMBERS, {"number": times + _WARM}).all()
            assert members
            reports = [
                file_report(
                    db.session(),
                    Told("change", key, branch, date.today(), items={"remark": f"bench {time.time_ns()}"}),
                    None,
                    "reported",
                ).id
                for key, branch in members
            ]
        db.session.remove()
    visitor = Visitor(app, worker)
    forms = [(address := f"/report/step/?id={key}&to=entered", visitor.form(address)) for key in reports]
    for address, form in forms[:_WARM]:
        visitor.post(address, form)
    with app.app_context():
        backend = int(db.session.scalar(sa.select(sa.func.pg_backend_pid())) or 0)
        db.session.remove()
    theirs, ours = seconds_of(backend), time.process_time()
    for address, form in forms[_WARM:]:
        visitor.post(address, form)
    spent = time.process_time() - ours + seconds_of(backend) - theirs
    with app.app_context():
        db.engine.dispose()
    return 1000 * spent / len(forms[_WARM:])


def measure_batch(config: Config, worker: Worker) -> Load:
    """Newcomers of a committee converted together, then by a bare UPDATE; nothing of it stays."""
    with create_app(config).test_request_context():
        session = db.session()
        work_as(session, Actor(worker.login, worker.post))
        with acting(session, "batch of the bench", rehearsal=True):
            place = {"station": worker.station}
            keeper = session.scalars(_KEEPER, place).one()
            filing = Filing(kind="approval", title="bench", number=f"bench {time.time_ns()}")
            paper = file_document(session, filing, keeper).id
            ids = list(session.scalars(_NEWCOMERS, place | {"number": NUMBER}))
            day, memory = date.today(), peak_mb(anew=True)
            with _undone(session):
                began = time.perf_counter()
                assert enter_many(session, "conversion", ids, day, paper) == NUMBER
                whole = time.perf_counter() - began
            memory = peak_mb() - memory
            with _undone(session):
                began = time.perf_counter()
                session.execute(_BY_HAND, {"day": day, "ids": ids})
                by_hand = time.perf_counter() - began
        db.session.remove()
        db.engine.dispose()
    return Load(BATCH, NUMBER, whole, by_hand, memory)


@contextmanager
def _undone(session: Session) -> Iterator[None]:
    """A savepoint that is rolled back in any case."""
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()


def seconds_of(process: int) -> float:
    """The CPU time that a process has used; Linux only."""
    used = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
