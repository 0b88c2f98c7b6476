"""Where the rows of odd workbooks come to stand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.operations.desk import ROOT, Desk, refused
from tests.operations.rows import BRANCH, CITY, ORGANISATION, city, member, organisations, sheet, workbook

BY_NAME = ("上级党组织", "党组织名称", "组织类别")
KINDS = ("市委", "县委", "党委", "支部")


def tree(desk: Desk) -> dict[str, tuple[str | None, str]]:
    return {
        code: (external, name)
        for code, external, name in desk.rows("SELECT code, external_code, name FROM organisation")
    }


def branch_codes(desk: Desk) -> list[str]:
    return [code for (code,) in desk.rows("SELECT branch_code FROM member ORDER BY id")]


def test_members_may_stand_before_organisations(desk: Desk) -> None:
    answer = desk.load(workbook(党员=sheet([member()]), 党组织=organisations()))
    assert answer["organisations"] == {"read": 6, "accepted": 6, "refused": 0}
    assert branch_codes(desk) == [BRANCH]


def test_superiors_and_branches_may_be_named_by_name_alone(desk: Desk) -> None:
    names = [row[2] for row in CITY[:4]]
    rows = [(superior, name, kind) for superior, name, kind in zip(["", *names], names, KINDS, strict=False)]
    people = [
        member(所在党支部编码=None, 所在党支部=names[3]),
        member(所在党支部编码=None, 所在党支部=f" {names[3]} "),
    ]
    answer = desk.load(workbook(党组织=[BY_NAME, *rows], 党员=sheet(people)))
    assert answer["refused"] == []
    assert branch_codes(desk) == [BRANCH, BRANCH]


def test_a_list_without_superiors_tells_them_by_its_codes(desk: Desk) -> None:
    rows = [(row[0], row[2], row[3]) for row in CITY]
    answer = desk.load(
        workbook(党组织=[("党组织编码", "党组织名称", "组织类别"), *rows], 党员=sheet([member()]))
    )
    assert answer["refused"] == []
    assert set(tree(desk)) == {row[0] for row in CITY}


@pytest.mark.parametrize("root", [("340000001", None, ROOT, "市委"), ("340000001", None, "云岭市委", "市委")])
def test_codes_of_another_numbering_are_kept_beside_ours(desk: Desk, root: tuple[Any, ...]) -> None:
    rows = [root] + [
        (f"340000{row[0]}", f"340000{row[1]}", *row[2:]) for row in CITY[1:]
    ]  # fmt: skip
    rows[0] = ("340000001", *root[1:])
    answer = desk.load(
        workbook(党组织=organisations(base=rows), 党员=sheet([member(所在党支部编码=f"340000{BRANCH}")]))
    )
    assert answer["refused"] == []
    assert tree(desk)["001"] == ("340000001", root[2])
    assert tree(desk)["001001"] == ("340000001001", CITY[1][2])
    assert branch_codes(desk) == [BRANCH]


def test_blanks_and_dots_in_codes_do_no_harm(desk: Desk) -> None:
    rows = [
        CITY[0], ("001.001", "001", *CITY[1][2:]), ("001 001 001", "001001", *CITY[2][2:]),
        ("001-001-001-001", "001.001.001", *CITY[3][2:]),
    ]  # fmt: skip
    people = [member(所在党支部编码="001.001.001.001"), member(所在党支部编码="００１００１００１００１")]
    answer = desk.load(workbook(党组织=organisations(base=rows), 党员=sheet(people)))
    assert answer["refused"] == []
    assert branch_codes(desk) == [BRANCH, BRANCH]
    assert tree(desk)[BRANCH] == ("001-001-001-001", CITY[3][2])


def test_codes_that_do_not_follow_the_tree_are_kept_beside_ours(desk: Desk) -> None:
    strays = [
        ("X9", "001001001", "中共甲县三中支部委员会", "支部"),
        ("001999", "001001001", "中共甲县四中支部委员会", "支部"),
    ]
    answer = desk.load(workbook(党组织=organisations(*strays), 党员=sheet([member(所在党支部编码="x9")])))
    assert answer["refused"] == []
    assert tree(desk)["001001001003"] == ("X9", strays[0][2])
    assert tree(desk)["001001001004"] == ("001999", strays[1][2])


def test_the_root_may_be_missing(desk: Desk) -> None:
    answer = desk.load(workbook(党组织=organisations(base=CITY[1:]), 党员=sheet([member()])))
    assert answer["refused"] == []


def test_the_workbook_writes_over_the_root(desk: Desk) -> None:
    headings = (*ORGANISATION, "党组织联系人", "党组织所在单位情况", "单位名称")
    rows = [(*CITY[0], "萧生祥", "法人单位", "云岭市"), *CITY[1:]]
    desk.load(workbook(党组织=[headings, *rows], 党员=sheet([member()])))
    root = desk.rows("SELECT contact, unit_situation, intake::text, ver FROM organisation WHERE code = '001'")
    assert root == [("萧生祥", "2", "registered", 2)]
    assert desk.rows("SELECT name FROM unit") == [("云岭市",)]


@pytest.mark.parametrize(
    ("admits", "situation", "column"),
    [("是", "法人单位", "是否具有审批预备党员权限"), ("否", "法人单位", "党组织所在单位情况")],
)
def test_a_root_that_breaks_a_rule_is_refused_alone(
    desk: Desk, admits: str, situation: str, column: str
) -> None:
    headings = (*ORGANISATION, "是否具有审批预备党员权限", "党组织所在单位情况", "单位名称")
    rows = [(*CITY[0], admits, situation, "云岭市" if admits == "是" else None), *CITY[1:]]
    answer = desk.load(workbook(党组织=[headings, *rows], 党员=sheet([member()])))
    assert refused(answer) == [("党组织", 2, column, "M27")]
    assert desk.value("SELECT ver FROM organisation WHERE code = '001'") == 1
    assert branch_codes(desk) == [BRANCH]


HOSPITAL = f"中共甲县人民医院{'附属' * 60}委员会"
WITHOUT_PLACE: dict[str, list[Any]] = {
    "second root": [("002", None, "中共另一市委员会", "市委")],
    "unknown superior": [("002001", "002", "中共远方县委员会", "县委")],
    "circle of two": [("A", "B", "中共甲委员会", "党委"), ("B", "A", "中共乙委员会", "党委")],
    "its own superior": [("C", "C", "中共丙委员会", "党委")],
    "below a branch": [("001001001001001", BRANCH, "中共小支部委员会", "支部")],
    "below a refused row": [("Q1", "001001", HOSPITAL, "党委"), ("Q2", "Q1", "中共医院支部委员会", "支部")],
}


@pytest.mark.parametrize("rows", WITHOUT_PLACE.values(), ids=WITHOUT_PLACE)
def test_what_has_no_place_is_refused(desk: Desk, rows: list[Any]) -> None:
    answer = desk.load(workbook(党组织=organisations(*rows), 党员=sheet([member()])))
    assert [each["row"] for each in answer["refused"]] == list(range(8, 8 + len(rows)))
    assert answer["organisations"]["accepted"] == len(CITY) == len(tree(desk))
    assert answer["refused"][-1]["rule"] == "UNKNOWN_SUPERIOR"


def test_each_reason_has_its_sentence(desk: Desk) -> None:
    kinds = ("second root", "unknown superior", "its own superior", "below a branch")
    rows = [WITHOUT_PLACE[kind][0] for kind in kinds]
    answer = desk.load(workbook(党组织=organisations(*rows), 党员=sheet([member()])))
    assert len({each["message"] for each in answer["refused"]}) == len(kinds)


def test_a_chain_of_far_too_many_superiors_ends_in_sentences(desk: Desk) -> None:
    chain = [(f"K{n}", f"K{n - 1}" if n else "001", f"中共第{n}委员会", "党委") for n in range(3000)]
    answer = desk.load(workbook(党组织=organisations(*chain), 党员=sheet([member()])))
    assert answer["organisations"] == {"read": 3006, "accepted": 26, "refused": 2980}


def test_an_organisation_that_stands_twice_is_taken_once(desk: Desk) -> None:
    answer = desk.load(workbook(党组织=organisations(CITY[0], CITY[3]), 党员=sheet([member()])))
    assert refused(answer) == [("党组织", 8, "党组织编码", "O04"), ("党组织", 9, "党组织编码", "O04")]
    assert branch_codes(desk) == [BRANCH]


def test_two_organisations_with_one_code_are_told_apart_by_name(desk: Desk) -> None:
    twin = (BRANCH, "001001001", "中共甲县三中支部委员会", "支部")
    people = [member(所在党支部=CITY[3][2]), member(所在党支部=twin[2]), member(所在党支部=None)]
    answer = desk.load(workbook(党组织=organisations(twin), 党员=sheet(people)))
    assert branch_codes(desk) == [BRANCH, "001001001003"]
    assert refused(answer) == [("党员", 4, "所在党支部编码", "UNKNOWN_BRANCH")]


def test_two_organisations_with_one_name_are_both_stored(desk: Desk) -> None:
    twin = ("001001001005", "001001001", CITY[3][2], "支部")
    answer = desk.load(
        workbook(党组织=organisations(twin), 党员=sheet([member(所在党支部编码=None, 所在党支部=twin[2])]))
    )
    assert refused(answer) == [("党员", 2, "所在党支部", "UNKNOWN_BRANCH")]
    assert desk.rows("SELECT intake::text FROM organisation WHERE code = '001001001005'") == [("stock",)]


def test_a_short_name_is_enough(desk: Desk) -> None:
    rows = [(*row, "一中支部" if row[0] == BRANCH else None) for row in CITY]
    people = [member(所在党支部编码=None, 所在党支部=branch) for branch in ("一中支部", "一中 支部")]
    desk.load(workbook(党组织=[(*ORGANISATION, "党组织简称"), *rows], 党员=sheet(people)))
    assert branch_codes(desk) == [BRANCH, BRANCH]


def test_members_stand_in_branches(desk: Desk) -> None:
    people = [member(所在党支部编码=code) for code in ("001001001", "001001001002", "999", None, BRANCH)]
    answer = desk.load(city(*people))
    code = "所在党支部编码"
    places = [(2, code), (3, code), (4, code), (5, None)]
    assert refused(answer) == [("党员", row, column, "UNKNOWN_BRANCH") for row, column in places]
    assert len({each["message"] for each in answer["refused"]}) == 4
    assert branch_codes(desk) == [BRANCH]


def test_a_county_loads_its_own_and_nothing_beside_it(desk: Desk) -> None:
    other = ("001002", "001", "中共云岭市乙县委员会", "县委")
    desk.load(workbook(党组织=[ORGANISATION, CITY[0], CITY[1], other]))
    desk.open_account("county", "county@001001")
    rows = [
        CITY[2],
        CITY[3],
        ("001002001", "001002", "中共乙县教育局委员会", "党委"),
        ("001002001001", "001002001", "中共乙县一中支部委员会", "支部"),
    ]
    people = [member(), member(所在党支部编码="001002001001")]
    answer = desk.load(workbook(党组织=organisations(base=rows), 党员=sheet(people)), login="county")
    assert refused(answer) == [
        ("党组织", 4, "上级党组织编码", "UNKNOWN_SUPERIOR"),
        ("党组织", 5, "上级党组织编码", "UNKNOWN_SUPERIOR"),
        ("党员", 3, "所在党支部编码", "UNKNOWN_BRANCH"),
    ]
    assert branch_codes(desk) == [BRANCH]


def test_a_corrected_workbook_adds_only_what_was_missing(desk: Desk) -> None:
    kept, wrong = member(), member(民族="外星族")
    strays = [("001001001007", "001001009", "中共甲县七中支部委员会", "支部")]
    first = desk.load(workbook(党组织=organisations(*strays), 党员=sheet([kept, wrong])))
    assert len(first["refused"]) == 2
    strays = [("001001001007", "001001001", "中共甲县七中支部委员会", "支部")]
    second = desk.load(workbook(党组织=organisations(*strays), 党员=sheet([kept, wrong | {"民族": "回"}])))
    assert second["refused"] == []
    assert second["organisations"] == {"read": 2, "accepted": 2, "refused": 0}
    assert second["members"] == {"read": 1, "accepted": 1, "refused": 0}
    assert [(each["sheet"], each["row"]) for each in second["skipped"]] == [
        *(("党组织", n) for n in range(3, 8)),
        ("党员", 2),
    ]
    assert desk.value("SELECT count(*) FROM member") == 2
    assert "001001001007" in tree(desk)
