"""The page of an organisation and its chart: what is shown, to whom, and what a sheet leaves out."""

import re
from typing import Any

import pytest

from partyadmin.views import chart
from tests.schema.test_structure import MOVED
from tests.schema.world import INSTALLER, Ref, act, new_organisation, run

GONE_CODE = "001003001002"


@pytest.fixture(scope="module", autouse=True)
def changed(site: Any) -> Any:
    """The general branch comes to the neighbours with all below it; the empty branch is abolished."""
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "whole move")
        ids = {"id": site.world["general_org"], "superior": site.world["other_committee"]}
        run(owner, MOVED.format(old="'001001001003'", to=f"'{GONE_CODE}'", **ids), {})
        run(owner, "UPDATE organisation SET ended = current_date WHERE id = %(empty_branch)s", site.world)


def page(visitor: Any, site: Any, name: str) -> str:
    answer = visitor.open("/organisation/details/", id=site.world[name])
    assert answer.status_code == 200
    return str(answer.text)


def section(text: str, title: str) -> list[list[str]]:
    """The cells of the rows of a section; none where the page has no such section."""
    found = re.search(rf"<h2>{re.escape(title)}</h2>.*?</section>", text, re.DOTALL)
    rows = re.findall(r"<tr>(<td>.*?)</tr>", found[0]) if found else []
    return [re.findall(r">([^<>]+)</(?:td|a)>", row) for row in rows]


def test_the_page_tells_people_posts_and_what_is_below(site: Any, people: Any) -> None:
    text = page(people("committee"), site, "committee_org")
    assert section(text, "Members here and below") == [["3", "2", "1", "3"]]
    assert "/member/?organisation=001001001&amp;person_type=2" in text
    below = section(text, "Directly below (2)")
    assert [row[1] for row in below] == ["001001001001", "001001001002"]
    assert below[0][-1] == "2"
    assert [row[0] for row in section(text, "Units")] == ["铜陵公司"]
    assert [row[1] for row in section(text, "Posts")] == ["committee (2020-01-01 to open end)"]
    assert "/organisation/chart/?organisation=001001001" in text


def test_posts_are_told_to_those_who_see_posts(site: Any, people: Any) -> None:
    assert section(page(people("committee"), site, "branch_org"), "Posts")
    assert "<h2>Posts</h2>" not in page(people("branch"), site, "branch_org")
    assert "<h2>Posts</h2>" not in page(people("auditor"), site, "branch_org")


def test_history_tells_former_names_superiors_and_acts(site: Any, people: Any) -> None:
    title, acts = "Names, superiors and codes by date", "Changes of the record"
    whole = page(people("city"), site, "general_org")
    today = section(whole, title)[0]
    assert today[1:4] == ["中共general_org", GONE_CODE, "中共other_committee"]
    assert section(whole, title)[1][2:4] == ["001001001003", "中共committee_org"]
    assert [row[0] for row in section(whole, acts)] == ["Version 2", "Version 1"]
    assert section(whole, acts)[0][3] == "whole move"
    own = page(people("neighbour"), site, "general_org")
    assert section(own, title)[1][2:4] == ["001001001003", "outside your scope"]
    assert "committee_org" not in own.replace("other_committee", "")


def boxes(text: str) -> list[str]:
    return re.findall(r'/organisation/details/\?id=\d+"(?: title="[^"]*")?>([^<]+)</a><small>', text)


def test_the_chart_shows_what_stands_below(site: Any, people: Any) -> None:
    text = people("county").open("/organisation/chart/").text
    assert boxes(text) == [
        "中共county_org",
        "committee_org",
        "branch_org",
        "second_branch",
        "second_county_committee",
    ]
    assert "<b>3 members</b>" in text
    assert "wide-paper" in text
    flat = people("county").open("/organisation/chart/", depth="2").text
    assert boxes(flat) == ["中共county_org", "committee_org", "second_county_committee"]
    assert "/organisation/chart/?organisation=001001001&amp;depth=2" in flat, "one goes deeper from a box"
    leaf = people("branch").open("/organisation/chart/").text
    assert boxes(leaf) == ["中共branch_org"]
    assert "Nothing stands below it." in leaf
    below = people("county").open("/organisation/chart/", organisation="001001001").text
    assert "Superior: 中共county_org" in below
    assert "Superior:" not in people("committee").open("/organisation/chart/").text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"depth": "4"}, 400),
        ({"depth": "x"}, 400),
        ({"organisation": "'"}, 400),
        ({"organisation": "001003"}, 404),
        ({"organisation": "001999"}, 404),
        ({"organisation": "001"}, 404),
    ],
)
def test_the_chart_of_another_does_not_exist(people: Any, query: dict[str, str], status: int) -> None:
    assert people("county").open("/organisation/chart/", **query).status_code == status


def test_technical_posts_see_no_chart(people: Any) -> None:
    assert people("system").open("/organisation/chart/").status_code == 403


def test_a_sheet_leads_on_where_it_is_full(site: Any, people: Any, monkeypatch: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "many")
        for serial in range(10, 18):
            place = {
                "code": f"0010010010{serial}",
                "parent_id": Ref("committee_org"),
                "name": f"支部{serial}",
            }
            run(owner, new_organisation(**place), site.world)
    text = people("committee").open("/organisation/chart/").text
    rows = re.findall(r'<ul class="chart-row of-(\d)([^"]*)">', text)
    assert rows == [("5", " goes-on"), ("5", " follows")]
    assert len(boxes(text)) == 11
    monkeypatch.setattr(chart, "_MOST", {1: 4, 2: 3})
    few = people("committee").open("/organisation/chart/").text
    assert len(boxes(few)) == 5
    assert "6 more directly below, in the list" in few
    county = people("county").open("/organisation/chart/").text
    assert "7 more" in county
