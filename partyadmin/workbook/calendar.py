"""The working days of a year as a workbook: an empty one to fill in, and the reading of a filled one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from xlsxwriter import Workbook as Writer

from partyadmin.workbook import messages
from partyadmin.workbook.cleaning import clean_text
from partyadmin.workbook.dates import clean_date, clean_date_from_1904
from partyadmin.workbook.reading import Scalar, Sheet, open_workbook
from partyadmin.workbook.refusal import CellRefused, WorkbookRefused

HEADINGS = ("日期", "类别", "名称", "英文名称")
_KINDS = {
    "off": ("休", "放假", "节假日", "休息", "off"),
    "work": ("班", "补班", "上班", "调休上班", "work"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_WIDTHS = (14, 10, 24, 32)


@dataclass(frozen=True)
class Day:
    """A day that differs from the plain week, with the row that it stands in."""

    row: int
    day: date
    kind: str
    label_zh: str
    label_en: str | None


@dataclass(frozen=True)
class Fault:
    """A row that cannot be taken: `message_id % params` says why in English."""

    row: int
    message_id: str
    params: dict[str, str]


def write_blank_calendar(out: BinaryIO) -> None:
    """Writes a sheet with the headings alone, and another with two days as an example."""
    workbook = Writer(out, {"in_memory": True})
    heading = workbook.add_format({"bg_color": "#ECEEF1", "border": 1, "bold": True})
    day = workbook.add_format({"num_format": "yyyy-mm-dd"})
    for name, rows in (("工作日历", ()), ("示例", _EXAMPLES)):
        sheet = workbook.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, (word, width) in enumerate(zip(HEADINGS, _WIDTHS, strict=True)):
            sheet.set_column(column, column, width, day if column == 0 else None)
            sheet.write_string(0, column, word, heading)
        for number, (first, *others) in enumerate(rows, 1):
            sheet.write_datetime(number, 0, first, day)
            for column, text in enumerate(others, 1):
                sheet.write_string(number, column, text)
    workbook.close()


_EXAMPLES = (
    (date(2026, 10, 1), "休", "国庆节", "National Day"),
    (date(2026, 10, 10), "班", "调休上班（国庆节）", "make-up workday (National Day)"),
)


def read_calendar(content: bytes) -> tuple[list[Day], list[Fault]]:
    """The days of the first sheet, and every row that cannot be read.

    Raises WorkbookRefused for a file that is no such workbook.
    """
    sheet = open_workbook(content, rows_per_sheet=1000).sheets[0]
    rows = iter(sheet.rows())
    first = next(rows, None)
    named = [clean_text(cell) for cell in first.cells] if first else []
    missing = [word for word in HEADINGS[:3] if word not in named]
    if missing:
        raise WorkbookRefused(messages.MISSING_COLUMNS, sheet=sheet.name, columns="、".join(missing))
    places = [named.index(word) if word in named else None for word in HEADINGS]
    days: list[Day] = []
    faults: list[Fault] = []
    for row in rows:
        cells = [None if place is None or place >= len(row.cells) else row.cells[place] for place in places]
        if all(clean_text(cell) is None for cell in cells):
            continue
        if row.formulas:
            faults.append(Fault(row.number, messages.FORMULA, {}))
            continue
        try:
            days.append(_day(row.number, cells, sheet))
        except CellRefused as refused:
            faults.append(Fault(row.number, refused.message_id, refused.params))
    return days, faults


def _day(number: int, cells: list[Scalar], sheet: Sheet) -> Day:
    found = (clean_date_from_1904 if sheet.counts_from_1904 else clean_date)(cells[0])
    if not isinstance(found, date):
        raise CellRefused("day", messages.UNREADABLE_DATE, value=clean_text(cells[0]) or "")
    word = clean_text(cells[1]) or ""
    if word not in _KIND_OF:
        raise CellRefused("kind", messages.UNKNOWN_DAY_KIND, value=word)
    label = clean_text(cells[2])
    if label is None:
        raise CellRefused("label", messages.DAY_WITHOUT_NAME)
    return Day(number, found, _KIND_OF[word], label, clean_text(cells[3]))
