from __future__ import annotations

import io
import random

import openpyxl
import pytest

from partyadmin.workbook import messages
from partyadmin.workbook.headings import Table, field_of, recognise, recognised_tables
from partyadmin.workbook.labels import LABELS
from partyadmin.workbook.reading import open_workbook
from partyadmin.workbook.refusal import WorkbookRefused
from tests.workbook.making import MEMBER, MEMBER_HEADINGS, workbook

BRANCH_ROSTER = (
    "序号 姓名 性别 民族 籍贯 出生年月 学历 学位 身份证号 参加工作时间 入党时间 转正时间 党龄 "
    "工作单位及职务 党内职务 联系电话 家庭住址 户籍地 是否流动 是否失联 备注"
).split()
PROVINCE = (
    "序号 姓名 性别 公民身份号码 民族 出生日期 学历 人员类别 学位 所在党支部 手机号码 入党日期 转正日期 "
    "党龄 党龄校正值 新社会阶层类型 工作岗位 从事专业技术职务 是否农民工 现居住地 户籍所在地 是否失联党员 "
    "是否流动党员 入党类型 转正情况 入党时所在支部 延长预备期时间"
).split()
COMPANY = (
    "姓名* 员工工号* 身份证号* 性别 出生日期 最高学历 所属党组织名称* 企业行政部门 岗位职务 "
    "政治面貌* 党内职务 党龄(年) 接收预备党员日期 正式转正日期 全国党员编码"
).split()


def table_of(data: bytes) -> Table:
    (sheet,) = open_workbook(data).sheets
    table = recognise(sheet)
    assert table is not None
    return table


@pytest.mark.parametrize("kind", LABELS)
def test_every_label_is_recognised_however_it_is_dressed(kind: str) -> None:
    for field, labels in LABELS[kind].items():
        for label in labels:
            spread = label[0] + "\n" + label[1:]
            for written in (
                label,
                f" {label}　",
                f"*{label}",
                f"{label}*",
                f"{label}：",
                f"{label}（必填）",
                spread,
            ):
                assert field_of(written, kind) == field, written


def test_full_width_and_numbering_in_headings_do_not_matter() -> None:
    assert field_of("１．姓　名＊", "member") == "name"
    assert field_of("联系电话（手机号）", "member") == "mobile"
    assert field_of("联系电话（必填）", "member") == "phone"


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (BRANCH_ROSTER, {"name": 1, "id_number": 8, "phone": 15, "address": 16, "lost": 19, "remark": 20}),
        (
            PROVINCE,
            {"id_number": 3, "branch_name": 9, "mobile": 10, "address": 19, "lost": 21, "is_mobile": 22},
        ),
        (COMPANY, {"branch_name": 6, "person_type": 9, "join_date": 12, "full_date": 13, "education": 5}),
    ],
)
def test_rosters_in_use(headings: list[str], expected: dict[str, int]) -> None:
    table = table_of(workbook([headings, ["x"]]))
    assert table.kind == "member"
    assert expected.items() <= table.columns.items()


def test_any_order_below_titles_among_extra_columns() -> None:
    chance = random.Random(7)
    for _ in range(3):
        headings = [*MEMBER_HEADINGS, "党龄", "籍贯", "信息完整度"]
        chance.shuffle(headings)
        table = table_of(
            workbook([["××市党员花名册"], [], ["填报单位：云岭", None, "2026年"], headings, ["x"]])
        )
        assert table.header_row == 4
        assert {headings[column] for column in table.columns.values()} == set(MEMBER_HEADINGS)
        assert table.labels["id_number"] == "公民身份证号"
        assert table.missing == ()


def test_organisations_are_told_from_members() -> None:
    headings = ["党组织编码", "上级党组织编码", "党组织名称", "组织类别", "联系电话"]
    assert table_of(workbook([headings])).kind == "organisation"
    assert table_of(workbook([["党组织名称", "党组织编码", "姓名", "身份证号"]])).kind == "member"


def test_the_better_label_wins_where_a_sheet_has_both() -> None:
    table = table_of(workbook([["政治面貌", "姓名", "身份证", "人员类别", "支部", "现居住地", "家庭住址"]]))
    assert (table.columns["person_type"], table.columns["address"]) == (3, 6)


def test_two_header_rows_without_merging() -> None:
    rows = [["姓名", "身份证号", "所在党支部", "联系方式"], [None, None, None, "手机", "固定电话"], ["张三"]]
    table = table_of(workbook(rows))
    assert table.header_row == 2
    assert table.columns == {"name": 0, "id_number": 1, "branch_name": 2, "mobile": 3, "landline": 4}


def test_two_header_rows_merged() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["党员花名册"],
        ["姓名", "身份证号", "所在党支部", "联系方式"],
        [None, None, None, "手机", "固定电话"],
        ["张三"],
    ):
        sheet.append(row)
    for merged in ("A1:E1", "A2:A3", "B2:B3", "C2:C3", "D2:E2"):
        sheet.merge_cells(merged)
    buffer = io.BytesIO()
    book.save(buffer)
    table = table_of(buffer.getvalue())
    assert table.header_row == 3
    assert table.columns == {"name": 0, "id_number": 1, "branch_name": 2, "mobile": 3, "landline": 4}


def test_other_sheets_are_no_tables() -> None:
    data = workbook(
        [["填表说明"], ["党员表按姓名填写"]],
        "填表说明",
        统计=[["性别", "民族", "学历"], [3, 4, 5]],
        党员=[MEMBER_HEADINGS, MEMBER],
    )
    assert [table.sheet.name for table in recognised_tables(open_workbook(data))] == ["党员"]


def test_no_table_at_all_is_said() -> None:
    with pytest.raises(WorkbookRefused) as refused:
        recognised_tables(open_workbook(workbook([["a", "b"], [1, 2]])))
    assert refused.value.message_id == messages.NO_TABLE


@pytest.mark.parametrize(
    ("headings", "missing"),
    [
        (["姓名", "性别", "民族", "所在党支部"], "公民身份证号"),
        (["性别", "身份证号", "民族", "所在党支部"], "姓名"),
        (["姓名", "身份证号", "民族"], "所在党支部编码/所在党支部"),
        (["党组织编码", "上级党组织编码", "组织类别", "联系人", "成立日期"], "党组织名称"),
    ],
)
def test_a_missing_column_is_named(headings: list[str], missing: str) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        recognised_tables(open_workbook(workbook([headings, ["x"]], "名册")))
    assert refused.value.message_id == messages.MISSING_COLUMNS
    assert refused.value.params == {"sheet": "名册", "columns": missing}


@pytest.mark.parametrize(
    ("sheet", "title", "applicants"),
    [
        ("入党积极分子", None, True),
        ("Sheet1", "2026年发展对象花名册", True),
        ("党员发展对象", None, True),
        ("党员和发展对象", None, False),
        ("党员", "注：入党积极分子不填本表", False),
    ],
)
def test_lists_of_applicants(sheet: str, title: str | None, applicants: bool) -> None:
    assert table_of(workbook([[title], MEMBER_HEADINGS, MEMBER], sheet)).applicants is applicants
