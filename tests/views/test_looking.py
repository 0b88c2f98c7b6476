"""Seeing what a person below sees: asked for with a reason, read-only, masked, ended and logged."""

import re
from typing import Any

import pytest

from tests.schema.world import ACTORS, number
from tests.views.conftest import PASSWORD
from tests.views.visitor import _TOKEN, Visitor

STRIP = "Seeing what branch (中共branch_org · "


def begin(site: Any, visitor: Visitor, whose: str = "branch", reason: str = "支部来电询问") -> Any:
    page = f"/account/look/?id={site.world[f'{whose}_account']}"
    return visitor.press("/", page, post=str(site.world[f"{whose}_post"]), reason=reason)


@pytest.fixture
def looking(site: Any) -> Visitor:
    """The committee, seeing what its branch sees."""
    visitor = site.person("committee")
    assert begin(site, visitor).location == "/"
    return visitor  # type: ignore[no-any-return]


def test_all_pages_are_those_of_the_other_person(site: Any, people: Any, looking: Visitor) -> None:
    for page in ("/", "/member/", "/organisation/", f"/member/details/?id={site.world['wei']}"):
        text = looking.open(page).text
        assert STRIP in text and "read-only." in text and "Stop</button>" in text, page
        menus = [
            re.findall(r'<nav class="menu".*?</nav>', who, re.DOTALL)
            for who in (text, people("branch").open(page).text)
        ]
        assert menus[0] == menus[1], page
        assert number(11) not in text, page
    listed = looking.open("/member/").text
    assert f"id={site.world['wei']}" in listed and f"id={site.world['jun']}" not in listed
    assert looking.open("/member/details/", id=site.world["jun"]).status_code == 404
    assert looking.open("/account/").status_code == 403, "a branch keeps no accounts"
    assert looking.open("/member/", tab="1").status_code == 200


def test_whatever_would_be_written_is_refused_and_stays_typed(site: Any, looking: Visitor) -> None:
    acts = site.rows("SELECT max(id) FROM transaction")
    refused = looking.fill_in(
        f"/report/new/?kind=change&member={site.world['wei']}", event_date="2026-11-02", address="新街8号",
        then="reported",
    )  # fmt: skip
    assert refused.status_code == 422
    assert "so nothing is written, printed or taken out" in refused.text and "新街8号" in refused.text
    said = "You see what another person sees"
    taken = looking.press("/", "/member/export/", purpose="核对")
    assert taken.status_code in (403, 422) and said in taken.text and "PK" not in taken.text[:2]
    searched = looking.press("/", "/member/search/", q=number(11))
    assert searched.status_code == 403 and said in searched.text
    assert looking.press("/", "/member/columns/", shown="name").status_code == 403
    assert looking.press("/", "/organisation/seen/?id=" + str(site.world["branch_org"]),
                         until="2026-01-01T00:00:00+00:00").status_code == 403  # fmt: skip
    assert looking.press("/", "/password/", present=PASSWORD, new="x" * 12, again="x" * 12).status_code == 422
    assert begin(site, looking).status_code == 403
    assert site.rows("SELECT max(id) FROM transaction") == acts


def test_it_ends_with_the_button_and_with_the_session(site: Any, looking: Visitor) -> None:
    assert looking.press("/", "/stop-look/").location == "/"
    page = looking.open("/member/").text
    assert STRIP not in page and f"id={site.world['jun']}" in page
    begin(site, looking)
    assert looking.press("/", "/sign-out/").location == "/sign-in/"
    assert looking.sign_in(ACTORS["committee"].login, PASSWORD).status_code == 302
    assert STRIP not in looking.open("/").text
    log = "SELECT kind, account_id, subject_id FROM access_log WHERE kind ~ '^look' ORDER BY id DESC LIMIT 4"
    logged = site.rows(log)
    who = (site.world["committee_account"], site.world["branch_account"])
    assert logged == [(kind, *who) for kind in ("look ended", "look begun") * 2]
    ((reason,),) = site.rows("SELECT reason FROM transaction ORDER BY id DESC LIMIT 1")
    assert reason == "支部来电询问"


def test_what_is_sent_after_30_minutes_is_not_done(site: Any, looking: Visitor) -> None:
    """A form that was opened with another's eyes must not be saved with one's own rights."""
    page = f"/member/edit/?id={site.world['wei']}"
    token = _TOKEN.search(looking.open("/").text)
    assert token
    form = {"csrf_token": token[1], "address": "新街9号", "ver": "1", "reason": "更正"}
    aged = "UPDATE user_session SET look_since = now() - interval '31 minutes' WHERE look_since IS NOT NULL"
    with site.registry.connect("superuser") as session:
        session.execute(aged)
    question = "SELECT ver, address FROM member WHERE id = %s"
    before = site.rows(question, site.world["wei"])
    assert looking.client.post(page, data=form).location == "/"
    assert site.rows(question, site.world["wei"]) == before
    text = looking.open("/").text
    assert "You no longer see what branch sees." in text and STRIP not in text
    assert looking.client.post(page, data=form).status_code == 302
    assert site.rows(question, site.world["wei"]) != before, "the same form is taken from one's own post"


@pytest.mark.parametrize(
    ("who", "whose", "status"),
    [
        ("committee", "committee", 200), ("county", "neighbour", 404), ("city", "auditor", 200),
        ("branch", "branch", 403), ("auditor", "branch", 403), ("system", "branch", 403),
    ],
)  # fmt: skip
def test_who_may_not_look_is_told_why(site: Any, people: Any, who: str, whose: str, status: int) -> None:
    page = people(who).open("/account/look/", id=site.world[f"{whose}_account"])
    assert page.status_code == status
    if status == 200:
        assert "at an organisation below their own" in page.text and "<select" not in page.text
    answer = begin(site, people(who), whose)
    assert answer.status_code in (403, 404, 422)
    assert "Seeing what" not in people(who).open("/").text


def test_a_reason_is_asked_for(site: Any, people: Any) -> None:
    answer = begin(site, people("committee"), reason=" ")
    assert answer.status_code == 422 and "must be filled in" in answer.text
    account, post = (
        people("committee").open(f"/{noun}/details/", id=site.world[f"branch_{noun}"]).text
        for noun in ("account", "post")
    )
    href = f'href="/account/look/?id={site.world["branch_account"]}"'
    assert href in account and href in post and "Show what branch sees" in post
