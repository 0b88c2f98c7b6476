"""The workbook alone: ours, plain XlsxWriter and a bare writer of the same XML, on the same rows."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from bench.memory import peak_mb
from partyadmin.workbook.layout import Cell, Column, Kind, Layout
from partyadmin.workbook.skeleton import sheet_part, skeleton
from partyadmin.workbook.writing import ROWS_PER_SHEET, stream_roster

HEADINGS = (
    "姓名 性别 民族 公民身份证号 出生日期 学历 人员类别 所在党支部编码 所在党支部 加入党组织日期"
    " 转为正式党员日期 工作岗位 手机号 固定电话 家庭住址 党籍状态 是否失联 失去联系日期 是否流动 外出流向"
).split()
DAYS = {4, 9, 10}
LAYOUT = Layout(
    "党员名册",
    [Column(heading, Kind.DAY if place in DAYS else Kind.TEXT) for place, heading in enumerate(HEADINGS)],
)
_EPOCH = date(1899, 12, 30).toordinal()
_LETTERS = "ABCDEFGHIJKLMNOPQRST"


@dataclass
class Sheets:
    """Seconds of processor time of three ways to write the same rows; others use the machine too.

    The first byte is timed by the clock; the memory is what ours took beyond what was there.
    """

    rows: int
    ours: float
    plain: float | None
    bare: float
    first_byte_ms: float
    memory_mb: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measure_sheets(rows: int, with_plain: bool) -> Sheets:
    """Writes so many invented members each way; plain XlsxWriter takes minutes for a million."""
    memory = peak_mb(anew=True)
    began = time.perf_counter()
    pieces = stream_roster(LAYOUT, members(rows))
    next(pieces)
    first = time.perf_counter() - began
    pieces.close()
    ours = _seconds(_ours, rows)
    memory = peak_mb() - memory
    plain = _seconds(_plain, rows) if with_plain else None
    return Sheets(rows, ours, plain, _seconds(_bare, rows), 1000 * first, memory)


def _ours(rows: int) -> None:
    for _ in stream_roster(LAYOUT, members(rows)):
        pass


def members(count: int) -> Iterator[tuple[Cell, ...]]:
    """Rows like those of a roster, none like the one before."""
    for number in range(count):
        branch, day = number // 40, date(1950 + number % 50, 1 + number % 12, 1 + number % 28)
        yield (
            f"王建国{number % 997}", "男" if number % 3 else "女", "汉族",
            f"340702********{number % 10000:04}", day, "大学本科", "正式党员",
            f"001{branch // 999 + 1:03}{branch % 999 + 1:03}", f"中共云岭市第{branch}支部委员会",
            date(1990 + number % 30, 7, 1), date(1991 + number % 30, 7, 1) if number % 9 else None, "公务员",
            f"139****{number % 10000:04}", None, f"云岭市人民路{number}号", "正常", "否", None, "否", None,
        )  # fmt: skip


def _seconds(write: Callable[[int], None], rows: int) -> float:
    began = time.process_time()
    write(rows)
    return time.process_time() - began


class _Nowhere(io.RawIOBase):
    """Takes what cannot be sought, like a socket, and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return len(data)


def _plain(rows: int) -> None:
    """As the library's own documentation writes large files."""
    file = Path("/tmp") / f"bench-plain-{rows}.xlsx"
    options = {"constant_memory": True, "default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}
    try:
        with xlsxwriter.Workbook(file, options) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADINGS)
            for number, row in enumerate(members(rows), start=1):
                sheet.write_row(number, 0, row)
    finally:
        file.unlink(missing_ok=True)


def _bare(rows: int) -> None:
    """The same XML with nothing around it: one loop that knows these very columns, straight into the zip."""
    made = skeleton(LAYOUT, [rows])
    text, day = made.styles[Kind.TEXT], made.styles[Kind.DAY]
    ((before, after),) = made.sheets.values()
    with zipfile.ZipFile(_Nowhere(), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:  # type: ignore[arg-type]
        for name, content in made.others.items():
            book.writestr(name, content)
        with book.open(sheet_part(1), "w") as part:
            part.write(before)
            block: list[str] = []
            for number, row in enumerate(members(rows), start=2):
                block.append(f'<row r="{number}">')
                for letter, value in zip(_LETTERS, row, strict=True):
                    if value is None:
                        block.append(f'<c r="{letter}{number}" s="{day if letter in "EJK" else text}"/>')
                    elif letter in "EJK":
                        serial = value.toordinal() - _EPOCH  # type: ignore[union-attr]
                        block.append(f'<c r="{letter}{number}" s="{day}"><v>{serial}</v></c>')
                    else:
                        escaped = str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
                        block.append(
                            f'<c r="{letter}{number}" s="{text}" t="inlineStr"><is><t>{escaped}</t></is></c>'
                        )
                block.append("</row>")
                if number % 1000 == 0:
                    part.write("".join(block).encode())
                    block.clear()
            part.write("".join(block).encode())
            part.write(after)


assert len(HEADINGS) == len(_LETTERS) and ROWS_PER_SHEET > 1_000_000
