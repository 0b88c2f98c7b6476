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


def test_whole_numbers_are_printed_for_a_reason_and_logged(site: Any, people: Any) -> None:
    page = people("committee").press(
        "/", f"/member/reveal/?id={site.world['wei']}", reason="本人核对签名", paper="1"
    )
    assert page.status_code == 200 and "Collection form of members" in page.text
    assert number(11) in page.text and page.headers["Cache-Control"] == "no-store"
    kinds = site.rows(
        "SELECT kind FROM access_log WHERE subject_id = %s ORDER BY id DESC LIMIT 2", site.world["wei"]
    )
    assert {kind for (kind,) in kinds} == {"printed", "number revealed"}
    refused = people("committee").press("/", f"/member/reveal/?id={site.world['wei']}", reason="", paper="1")
    assert refused.status_code == 422 and number(11) not in refused.text


def test_home_tells_what_waits_and_whom_to_ask(people: Any) -> None:
    committee, auditor, audit = (people(who).open("/").text for who in ("committee", "auditor", "audit"))
    assert "Probation is over" in committee and "/report/conversion/" in committee
    assert "Whom to ask" in committee and "中共county_org" in committee
    assert "Committees without an administrator" not in auditor
    assert "Probation is over" not in audit
