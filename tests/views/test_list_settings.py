"""Tabs, columns and orders of one's own; sorting, going to a name, the last page, the tree and the search."""

import re
from typing import Any

import pytest

from partyadmin.views import tree
from partyadmin.views.member import MemberView
from tests.schema.world import ACTORS, INSTALLER, act, new_member, number, run
from tests.views.test_lists import _ROW

NAMES = ("赵大海", "曾小红", "张伟明", "章宁", "单国梁", "解文", "仇英", "王芳")


@pytest.fixture(scope="module", autouse=True)
def crowd(site: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "crowd")
        for place, name in enumerate(NAMES * 9):
            run(owner, new_member(name=name, id_number=number(301 + 2 * place)), site.world)


def names(page: str) -> list[str]:
    found: list[str] = re.findall(r'<tr><td><a href="[^"]+id=\d+">([^<]+)</a>', page)
    return found


def headings(page: str) -> list[str]:
    head = page.split("<thead>")[1].split("</thead>")[0]
    return [re.sub(r"<[^>]+>", "", heading).strip() for heading in re.findall(r"<th.*?</th>", head)]


def test_names_are_sorted_by_pinyin_with_one_surname_together(people: Any) -> None:
    page = people("committee").open("/member/", sort="name", name="").text
    shown = names(page)
    assert list(dict.fromkeys(shown))[:4] == ["仇英", "单国梁", "王芳", "王伟"]
    assert 'aria-sort="ascending"' in page and "sort=-name" in page
    backward = names(people("committee").open("/member/", sort="-name").text)
    assert list(dict.fromkeys(backward))[:3] == ["赵大海", "章宁", "张伟明"]


@pytest.mark.parametrize("typed", ["zwm", "ZWM", "张伟", "张"])
def test_names_are_found_by_characters_and_by_initials(people: Any, typed: str) -> None:
    found = people("committee").press("/member/", "/member/search/", q=typed)
    assert found.status_code == 302
    assert set(names(people("committee").open(found.location).text)) == {"张伟明"}


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("张", "张伟明"), ("zh", "张伟明"), ("zhao", "赵大海"), ("zwm", "张伟明"), ("xw", "解文"),
        ("曾", "曾小红"), ("w", "王芳"), ("章", "章宁"),
    ],
)  # fmt: skip
def test_going_to_a_name_begins_the_page_there(people: Any, typed: str, first: str) -> None:
    page = people("committee").open("/member/", goto=typed).text
    assert names(page)[0] == first
    assert 'rel="prev"' in page


def test_the_last_page_ends_the_list_and_leads_back(people: Any) -> None:
    last = people("committee").open("/member/", sort="name", last="1").text
    assert names(last)[-1] == "赵大海" and len(names(last)) == 50
    assert 'rel="next"' not in last and 'rel="prev"' in last
    first = people("committee").open("/member/", sort="name").text
    assert not set(_ROW.findall(first)) >= set(_ROW.findall(last))


@pytest.mark.parametrize("sort", ["mobile", "id_number", "-", "name desc", "name;"])
def test_only_declared_orders_are_known(people: Any, sort: str) -> None:
    assert people("committee").open("/member/", sort=sort).status_code == 400


def test_columns_are_kept_for_one_account_and_masked(site: Any, people: Any) -> None:
    committee = people("committee")
    answer = committee.press("/member/", "/member/columns/", shown=["landline", "id_number", "ver"], sex="1")
    assert answer.location == "/member/?sex=1"
    page = committee.open("/member/").text
    assert headings(page) == ["Name", "ID number", "Landline"], "the first stays, ver is no column"
    assert "340702********" in page and number(301) not in page
    assert len(headings(people("city").open("/member/").text)) == 9, "nobody else's list changes"
    assert "Home address" in committee.open(f"/member/details/?id={site.world['wei']}").text
    committee.press("/member/", "/member/columns/", standard="1")
    assert len(headings(committee.open("/member/").text)) == 9


def test_a_view_is_saved_renamed_and_taken_away(site: Any, people: Any) -> None:
    county = people("county")
    saved = county.press("/member/", "/member/views/", called="王姓", sort="-name")
    assert saved.status_code == 302
    tab = re.search(r"tab=(\d+)", saved.location)
    assert tab
    county.press("/member/", "/member/columns/", tab=tab[1], shown=["sex"], sort="-name")
    page = county.open("/member/").text
    link = re.search(r'<a href="([^"]*tab=\d+[^"]*)">王姓', page)
    assert link, "the tab stands on the list"
    opened = county.open(link[1].replace("&amp;", "&")).text
    assert headings(opened) == ["Name", "Sex"] and 'aria-sort="descending"' in opened
    assert len(headings(page)) == 9
    assert "王姓" not in people("committee").open("/member/").text
    again = county.press("/member/", "/member/views/", called="王姓")
    assert "already have a view of this name" in county.open(again.location).text
    county.press("/member/", "/member/views/", tab=tab[1], rename="1", called="改了名")
    assert "改了名" in county.open("/member/").text
    foreign = people("committee").press("/member/", "/member/views/", tab=tab[1], take_away="1")
    assert foreign.location == "/member/"
    assert "改了名" in county.open("/member/").text, "another's view is not theirs to take away"
    asked = county.press("/member/", "/member/views/", tab=tab[1], take_away="1").text
    assert "改了名" in asked and 'name="take_away" value="1"' in asked, "it asks first, with what was sent"
    assert "改了名" in county.open("/member/").text
    county.press("/member/", "/member/views/", tab=tab[1], take_away="1", sure="1")
    assert "改了名" not in county.open("/member/").text.split("<tbody>")[0].split("</nav>", 3)[-1]
    rows = site.rows("SELECT taken_away IS NOT NULL FROM saved_view WHERE name = '改了名'")
    assert rows == [(True,)], "nothing is deleted"


def test_filters_are_chips_that_can_be_taken_away(people: Any) -> None:
    page = people("committee").open("/member/", sex="1", name="张", sort="name").text
    chips = re.findall(r'class="chip filter">(.*?)</span>', page)
    assert len(chips) == 2
    assert 'href="/member/?name=%E5%BC%A0&amp;sort=name"' in chips[1]
    assert "/member/?sex=1&amp;sort=name" in chips[0]


def test_tabs_count_what_they_show(people: Any) -> None:
    page = people("committee").open("/member/").text
    tab = re.search(r'<a href="([^"]+)">Probationary members <span class="count">(\d+)', page)
    assert tab and int(tab[2]) == len(_ROW.findall(people("committee").open(tab[1]).text)) == 1


def tree_of(page: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = re.findall(
        r'data-code="(\w+)".*?class="number">([\d,]*)<', page, re.DOTALL
    )
    return found


def test_the_tree_opens_from_the_station_down(people: Any) -> None:
    page = people("committee").open("/member/").text
    codes = dict(tree_of(page))
    assert next(iter(codes)) == "001001001" and "001001001003" in codes and "001001001003001" not in codes
    assert codes["001001001"] == "75" and codes["001001001001"] == "74"
    deeper = people("committee").open("/member/", organisation="001001001003").text
    assert "001001001003001" in dict(tree_of(deeper))
    below = people("committee").open("/member/tree/", below="001001001003", sex="1").text
    assert "/member/?sex=1&amp;organisation=001001001003001" in below
    for outside in ("001", "001003001", "001999"):
        assert people("committee").open("/member/tree/", below=outside).status_code == 404
    assert people("committee").open("/member/tree/", below="x").status_code == 400


def test_the_tree_finds_by_name_code_and_former_code(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "moved")
        run(owner, "UPDATE organisation SET code = '001001001777' WHERE id = %(empty_branch)s", site.world)
    for typed in ("EMPTY", "001001001777", "001001001004"):
        assert "001001001777" in people("committee").open("/member/tree/", find=typed).text, typed
        assert "001001001777" in people("committee").open("/member/", find=typed).text, typed
    assert "001001001777" not in people("neighbour").open("/member/tree/", find="001001001004").text
    missing = people("committee").open("/member/tree/", find="other_committee").text
    assert "No organisation in your scope is called so" in missing


def test_the_search_of_the_header_finds_in_sections_and_scope(site: Any, people: Any) -> None:
    committee = people("committee")
    page = committee.press("/", "/find/", find="张伟").text
    assert "张伟明" in page and "Organisations" in page and page.count("<tr>") <= 60
    assert "second_branch" in committee.press("/", "/find/", find="second_b").text
    assert "〔2026〕committee_org" in committee.press("/", "/find/", find="〔2026〕").text
    assert "〔2026〕other" not in committee.press("/", "/find/", find="〔2026〕").text
    before = site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0]
    answer = committee.press("/", "/find/", find=number(33))
    assert answer.location == f"/member/details/?id={site.world['jun']}"
    assert "Nothing found" in committee.press("/", "/find/", find=number(55)).text
    assert site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0] == before + 2
    assert "<table" not in people("system").press("/", "/find/", find="王").text


EXPLAINED = ("branch_id", "name", "-name")


@pytest.mark.parametrize("who", ["city", "county", "committee"])
@pytest.mark.parametrize("sort", EXPLAINED)
def test_an_index_serves_each_order_of_members(site: Any, who: str, sort: str) -> None:
    found = next(s for s in MemberView.sorts if s.name == sort.removeprefix("-"))
    direction = " DESC" if sort.startswith("-") else ""
    order = ", ".join(f"{column}{direction}" for column in found.order)
    code = str(ACTORS[who].post).split("@")[1]
    with site.registry.connect("app") as app:
        app.execute("SELECT enter(%s, %s)", list(ACTORS[who]))
        app.execute("SET LOCAL enable_seqscan = off")
        app.execute("SET LOCAL enable_bitmapscan = off")
        app.execute("SET LOCAL enable_sort = off")
        plan = app.execute(
            f"EXPLAIN SELECT name FROM member WHERE branch_code >= '{code}' AND branch_code < '{code}~'"
            f" ORDER BY {order} LIMIT 51".encode()
        ).fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "Sort" not in text and "Index" in text, text


def test_a_long_level_is_listed_in_batches(people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "BATCH", 2)
    page = people("committee").open("/member/").text
    assert [code for code, _ in tree_of(page)] == ["001001001", "001001001001", "001001001002"]
    assert "List 2 more" in page and 'data-after="001001001002"' in page
    rest = people("committee").open("/member/tree/", below="001001001", after="001001001002").text
    assert len(tree_of(rest)) == 2 and "more" not in rest
    opened = people("committee").open("/member/", organisation="001001001003001").text
    assert "001001001003" in dict(tree_of(opened)), "the way to the chosen one is always listed"


def test_abolished_organisations_are_listed_on_demand(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "ended")
        run(owner, "UPDATE organisation SET ended = current_date WHERE id = %(empty_branch)s", site.world)
    code = site.rows("SELECT code FROM organisation WHERE id = %s", site.world["empty_branch"])[0][0]
    assert code not in dict(tree_of(people("committee").open("/organisation/").text))
    assert code in dict(tree_of(people("committee").open("/organisation/", abolished="1").text))
    below = people("committee").open("/member/tree/", below="001001001", abolished="1").text
    assert "(abolished)" in below and code in dict(tree_of(below))


def test_the_list_shows_all_below_or_the_next_level_alone(people: Any) -> None:
    committee = people("committee")
    everything = committee.open("/organisation/", organisation="001001001").text
    next_level = committee.open("/organisation/", directly="001001001").text
    assert "001001001003001</td>" in everything and "001001001003001</td>" not in next_level
    assert "001001001003</td>" in next_level
