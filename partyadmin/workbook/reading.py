"""Open any workbook somebody sends: its rows, or one clear sentence why not."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import IO

from partyadmin.workbook import messages
from partyadmin.workbook.child import Job, SheetReport
from partyadmin.workbook.package import DEFAULT_LIMIT, MEGABYTE, open_package
from partyadmin.workbook.refusal import WorkbookRefused

Scalar = str | float | bool | date | None

_MEMORY = 1536 * MEGABYTE
_SPOOL_LIMIT = 2048 * MEGABYTE
_CPU_SECONDS = 60
_WALL_SECONDS = 120
_MAX_REPORT = MEGABYTE

# The package's own __init__ builds the whole application; a bare module in its place lets the child
# load this folder alone, in a tenth of the time and memory.
_BOOTSTRAP = """
import sys, types
package = types.ModuleType("partyadmin")
package.__path__ = [sys.argv.pop(1)]
sys.modules["partyadmin"] = package
from partyadmin.workbook.child import main
main()
"""


@dataclass(frozen=True)
class SheetRow:
    """One row as it stands: Excel's row number, the cells from column A, columns (from 0) with a formula."""

    number: int
    cells: list[Scalar]
    formulas: list[int]


class Spool:
    """An unnamed file for the rows of a workbook, closed with the last sheet that reads from it."""

    def __init__(self) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - see above

    def __del__(self) -> None:
        self.file.close()


class Sheet:
    """One worksheet; `rows_used` and `columns` are the numbers of its last row and column with a value.

    `counts_from_1904` tells that plain numbers in date columns are days since 1904.
    """

    def __init__(self, report: SheetReport, spool: Spool, counts_from_1904: bool) -> None:
        self.name = report.name
        self.counts_from_1904 = counts_from_1904
        self.rows_used = report.rows
        self.columns = report.columns
        self._spool = spool
        self._span = report.offset, report.end

    def rows(self) -> Iterator[SheetRow]:
        """The rows that hold anything, hidden ones included, from top to bottom; may be called again."""
        position, end = self._span
        while position < end:
            self._spool.file.seek(position)
            line = self._spool.file.readline()
            position = self._spool.file.tell()
            for number, cells, formulas in json.loads(line):
                for index, value in enumerate(cells):
                    if type(value) is list:
                        cells[index] = date.fromordinal(value[0])
                yield SheetRow(number, cells, formulas)


@dataclass(frozen=True)
class Workbook:
    """A workbook that was read to its end."""

    sheets: tuple[Sheet, ...]


def open_workbook(
    source: str | Path | bytes, limit_bytes: int = DEFAULT_LIMIT, *, rows_per_sheet: int = 0
) -> Workbook:
    """Read a workbook in a limited process; raises WorkbookRefused with the sentence to show.

    `rows_per_sheet` stops each sheet after so many rows that hold anything (0 reads all).
    """
    data = load(source, limit_bytes)
    package = open_package(data, limit_bytes)
    spool = Spool()
    reports = _run_child(data, spool.file, limit_bytes, rows_per_sheet)
    return Workbook(tuple(Sheet(report, spool, package.counts_from_1904) for report in reports))


def load(source: str | Path | bytes, limit_bytes: int) -> bytes:
    """The bytes of the file, at most one more than allowed so that the check can tell."""
    if isinstance(source, bytes):
        return source
    with open(source, "rb") as file:
        return file.read(limit_bytes + 1)


def _run_child(data: bytes, spool: IO[bytes], limit_bytes: int, rows: int) -> list[SheetReport]:
    job = Job(limit_bytes, _MEMORY, _CPU_SECONDS, spool.fileno(), _SPOOL_LIMIT, rows)
    folder = Path(__file__).resolve().parent.parent
    with tempfile.TemporaryFile() as copy, tempfile.TemporaryFile() as answer:
        copy.write(data)
        copy.seek(0)
        try:
            # -I and an empty environment: nothing of the server's settings or secrets reaches the child.
            done = subprocess.run(
                [sys.executable, "-I", "-c", _BOOTSTRAP, str(folder), json.dumps(asdict(job))],
                stdin=copy,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                pass_fds=(spool.fileno(),),
                env={},
                timeout=_WALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkbookRefused(messages.TOO_SLOW) from error
        if done.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            raise WorkbookRefused(messages.TOO_SLOW)
        if done.returncode != 0:
            raise WorkbookRefused(messages.CRASHED)
        answer.seek(0)
        try:
            report = json.loads(answer.read(_MAX_REPORT))
        except ValueError as error:
            raise WorkbookRefused(messages.CRASHED) from error
    if "refused" in report:
        raise WorkbookRefused(report["refused"], **report["params"])
    return [SheetReport(**sheet) for sheet in report["sheets"]]
