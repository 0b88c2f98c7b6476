"""The office suite that is at hand opens a roster: cells, pages and marks come out as they went in."""

from __future__ import annotations

import csv
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from partyadmin.workbook.layout import Cell
from partyadmin.workbook.writing import stream_roster
from tests.workbook.test_writing import LAYOUT, ROW

OFFICE = shutil.which("soffice")

pytestmark = pytest.mark.skipif(OFFICE is None, reason="soffice is missing: Debian's libreoffice-calc-nogui")

ROWS: list[tuple[Cell, ...]] = [
    ROW,
    ("=1+1", "007", None, "+86", 2.5),
    ('=HYPERLINK("http://x","y")', "@x", None, "-1", None),
    (" 𠮷野 <&> ", "a\nb", None, '"', 0),
]


@pytest.fixture
def converted(tmp_path: Path) -> Callable[[str], Path]:
    """Opens the roster and saves it in another format."""

    def convert(format_: str) -> Path:
        source = tmp_path / "roster.xlsx"
        source.write_bytes(b"".join(stream_roster(LAYOUT, iter(ROWS))))
        profile = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [OFFICE or "", profile, "--headless", "--convert-to", format_, "--outdir", tmp_path, source]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        made = source.with_suffix("." + format_.partition(":")[0])
        assert made.exists(), done.stdout + done.stderr
        return made

    return convert


def test_it_reads_each_cell(converted: Callable[[str], Path]) -> None:
    comma, quote, utf_8 = 44, 34, 76
    made = converted(f"csv:Text - txt - csv (StarCalc):{comma},{quote},{utf_8}")
    with made.open(encoding="utf-8", newline="") as file:
        headings, *rows = csv.reader(file)
    assert headings == [column.heading for column in LAYOUT.columns]
    assert rows == [
        ["张三", "11010519491231002X", "1949-12-31", "001001", "3"],
        ["=1+1", "007", "", "+86", "2.5"],
        ['=HYPERLINK("http://x","y")', "@x", "", "-1", ""],
        [" 𠮷野 <&> ", "a\nb", "", '"', "0"],
    ]


def test_it_lays_out_pages(converted: Callable[[str], Path]) -> None:
    made = converted("pdf").read_bytes()
    assert made.startswith(b"%PDF")
    boxes = {tuple(map(round, map(float, box.split()))) for box in _boxes(made)}
    assert boxes == {(0, 0, 842, 595)}, "A4 landscape; the hidden sheet is not printed"
    assert made.count(b"/Type/Page/") == 1


def _boxes(pdf: bytes) -> list[bytes]:
    return [part.partition(b"]")[0] for part in pdf.split(b"/MediaBox[")[1:]]
