"""A city's workbook as dirty as they come: each row with what must become of it."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import xlsxwriter

from tests.operations.rows import BRANCH, CITY, ORGANISATION, Cells, id_number, member

ORGANISATION_HEADER, MEMBER_HEADER = 3, 4
"""Rows of the (last) header in Excel's numbers."""


@dataclass(frozen=True)
class Case:
    """A row, and what must become of it: refused (column, rule), or stored with an intake and values."""

    cells: Cells
    refused: tuple[str | None, str] | None = None
    intake: str = "registered"
    stored: dict[str, Any] = field(default_factory=dict)


def readable() -> list[Case]:
    """Messy, but with one reading: stored clean, all rules kept."""
    number = id_number()
    wide = number.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})
    day = {"birth_date": date(1980, 3, 1)}
    return [
        *(Case(member(出生日期=text), stored=day) for text in (
            "1980-03-01", "1980.3.1", "1980/3/1", "1980年3月1日", "19800301", 19800301, 29281,
            "１９８０．０３．０１",
        )),
        Case(member(公民身份证号=f" {wide[:6]} {wide[6:]}　"), stored={"id_number": number}),
        Case(member(姓名="张 　三"), stored={"name": "张三"}),
        Case(member(姓名="阿依古丽．买买提"), stored={"name": "阿依古丽·买买提"}),
        Case(member(姓名="𠮷野𡈼"), stored={"name": "𠮷野𡈼"}),
        Case(member(性别="1"), stored={"sex": "1"}),
        Case(member(民族="汉"), stored={"ethnicity": "01"}),
        Case(member(学历="本科"), stored={"education": "21"}),
        Case(member(学历="硕士"), stored={"education": "12"}),
        Case(member(学历="中央党校大学"), stored={"education": "24"}),
        Case(member(人员类别="正式"), stored={"person_type": "1"}),
        Case(member(工作岗位="企业管理人员"), stored={"job_post": "0"}),
        Case(member(工作岗位="退 休"), stored={"job_post": "412"}),
        Case(member(手机号="139 1234 5678"), stored={"mobile": "13912345678"}),
        Case(
            member(手机号=None, 固定电话="（0562）2861234"),
            stored={"mobile": None, "landline": "0562-2861234"},
        ),
        Case(member(党籍状态="停止党籍"), stored={"status": "2"}),
        Case(member(党籍状态="已故"), stored={"status": "4"}),
        Case(
            member(是否失联="√", 失去联系日期="2020.05"),
            stored={"lost": True, "lost_month": date(2020, 5, 1)},
        ),
        Case(member(是否流动="是", 外出流向="浙江省 杭州市-西湖区"), stored={"destination": "330106"}),
        Case(member(所在党支部编码="００１００１ 001001"), stored={"branch_code": BRANCH}),
    ]  # fmt: skip


def stock() -> list[Case]:
    """Faults that a look-back will find: stored as they are."""
    number, person = id_number(), {"姓名": "李重名", "出生日期": date(1980, 3, 1)}
    faults: dict[str, Cells] = {
        "M01": {"转为正式党员日期": date(2001, 12, 1)},
        "M02": {
            "出生日期": date(1950, 3, 1),
            "加入党组织日期": date(1970, 7, 1), "转为正式党员日期": date(1971, 7, 1),
        },
        "M04": {"性别": "女"},
        "M05": {"公民身份证号": "34010219800301"},
        "M06": {"公民身份证号": number[:-1] + ("0" if number[-1] != "0" else "1")},
        "M07": {"公民身份证号": "340102198013010017"},
        "M08": {"公民身份证号": "990102198003010010"},
        "M14": {"家庭住址": "不详"},
        "M15": {"出生日期": date(1990, 3, 1)},
        "M16": {"加入党组织日期": date(1920, 7, 1)},
        "M17": {"转为正式党员日期": date(2000, 7, 1)},
        "M18": {"转为正式党员日期": None},
        "M19": {"人员类别": "预备党员"},
        "M22": {"出生日期": date(2020, 3, 1)},
        "M23": {"手机号": "12345"},
        "M26": {"姓名": "<script>alert(1)</script>"},
        "M30": {"是否流动": "是"},
    }  # fmt: skip
    return [
        *(Case(member(**changed), intake="stock") for changed in faults.values()),
        Case(member(公民身份证号="340102800301001"), intake="stock", stored={"id_number": "340102800301001"}),
        Case(member(公民身份证号=number), stored={"id_number": number}),
        Case(member(公民身份证号=number), intake="stock", stored={"id_number": number}),
        Case(member(**person)), Case(member(**person)),
        Case(
            member(出生日期="1980.03", 加入党组织日期="2001年7月"), intake="stock",
            stored={
                "birth_date": None, "birth_date_text": "1980.03",
                "join_date": None, "join_date_text": "2001年7月",
            },
        ),
        Case(member(是否流动="是", 外出流向="出去"), intake="stock", stored={"destination_text": "出去"}),
        Case(member(党籍状态=None), intake="stock", stored={"status": None}),
        Case(member(姓名="=1+1"), intake="stock", stored={"name": "=1+1"}),
    ]  # fmt: skip


def beyond_reading() -> list[Case]:
    """What cannot be read or placed."""
    damaged, unreadable = "DAMAGED_NUMBER", "UNREADABLE_DATE"
    return [
        *(Case(member(公民身份证号=value), ("公民身份证号", damaged))
          for value in (340102198003010017, "3.40102E+17", "340102198003010000")),
        *(Case(member(出生日期=value), ("出生日期", unreadable))
          for value in ("80.3.1", "1980-02-30", "不记得")),
        Case(member(失去联系日期="去年"), ("失去联系日期", unreadable)),
        Case(member(民族="外星族"), ("民族", "M27")),
        Case(member(学历="博士后流动站"), ("学历", "M27")),
        Case(member(工作岗位="闲人"), ("工作岗位", "M27")),
        Case(member(是否失联="也许"), ("是否失联", "M27")),
        Case(member(所在党支部编码="001999999"), ("所在党支部编码", "UNKNOWN_BRANCH")),
        Case(member(所在党支部编码="001001001"), ("所在党支部编码", "UNKNOWN_BRANCH")),
        Case(member(家庭住址="长" * 201), ("家庭住址", "M32")),
        Case(member(姓名="长" * 61), ("姓名", "M26")),
        Case(member(手机号="=A1"), ("手机号", "FORMULA")),
        Case(member(民族="外星族", 出生日期="80.3.1"), ("出生日期", unreadable)),
    ]  # fmt: skip


def organisations() -> list[Case]:
    def row(*values: Any, **more: Any) -> Cells:
        return dict(zip(ORGANISATION, values, strict=True)) | more

    def branch(number: str, name: str, superior: str = "001001001", kind: str = "支部", **more: Any) -> Cells:
        return row(number, superior, f"中共甲县{name}支部委员会", kind, **more)

    return [
        *(Case(row(*cells)) for cells in CITY),
        Case(
            branch("001001001010", "十", 成立日期="1972.2", 联系电话="（0562）2861234"),
            stored={"founded": None, "founded_text": "1972.2", "phone": "0562-2861234"},
        ),
        Case(branch("001001001011", "十一", 是否具有审批预备党员权限="是"), intake="stock"),
        Case(branch("001001001012", "十二", superior="001001888"), ("上级党组织编码", "UNKNOWN_SUPERIOR")),
        Case(branch("001001001013", "十三", kind="党员之家"), ("组织类别", "M27")),
        Case(row("001001001014", "001001001", None, "支部"), ("党组织名称", "O03")),
        Case(branch("001001001015", "十五", 成立日期="五十年代"), ("成立日期", "UNREADABLE_DATE")),
        Case(row(1001001016, "001001001", "中共十六支部委员会", "支部"), ("党组织编码", "DAMAGED_NUMBER")),
    ]  # fmt: skip


@dataclass(frozen=True)
class DirtyCity:
    content: bytes
    organisations: dict[int, Case]
    members: dict[int, Case]


def dirty_city(seed: int) -> DirtyCity:
    """Columns and rows in an order that the seed decides; below titles, with columns of no interest."""
    chance = random.Random(seed)
    people = [*readable(), *beyond_reading()]
    chance.shuffle(people)
    parties = organisations()
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.add_worksheet("填表说明").write(0, 0, "请先填写党组织，再填写党员。")
        members = _write(book, "党员", [*people, *stock()], chance, MEMBER_HEADER)
        places = _write(book, "党组织", parties, chance, ORGANISATION_HEADER)
    return DirtyCity(buffer.getvalue(), places, members)


def _write(
    book: xlsxwriter.Workbook, name: str, cases: Sequence[Case], chance: random.Random, header: int
) -> dict[int, Case]:
    sheet, bold, day = (
        book.add_worksheet(name),
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy/m/d"}),
    )
    headings = [*dict.fromkeys(heading for case in cases for heading in case.cells), "籍贯", "党龄"]
    chance.shuffle(headings)
    sheet.merge_range(0, 0, 0, len(headings) - 1, f"云岭市{name}信息采集表", bold)
    sheet.write(1, 0, "单位：云岭市")
    for column, heading in enumerate(headings):
        sheet.write(header - 1, column, heading, bold)
    if header == MEMBER_HEADER:  # two rows of headings: a group above some of them
        sheet.merge_range(header - 2, 0, header - 2, 1, "基本情况", bold)
    sheet.set_column(0, len(headings) - 1, 17.5)
    rows: dict[int, Case] = {}
    for number, case in enumerate(cases, start=header + 1):
        position = number + number // 9  # an empty row here and there
        rows[position] = case
        for column, heading in enumerate(headings):
            _write_cell(sheet, position - 1, column, case.cells.get(heading), day)
    sheet.set_row(header + 1, None, None, {"hidden": True})
    sheet.write(max(rows), 0, f"合计：{len(rows)}人")
    return rows


def _write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value == "=A1":
        sheet.write_formula(row, column, "=A1", None, "13912345678")
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif value is not None:
        sheet.write(row, column, value)
