"""Lists page by key, narrow by filters, and refuse what they cannot read."""

import re
from typing import Any

import pytest

from tests.schema.world import INSTALLER, act, new_member, number, run

_ROW = re.compile(r'<tr><td><a href="[^"]+/details/\?(?:[^"]+;)?id=([^"&]+)">')
_LINK = {step: re.compile(rf'rel="{step}" href="([^"]+)"') for step in ("prev", "next")}


def walk(visitor: Any, path: str, step: str) -> tuple[list[str], str]:
    """All rows of a list from a page on, in the order seen, and the last page's address."""
    seen: list[str] = []
    while True:
        page = visitor.open(path).text
        rows = list(dict.fromkeys(_ROW.findall(page.split("<tbody>")[1])))
        seen = seen + rows if step == "next" else rows + seen
        link = _LINK[step].search(page)
        if link is None:
            return seen, path
        path = link[1].replace("&amp;", "&")


def test_paging_walks_every_row_once_and_back(site: Any, people: Any) -> None:
    expected = [row[0] for row in site.rows("SELECT code FROM job_post ORDER BY code")]
    assert len(expected) > 50
    forth, last = walk(people("committee"), "/codes/job_post/", "next")
    assert forth == expected
    back, _ = walk(people("committee"), last, "prev")
    assert back == expected


def test_members_page_by_branch_and_by_name(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for sequence in range(111, 241, 2):
            branch = site.world["branch_org" if sequence % 3 else "second_branch"]
            run(owner, new_member(branch_id=branch, id_number=number(sequence)), site.world)
    scope = "branch_code >= '001001001' AND branch_code < '001001001~'"
    expected = site.rows(f"SELECT id FROM member WHERE {scope} ORDER BY branch_code, id")
    assert walk(people("committee"), "/member/", "next")[0] == [str(row[0]) for row in expected]
    found, _ = walk(people("committee"), "/member/?name=王&status=1", "next")
    assert sorted(found) == sorted(str(row[0]) for row in expected)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"person_type": "2"}, 1),
        ({"organisation": "001001001002", "status": "1"}, None),
        ({"sex": "2", "intake": "registered"}, 1),
        ({"name": "查无此人"}, 0),
        ({"organisation": "001003"}, 0),
    ],
)
def test_filters_narrow_a_list(people: Any, query: dict[str, str], count: int | None) -> None:
    page = people("committee").open("/member/", **query)
    assert page.status_code == 200
    rows = _ROW.findall(page.text)
    assert count is None or len(rows) == count


MALFORMED = [
    "/member/?after=%00", "/member/?after=abc", "/member/?after=W10", "/member/?before=WyJ4Il0",
    "/member/?after=WyIwMDEiLCAiMSJd", "/member/?after=WyIwMDEiLCAxZTQwMF0",
    "/member/?after=W1tbW1tbW1tb", "/member/?sex=9'--",
    "/member/?organisation=../x", "/member/?intake=x", "/organisation/?ended=x",
    "/organisation/?parent_id=1,2", "/member/?name=" + "x" * 200, "/member/details/",
    "/member/details/?id=abc",
    "/member/details/?id=1,2", "/member/details/?id=-1", "/member/details/?id=0", "/member/details/?id=%00",
    "/member/details/?id=" + "9" * 25, "/member/edit/?id=１", "/member/versions/?id=1e3",
    "/codes/sex/details/?id=%27", "/codes/calendar_day/details/?id=2026-13-01", "/member/ajax/lookup/?name=x",
    "/member/ajax/lookup/", "/member/delete/", "/member/export/csv/", "/document/file/?id=x",
]  # fmt: skip


@pytest.mark.parametrize("path", MALFORMED)
def test_what_cannot_be_read_is_refused_plainly(people: Any, path: str) -> None:
    answer = people("committee").open(path)
    assert 400 <= answer.status_code < 500
    assert "SELECT" not in answer.text and "Traceback" not in answer.text


@pytest.mark.parametrize(
    "path", ["/member/delete/", "/member/action/", "/member/ajax/update/", "/member/export/csv/"]
)
def test_routes_that_this_registry_does_not_have(people: Any, path: str) -> None:
    assert people("committee").press("/", path, rowid="1", action="delete").status_code == 404


def test_lookups_stay_short_and_in_scope(people: Any) -> None:
    found = people("committee").open("/member/ajax/lookup/", name="region", query="", limit="100000").json
    assert len(found) == 20
    codes = people("committee").open("/member/ajax/lookup/", name="organisation_code", query="").json
    assert all(code.startswith("001001001") for code, _ in codes)
