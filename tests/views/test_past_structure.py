"""A look at the past in the structure of that day: what is listed, only counted, or was called otherwise."""

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from partyadmin.config import TIME_ZONE
from tests.schema.test_structure import ENTERED_LATE, MOVED
from tests.schema.world import INSTALLER, Ref, act, new_member, number, run

AGO = 30
TODAY = datetime.now(ZoneInfo(TIME_ZONE)).date()
CHANGED = TODAY - timedelta(AGO)
BEFORE = CHANGED - timedelta(1)
GONE, GONE_CODE = "001001001003", "001003001002"


@pytest.fixture(scope="module", autouse=True)
def moved(site: Any) -> Any:
    """A month ago the general branch went to the neighbours with all below it; the empty one was renamed."""
    with site.registry.connect("superuser") as session:
        session.execute(ENTERED_LATE)
        act(session, INSTALLER, "world")
        for sequence, branch in ((41, "general_branch"), (43, "empty_branch")):
            run(session, new_member(branch_id=Ref(branch), id_number=number(sequence)), site.world)
        session.execute("SELECT set_config('test.ago', %s, true)", [str(AGO)])
        ids = {"id": site.world["general_org"], "superior": site.world["other_committee"]}
        session.execute(MOVED.format(old=f"'{GONE}'", to=f"'{GONE_CODE}'", **ids).encode())
        run(session, "UPDATE organisation SET name = '中共new_name' WHERE id = %(empty_branch)s", site.world)


def look(visitor: Any, day: date, structure: str = "then", path: str = "/member/past/", **more: Any) -> str:
    answer = visitor.open(path, on=day.isoformat(), structure=structure, **more)
    assert answer.status_code == 200
    return str(answer.text)


def facts(page: str) -> str:
    return re.findall(r'<span class="facts">([^<]*)', page)[0]


def tree(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'data-code="(\w+)" title="([^"]*)".*?<span class="number">([\d,]+)', page)
    return {code: (title, count) for code, title, count in found}


def test_the_tree_and_its_counts_are_those_of_the_day(people: Any) -> None:
    before = look(people("city"), BEFORE, organisation="001001001")
    assert facts(before) == "5 members then, 1 of them probationary; 5 on the roll."
    nodes = tree(before)
    assert nodes["001001001"] == ("中共committee_org", "5")
    assert nodes[GONE_CODE] == (f"中共general_org (today 中共general_org, code {GONE_CODE})", "1")
    assert nodes["001001001004"] == ("中共empty_branch (today 中共new_name, code 001001001004)", "1")
    assert nodes["001003"][1] == "1"
    restated = look(people("city"), BEFORE, "today", organisation="001001001")
    assert facts(restated).startswith("4 members then")
    assert GONE_CODE not in tree(restated)
    assert tree(restated)["001001001004"][0] == "中共new_name (then 中共empty_branch, code 001001001004)"
    assert tree(restated)["001003"][1] == "2"
    assert facts(look(people("city"), CHANGED, organisation="001001001")).startswith("4 members then")


def test_the_tree_of_the_day_opens_and_is_searched(people: Any) -> None:
    opened = look(people("city"), BEFORE, path="/member/past/tree/", below="001001001")
    assert list(tree(opened)) == ["001001001001", "001001001002", GONE_CODE, "001001001004"]
    assert 'aria-level="4"' in opened
    assert "structure=then" in opened
    following = look(people("city"), BEFORE, path="/member/past/tree/", below="001001001", after=GONE_CODE)
    assert list(tree(following)) == ["001001001004"]
    for words in ("empty", "NEW_name", "001001001004"):
        found = look(people("city"), BEFORE, path="/member/past/tree/", find=words)
        assert "organisation=001001001004" in found, words
    assert f"organisation={GONE_CODE}" in look(people("city"), BEFORE, path="/member/past/tree/", find=GONE)


def test_what_has_left_the_scope_is_counted_and_not_shown(people: Any) -> None:
    page = look(people("committee"), BEFORE)
    assert facts(page) == "5 members then, 1 of them probationary; 5 on the roll."
    assert page.count("/member/past/details/") == 4
    assert "general_org" not in page
    assert "what has left your scope since is counted, not listed" in page
    assert tree(page)["001001001"][1] == "5"
    assert GONE_CODE not in tree(page)


def test_what_came_later_stood_elsewhere_on_that_day(people: Any) -> None:
    page = look(people("neighbour"), BEFORE)
    assert facts(page).startswith("1 members then")
    assert "general_org" not in page
    restated = look(people("neighbour"), BEFORE, "today")
    assert facts(restated).startswith("2 members then")
    assert f"Then called 中共general_org, code {GONE}." in look(
        people("neighbour"), BEFORE, "today", organisation=GONE_CODE
    )
    chosen = look(people("neighbour"), BEFORE, organisation=GONE_CODE)
    assert "It did not stand in this structure on that day." in facts(chosen)
    opened = people("neighbour").open("/member/past/tree/", on=str(BEFORE), structure="then", below=GONE_CODE)
    assert opened.status_code == 404


def test_a_list_names_branches_by_the_structure_it_follows(people: Any) -> None:
    assert "empty_branch (today 中共new_name)" in look(people("city"), BEFORE)
    assert "new_name (then 中共empty_branch)" in look(people("city"), BEFORE, "today")
    direct = look(people("city"), BEFORE, directly="001001001")
    assert direct.count("/member/past/details/") == 4


def test_the_look_offers_the_other_structure_and_clock(people: Any) -> None:
    page = look(people("city"), BEFORE)
    assert f"on={BEFORE}&amp;known=now&amp;structure=today" in page
    assert f"on={BEFORE}&amp;known=then&amp;structure=then" in page
    assert people("city").open("/member/past/", structure="soon").status_code == 400


def test_a_file_says_which_structure_it_follows(people: Any) -> None:
    path = f"/member/past/export/?on={BEFORE}&structure=then&organisation=001001001"
    sent = people("city").press(path, columns="shown", purpose="half-year statistics")
    book = load_workbook(BytesIO(sent.data))
    told = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert "中共empty_branch" in told
    assert "中共general_branch" in told
    assert any("Organisations stand as on that day" in text for text in told)
