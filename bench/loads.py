"""Imports into an empty registry and exports out of a full one, beside the same rows moved by hand."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any, LiteralString

import psycopg

from bench.memory import peak_mb
from bench.registries import Worker, bare, empty_registry, enter
from bench.workbook import write_workbook
from partyadmin import create_app
from partyadmin.config import Config
from partyadmin.db import Actor, db, work_as
from partyadmin.operations.exchange import ExportRequest, export_members, import_workbook
from partyadmin.operations.exchange.progress import STAGES

ORGANISATION: LiteralString = (
    "name, short_name, kind, can_admit, unit_situation, secretary, contact, phone, founded"
)
MEMBER: LiteralString = (
    "name, sex, ethnicity, id_number, birth_date, education, person_type, join_date, full_date, job_post,"
    " mobile, landline, address, status, lost, lost_month, is_mobile, destination, remark"
)
ROSTER: LiteralString = """
SELECT m.name, s.label_zh, e.label_zh, id_number_masked(m.id_number), m.birth_date, d.label_zh, t.label_zh,
       m.branch_code, o.name, m.join_date, m.full_date, j.label_zh, phone_masked(m.mobile),
       phone_masked(m.landline), m.address, u.label_zh, m.lost, m.lost_month, m.is_mobile, r.full_name
  FROM member m JOIN organisation o ON o.id = m.branch_id
  LEFT JOIN sex s ON s.code = m.sex LEFT JOIN ethnicity e ON e.code = m.ethnicity
  LEFT JOIN education d ON d.code = m.education LEFT JOIN person_type t ON t.code = m.person_type
  LEFT JOIN job_post j ON j.code = m.job_post LEFT JOIN membership_status u ON u.code = m.status
  LEFT JOIN region r ON r.code = m.destination
 WHERE m.branch_code >= %(scope)s AND m.branch_code < %(scope)s || '~' ORDER BY m.branch_code, m.id"""


@dataclass
class Load:
    """Rows that came in or went out, by us and by hand; seconds."""

    name: str
    rows: int
    whole: float
    by_hand: float
    memory_mb: float
    steps: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_import(config: Config, rows: int) -> Load:
    """The members of a workbook into an empty registry: by our verb, then by COPY and INSERT."""
    file = config.home / f"bench-{rows}.xlsx"
    root = write_workbook(config, rows, file)
    with empty_registry(config, root, "bench_ours") as (ours, worker), create_app(ours).app_context():
        work_as(db.session(), Actor(worker.login, worker.post))
        steps: dict[str, float] = {}
        memory, began = peak_mb(anew=True), time.perf_counter()

        def progress(stage: str, _done: int, _total: int) -> None:
            steps[str(STAGES[stage])] = time.perf_counter() - began

        result = import_workbook(db.session(), file, file.name, 1 << 30, progress)
        whole = time.perf_counter() - began
        memory = peak_mb() - memory
        accepted = result.batch.members.accepted
        assert accepted > rows * 0.95, result.batch.refused[:3]
        db.session.remove()
        db.engine.dispose()
        with empty_registry(config, root, "bench_by_hand") as (theirs, _):
            by_hand = _by_hand(ours, theirs, worker)
    return Load(f"import of {rows:,} rows", accepted, whole, by_hand, memory, steps)


def _by_hand(source: Config, target: Config, worker: Worker) -> float:
    """Moves what the import made into another registry; seconds of the writing side."""
    with bare(source, None) as reading:
        enter(reading, None)
        organisations = _copy_out(
            reading, f"SELECT code, {ORGANISATION} FROM organisation WHERE parent_id IS NOT NULL"
        )
        members = _copy_out(
            reading,
            f"SELECT branch_code, {MEMBER} FROM member ORDER BY id",
        )
    with bare(target, worker) as writing:
        began = time.perf_counter()
        enter(writing, worker)
        opened = "SELECT act(%s, %s, 'bench', %s)"
        writing.execute(opened, [worker.login, worker.post, None])
        document = writing.execute(
            "INSERT INTO document (kind, title, number, organisation_id) SELECT 'workbook', 'bench', '1', id"
            " FROM organisation RETURNING id"
        ).fetchone()
        assert document is not None
        writing.execute(opened, [worker.login, worker.post, document[0]])
        _copy_in(writing, "organisation", ORGANISATION, organisations)
        _copy_in(writing, "member", MEMBER, members)
        for level in range(2, 12):
            writing.execute(
                f"INSERT INTO organisation (code, parent_id, {ORGANISATION}, intake)"
                f" SELECT i.code, p.id, {_prefixed(ORGANISATION)}, 'stock' FROM incoming_organisation i"
                " JOIN organisation p ON p.code = left(i.code, -3) WHERE length(i.code) = %s ORDER BY i.code",
                [3 * level],
            )
        writing.execute(
            f"INSERT INTO member (branch_id, {MEMBER}, intake) SELECT o.id, {_prefixed(MEMBER)}, 'stock'"
            " FROM incoming_member i JOIN organisation o ON o.code = i.code ORDER BY o.id"
        )
        writing.commit()
        return time.perf_counter() - began


def _prefixed(columns: str) -> str:
    return ", ".join(f"i.{name.strip()}" for name in columns.split(","))


def _copy_out(reading: psycopg.Connection[Any], query: LiteralString) -> list[bytes]:
    with reading.cursor().copy(f"COPY ({query}) TO STDOUT") as copy:
        return [bytes(block) for block in copy]


def _copy_in(
    writing: psycopg.Connection[Any], table: LiteralString, columns: LiteralString, rows: list[bytes]
) -> None:
    writing.execute(
        f"CREATE TEMP TABLE incoming_{table} ON COMMIT DROP AS"
        f' SELECT NULL::text COLLATE "C" AS code, {columns} FROM {table} WITH NO DATA'
    )
    with writing.cursor().copy(f"COPY incoming_{table} FROM STDIN") as copy:
        for block in rows:
            copy.write(block)
    writing.execute(f"ANALYZE incoming_{table}")


def measure_export(config: Config, worker: Worker, name: str) -> Load:
    """A roster of all that the worker sees: as a workbook, then as bare rows of the same query."""
    target = config.home / "bench-export.xlsx"
    with create_app(config).app_context():
        work_as(db.session(), Actor(worker.login, worker.post))
        memory, began = peak_mb(anew=True), time.perf_counter()
        request = ExportRequest(scope=worker.station, purpose="bench", way="command line")
        rows = export_members(db.session(), request, target)
        whole = time.perf_counter() - began
        memory = peak_mb() - memory
        db.session.remove()
        db.engine.dispose()
    target.unlink()
    began = time.perf_counter()
    with bare(config, worker) as connection, connection.transaction():
        enter(connection, worker)
        with connection.cursor("roster") as cursor:
            cursor.itersize = 2000
            cursor.execute(ROSTER, {"scope": worker.station})
            fetched = sum(1 for _ in cursor)
    assert fetched == rows
    return Load(name, rows, whole, time.perf_counter() - began, memory)
