"""The limited process that reads the cells: whatever a hostile workbook does happens here, not in the parent.

It is given the workbook on standard input, a spool file for the rows, and answers on standard output
with one JSON object: `{"sheets": [...]}` or `{"refused": message id, "params": {...}}`.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, time
from itertools import islice
from typing import BinaryIO

from python_calamine import CalamineSheet, CalamineWorkbook

from partyadmin.workbook import messages
from partyadmin.workbook.package import Package, inflate, open_package
from partyadmin.workbook.refusal import WorkbookRefused
from partyadmin.workbook.sheet_scan import Scan, scan_sheet

_BATCH = 200
_MAX_AREA = 25_000_000
"""The reader lays out every cell between the first and the last one, at some 30 bytes each."""
_MAX_MERGES = 50_000


@dataclass(frozen=True)
class Job:
    """What the parent asks for; `rows` caps the rows written per sheet, 0 for all."""

    size_limit: int
    memory: int
    cpu_seconds: int
    spool: int
    spool_limit: int
    rows: int


@dataclass(frozen=True)
class SheetReport:
    """Where a sheet's rows lie in the spool, and its last row and column with a value (from 1)."""

    name: str
    offset: int
    end: int
    rows: int
    columns: int


def main() -> None:
    """Read the job from the arguments, the workbook from standard input; report on standard output."""
    job = Job(**json.loads(sys.argv[1]))
    _limit_self(job)
    try:
        package = open_package(sys.stdin.buffer.read(), job.size_limit)
        with os.fdopen(job.spool, "wb") as spool:
            answer: dict[str, object] = {
                "sheets": [asdict(sheet) for sheet in _read(package, spool, job.rows)]
            }
    except WorkbookRefused as refused:
        answer = {"refused": refused.message_id, "params": refused.params}
    except MemoryError:
        raise
    except Exception:
        # Damaged files raise at least eight unrelated types in the libraries below.
        answer = {"refused": messages.DAMAGED, "params": {}}
    json.dump(answer, sys.stdout)


def _limit_self(job: Job) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, job.memory),
        (resource.RLIMIT_CPU, job.cpu_seconds),
        (resource.RLIMIT_FSIZE, job.spool_limit),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def _read(package: Package, spool: BinaryIO, rows: int) -> Iterator[SheetReport]:
    scans = {sheet.name: scan_sheet(inflate(package, sheet.part)) for sheet in package.sheets}
    for sheet in package.sheets:
        if scans[sheet.name].rows * scans[sheet.name].columns > _MAX_AREA:
            raise WorkbookRefused(messages.SPREAD, sheet=sheet.name)
    worksheets = {sheet.part for sheet in package.sheets}
    for name in package.zip.namelist():
        if name not in worksheets:
            for _ in inflate(package, name):
                pass  # only to learn that the part does not outgrow its declared size
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(package.data))
    for name, scan in scans.items():
        offset = spool.tell()
        _spool_rows(workbook.get_sheet_by_name(name), scan, spool, rows)
        yield SheetReport(name, offset, spool.tell(), scan.rows, scan.columns)


def _spool_rows(sheet: CalamineSheet, scan: Scan, spool: BinaryIO, limit: int) -> None:
    """Write the rows that hold anything as lines of `[[row number, cells, formula columns], ...]`."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
    batch: list[tuple[int, list[object], list[int]]] = []
    for number, cells in islice(_unmerged_rows(sheet), limit or None):
        batch.append((number, cells, scan.formulas.get(number, [])))
        if len(batch) == _BATCH:
            spool.write(encode(batch).encode() + b"\n")
            batch.clear()
    if batch:
        spool.write(encode(batch).encode() + b"\n")


def _unmerged_rows(sheet: CalamineSheet) -> Iterator[tuple[int, list[object]]]:
    """Rows with Excel's numbers; a cell merged downwards repeats its value in rows that hold others."""
    padding = [""] * (sheet.start[1] if sheet.start else 0)
    starting: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in (sheet.merged_cell_ranges or [])[:_MAX_MERGES]:
        if bottom > top:
            starting.setdefault(top, []).append((left, bottom))
    repeated: dict[int, tuple[int, object]] = {}
    for index, cells in enumerate(sheet.iter_rows()):
        row: list[object] = [*padding, *cells]
        if repeated and any(row):
            repeated = {column: kept for column, kept in repeated.items() if kept[0] >= index}
            for column, (_, value) in repeated.items():
                if row[column] == "":
                    row[column] = value
        for column, bottom in starting.get(index, ()):
            if column < len(row):
                repeated[column] = (bottom, row[column])
        if any(row):
            yield index + 1, row


def _plain(value: object) -> object:
    """JSON has no dates: a day becomes `[ordinal]`; midnight alone is Excel's day 0, an empty date."""
    if isinstance(value, date):  # a datetime too: the hour of a date column means nothing
        return [value.toordinal()]
    if isinstance(value, time) and value == time.min:
        return None
    return str(value)
