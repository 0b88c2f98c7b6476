"""Rows of a city's workbook: sound ones, to be made faulty column by column."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

import xlsxwriter

from tests.workbook.making import valid_number

Cells = dict[str, Any]

ORGANISATION = ("党组织编码", "上级党组织编码", "党组织名称", "组织类别")
CITY: tuple[tuple[Any, ...], ...] = (
    ("001", None, "中共云岭市委员会", "设区的市（自治州）委员会"),
    ("001001", "001", "中共云岭市甲县委员会", "县委"),
    ("001001001", "001001", "中共甲县教育局委员会", "党委"),
    ("001001001001", "001001001", "中共甲县一中支部委员会", "支部"),
    ("001001001002", "001001001", "中共甲县二中总支部委员会", "总支"),
    ("001001001002001", "001001001002", "中共甲县二中第一支部委员会", "党支部"),
)
BRANCH = "001001001001"
numbers = count(1)


def id_number(birth: date = date(1980, 3, 1), *, male: bool = True) -> str:
    """A sound number that no other row has."""
    return valid_number(f"340102{birth:%Y%m%d}{next(numbers) % 500 * 2 + male:03d}")


def member(**changed: Any) -> Cells:
    """A sound full member of the first branch, with the changes."""
    n = next(numbers)
    return {
        "姓名": f"张{chr(0x4E00 + n)}伟",
        "性别": "男",
        "民族": "汉族",
        "公民身份证号": id_number(),
        "出生日期": date(1980, 3, 1),
        "学历": "大学",
        "人员类别": "正式党员",
        "所在党支部编码": BRANCH,
        "加入党组织日期": date(2001, 7, 1),
        "转为正式党员日期": date(2002, 7, 1),
        "工作岗位": "公务员",
        "手机号": f"139{n:08d}",
        "固定电话": None,
        "家庭住址": f"云岭市人民路{n}号2栋3室",
        "党籍状态": "正常",
        "是否失联": "否",
        "失去联系日期": None,
        "是否流动": "否",
        "外出流向": None,
    } | changed


def organisations(*more: Sequence[Any], base: Sequence[Sequence[Any]] = CITY) -> list[Sequence[Any]]:
    return [ORGANISATION, *base, *more]


def sheet(rows: Sequence[Cells]) -> list[Sequence[Any]]:
    """Rows by heading as a table with the headings of the first one."""
    headings = list(rows[0])
    return [headings, *([row.get(heading) for heading in headings] for row in rows)]


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """The values as they are; text that looks like a formula stays text."""
    buffer = io.BytesIO()
    options = {"default_date_format": "yyyy-mm-dd", "strings_to_urls": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        for name, rows in sheets.items():
            target = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if value is not None:
                        target.write(number, column, value)
    return buffer.getvalue()


def city(*members: Cells, **sheets: Sequence[Sequence[Any]]) -> bytes:
    """The small city with these members."""
    return workbook(**{"党组织": organisations(), "党员": sheet(members or [member()])} | sheets)
