"""An abolished organisation is found by what it was called, and leads to what became of it."""

from typing import Any

import pytest

from tests.schema.world import APPLIED, INSTALLER, Ref, act, line, order, run

MERGED = (
    order("merge", organisation_id=Ref("second_branch"), items={"name": "中共并入后支部"})
    + line(role="joins", organisation_id=Ref("empty_branch"), items={})
    + APPLIED
    + "UPDATE organisation SET ended = '2026-11-02' WHERE id = %(empty_branch)s; "
    + "UPDATE organisation SET name = '中共并入后支部' WHERE id = %(second_branch)s; "
)


@pytest.fixture(scope="module", autouse=True)
def merged(site: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "merged")
        run(owner, MERGED, site.world)


@pytest.mark.parametrize("typed", ["empty_branch", "001001001004"])
def test_an_abolished_name_or_code_lands_on_the_successor(people: Any, typed: str) -> None:
    for page in ("/organisation/", "/member/"):
        html = people("committee").open(page, find=typed).text
        assert "中共并入后支部" in html and "successor of 中共empty_branch" in html
        assert html.index("中共并入后支部") < html.index('title="中共empty_branch"')
    assert "并入后" not in people("neighbour").open("/organisation/", find=typed).text


def test_a_former_name_is_found(people: Any) -> None:
    assert "中共并入后支部" in people("committee").open("/organisation/", find="second_branch").text


def test_both_pages_tell_the_order_and_each_other(site: Any, people: Any) -> None:
    kept = people("committee").open("/organisation/details/", id=site.world["second_branch"]).text
    assert "Predecessor" in kept and "中共empty_branch" in kept and "Merge 2026-11-02" in kept
    gone = people("committee").open("/organisation/details/", id=site.world["empty_branch"]).text
    assert "Successor" in gone and "中共并入后支部" in gone


def test_a_search_from_the_header_lands_there_too(people: Any) -> None:
    answer = people("committee").press("/find/", find="empty_branch")
    assert "successor of 中共empty_branch" in answer.text
