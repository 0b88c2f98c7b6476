"""Whole numbers of one person: a reason first, on record before they are shown, and only for some posts."""

from typing import Any

import pytest

from tests.schema.world import number


def page_of(site: Any, member: str = "wei") -> str:
    return f"/member/reveal/?id={site.world[member]}"


def acts(site: Any) -> list[Any]:
    return site.rows(  # type: ignore[no-any-return]
        "SELECT l.subject_id, t.reason, t.account_id = l.account_id, t.post_id = l.post_id FROM access_log l"
        " JOIN transaction t ON 'act ' || t.id = l.detail WHERE l.kind = 'number revealed' ORDER BY l.id"
    )


def test_the_reason_is_on_record_before_the_number_is_shown(site: Any, people: Any) -> None:
    person = people("committee")
    asked = person.open(page_of(site))
    assert asked.status_code == 200 and number(11) not in asked.text and acts(site) == []
    refused = person.press(page_of(site), reason=" ")
    assert refused.status_code == 422 and number(11) not in refused.text and acts(site) == []
    shown = person.press(page_of(site), reason="核对身份证复印件")
    assert shown.status_code == 200 and number(11) in shown.text and "13800000000" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert acts(site) == [(site.world["wei"], "核对身份证复印件", True, True)]
    assert number(11) not in person.open(f"/member/details/?id={site.world['wei']}").text


@pytest.mark.parametrize(
    ("who", "status"), [("city", 200), ("auditor", 200), ("branch", 403), ("system", 403)]
)
def test_who_may_see_a_number_whole(site: Any, people: Any, who: str, status: int) -> None:
    assert people(who).open(page_of(site)).status_code == status


def test_a_branch_is_told_why_not(site: Any, people: Any) -> None:
    page = people("branch").open(f"/member/details/?id={site.world['wei']}").text
    assert "see and export numbers masked" in page and "/member/reveal/" not in page


def test_the_table_decides_at_the_moment_of_asking(site: Any) -> None:
    person = site.person("county")
    opened = person.open(page_of(site)).text
    assert 'name="reason"' in opened
    cell = site.rows("SELECT id FROM permission WHERE function = 'P10' AND level = 'county'")[0][0]
    assert site.person("security").fill_in(f"/permission/edit/?id={cell}", masked="1").status_code == 302
    answer = person.client.post(
        page_of(site),
        data={"csrf_token": opened.split('csrf_token" value="')[1].split('"')[0], "reason": "x"},
    )
    assert answer.status_code == 403 and number(11) not in answer.text


def test_nobody_sees_a_number_of_another_scope(site: Any, people: Any) -> None:
    assert people("committee").open(page_of(site, "far")).status_code == 404
