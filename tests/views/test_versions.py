"""The page of versions: two side by side, the document beside the field, the record at a moment."""

import io
import re
from html import unescape
from typing import Any

import pytest

from partyadmin.views.comparison import Part, parts
from tests.schema.slow import id_number
from tests.schema.world import BORN
from tests.views.conftest import Site

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.mark.parametrize(
    ("was", "becomes", "struck", "underlined"),
    [
        ("1984-06-20", "1984-07-01", ["06-20"], ["07-01"]),
        ("1984-06-20", "1985-06-20", ["1984"], ["1985"]),
        ("人民路2号", "人民路13号", ["2"], ["13"]),
        ("人民路2号", "新华路2号", ["人民"], ["新华"]),
        ("–", "13800000000", ["–"], ["13800000000"]),
        ("张三", "张三丰", [], ["丰"]),
    ],
)
def test_only_the_changed_part_is_marked(
    was: str, becomes: str, struck: list[str], underlined: list[str]
) -> None:
    old, new = parts(was, becomes)
    assert ("".join(part.text for part in old), "".join(part.text for part in new)) == (was, becomes)
    assert [part.text for part in old if part.changed] == struck
    assert [part.text for part in new if part.changed] == underlined
    assert Part("", True) not in old + new


@pytest.fixture(scope="module")
def page(site: Site, people: Any) -> str:
    """A member of three versions: an address, then two key fields with a scanned picture."""
    edit = f"/member/edit/?id={site.world['wei']}"
    changes: tuple[dict[str, Any], ...] = (
        {"address": "人民路2号", "reason": "moved"},
        {
            "join_date": "2004-06-30", "id_number": id_number("340702", BORN, 13),
            "reason": "as the form says",
            "document_kind": "approval", "document_number": "档 0417-03", "document_title": "入党志愿书",
            "document_file": (io.BytesIO(PNG), "form.png"),
        },
    )  # fmt: skip
    for change in changes:
        answer = people("committee").fill_in(edit, **change)
        assert answer.status_code == 302, answer.text
    return f"/member/versions/?id={site.world['wei']}"


def opened(people: Any, who: str, page: str, **asked: Any) -> Any:
    return people(who).open("/member/versions/", id=page.partition("id=")[2], **asked)


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def changed(html: str) -> dict[str, str]:
    """The changed rows of the page by field, as words."""
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>(.*?)</tr>", html, re.DOTALL)
    return {words(name): words(re.sub(r"</?b>", "", row)) for name, row in rows if "<ins>" in row}


def test_the_newest_version_stands_beside_the_one_before(page: str, people: Any) -> None:
    html = opened(people, "auditor", page).text
    assert "Version 2 beside version 3" in html and "2 fields changed" in html
    found = changed(html)
    assert list(found) == ["ID number key item", "Joining date key item"]
    assert found["Joining date key item"] == "2004-07-01 2004-06-30 档 0417-03 入党志愿书"
    assert "<del>2004-<b>07-01</b></del>" in html and "<ins>2004-<b>06-30</b></ins>" in html
    assert "as the form says" in html and "中共committee_org" in html
    assert "Changed in the digits that are not shown." not in html
    assert opened(people, "auditor", page).text.count('type="radio"') == 6


def test_any_two_are_put_side_by_side_in_either_order(page: str, people: Any) -> None:
    html = opened(people, "auditor", page, left=1, right=3).text
    assert "3 fields changed" in html and "Home address" in changed(html)
    assert changed(opened(people, "auditor", page, left=3, right=1).text) == changed(html)
    first = opened(people, "auditor", page, right=1).text
    assert "First version" in first and "Before the first version" in first
    assert 'rel="prev"' not in first and "left=1&amp;right=2" in first


def test_the_full_view_lists_every_field(page: str, people: Any) -> None:
    simple, full = opened(people, "auditor", page).text, opened(people, "auditor", page, view="full").text
    assert "not listed" in simple and full.count('class="same"') > simple.count('class="same"') == 0
    assert changed(full) == changed(simple)
    assert "Remark" in full


def test_the_document_lies_beside_the_field(page: str, people: Any, site: Site) -> None:
    html = opened(people, "auditor", page).text
    scan = re.search(r'<img src="(/document/scan/[^"]*)"', html)
    assert scan and "unchanged since it was filed" in html
    before = site.rows("SELECT count(*) FROM access_log WHERE kind = 'document read'")
    answer = people("auditor").open(scan[1])
    assert (answer.data, answer.mimetype) == (PNG, "image/png")
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert site.rows("SELECT count(*) FROM access_log WHERE kind = 'document read'") == [(before[0][0] + 1,)]
    assert people("neighbour").open(scan[1]).status_code == 404


def test_a_branch_reads_the_name_of_a_superiors_document_but_not_the_document(page: str, people: Any) -> None:
    html = opened(people, "branch", page).text
    assert changed(html)["Joining date key item"].endswith("档 0417-03 入党志愿书")
    assert "/document/scan/" not in html
    number = re.search(r"document=(\d+)", opened(people, "auditor", page).text)
    assert number and "/document/scan/" not in opened(people, "branch", page, document=number[1]).text


def test_numbers_that_differ_where_they_are_masked_are_told_apart(site: Site, people: Any) -> None:
    edit = f"/member/edit/?id={site.world['jun']}"
    answer = people("committee").fill_in(edit, mobile=f"138{7777:04d}0000", reason="another telephone")
    assert answer.status_code == 302, answer.text
    html = people("auditor").open(edit.replace("edit", "versions")).text
    assert changed(html)["Mobile number"].startswith("138****0000 138****0000 Changed in the digits")
    assert "13877770000" not in html


def test_a_record_is_shown_as_it_stood(page: str, people: Any) -> None:
    now = opened(people, "auditor", page, at="2999-01-01T00:00")
    assert now.status_code == 200 and "Version 3 was in force" in now.text and "2004-06-30" in now.text
    early = opened(people, "auditor", page, at="2001-01-01T00:00")
    assert early.status_code == 404
    assert "This record did not exist yet: its first version was written at" in early.text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"left": "x"}, 400), ({"right": "-1"}, 400), ({"right": "²"}, 400), ({"right": "9" * 30}, 400),
        ({"right": "0"}, 404), ({"right": "99"}, 404), ({"at": "yesterday"}, 400),
        ({"at": "2026-13-01T00:00"}, 400),
        ({"document": "a"}, 400), ({"document": "987654321"}, 200), ({"view": "x"}, 200),
    ],
)  # fmt: skip
def test_a_bad_choice_is_answered_plainly(page: str, people: Any, asked: dict[str, str], status: int) -> None:
    assert opened(people, "auditor", page, **asked).status_code == status


@pytest.mark.parametrize("noun", ["organisation", "unit", "account", "post", "tenure"])
def test_every_noun_with_versions_has_the_page(noun: str, site: Site, people: Any) -> None:
    key = {
        "organisation": "committee_org",
        "account": "branch_account",
        "post": "branch_post",
        "tenure": "branch_tenure",
    }
    html = people("committee").open(f"/{noun}/versions/?id={site.world[key.get(noun, noun)]}").text
    assert "First version" in html, noun
