"""Papers for the printer: what they hold, what they mask, and that the blank form holds nobody."""

import re
from typing import Any

import pytest

from tests.schema.world import number


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1]))


@pytest.mark.parametrize("paper", ["card", "collection-form"])
def test_a_paper_holds_the_member_with_masked_numbers(site: Any, people: Any, paper: str) -> None:
    page = people("committee").open(f"/member/{paper}/", id=site.world["wei"])
    assert page.status_code == 200
    shown, full = words(page.text), number(11)
    assert "王伟" in shown and f"{full[:6]}********{full[-4:]}" in shown
    assert full not in page.text and "13800000000" not in page.text


def test_the_collection_form_ticks_what_is_on_record(site: Any, people: Any) -> None:
    shown = words(people("committee").open("/member/collection-form/", id=site.world["fang"]).text)
    assert "□Full member" in shown and "■Probationary member" in shown
    assert "■Normal" in shown and "□Membership suspended" in shown


def test_the_blank_form_holds_nobody(people: Any) -> None:
    shown = words(people("committee").open("/member/collection-form/blank/").text)
    assert "■" not in shown and shown.count("□") == 8
    assert "王伟" not in shown and "Signature of the member" in shown
    assert people("audit").open("/member/collection-form/blank/").status_code == 403


def test_technical_posts_print_nobody(site: Any, people: Any) -> None:
    assert people("audit").open("/member/card/", id=site.world["wei"]).status_code == 403
    assert people("neighbour").open("/member/card/", id=site.world["wei"]).status_code == 404
