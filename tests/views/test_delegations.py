"""Fields are delegated by ticks, to one branch or to all below an organisation, and end by a date."""

import re
from typing import Any

HELD = (
    "SELECT count(*), count(DISTINCT branch_id), count(DISTINCT transaction_id) FROM field_delegation_version"
)
NEW = "/field_delegation/new/"


def test_ticks_for_a_set_of_branches_are_one_act(site: Any, people: Any) -> None:
    form = people("committee").open(NEW).text
    assert len(re.findall(r'type="checkbox"', form)) == 11 and "all branches below it" in form
    county = people("county")
    asked = county.open("/field_delegation/ajax/lookup/", name="organisation", query="committee_org")
    assert asked.status_code == 200 and "committee_org" in asked.text
    sent = {"place": site.world["committee_org"], "field_mobile": "y", "field_landline": "y"}
    answer = county.fill_in(NEW, **sent, until="2099-12-31", reason="按授权通知")
    assert answer.location == "/field_delegation/?organisation=001001001"
    told = county.open(answer.location).text
    assert "Delegated to the branches of 中共committee_org." in told
    assert site.rows(HELD) == [(8, 4, 1)], "four branches, two fields, one act"
    page = people("branch").open(f"/member/edit/?id={site.world['wei']}").text
    assert 'name="mobile"' in page and 'name="address"' not in page


def test_what_they_keep_already_is_left_alone(site: Any, people: Any) -> None:
    again = people("county").fill_in(NEW, place=site.world["committee_org"], field_mobile="y")
    assert again.status_code == 422 and "No branch there is without these fields" in again.text
    more = people("county").fill_in(
        NEW, place=site.world["committee_org"], field_mobile="y", field_remark="y"
    )
    assert more.status_code == 302
    fields = "SELECT field, count(*) FROM field_delegation GROUP BY 1 ORDER BY 1"
    assert site.rows(fields) == [("landline", 4), ("mobile", 4), ("remark", 4)]


def test_faulty_forms_enter_nothing_and_keep_what_was_typed(site: Any, people: Any) -> None:
    before = site.rows(HELD)
    none = people("committee").fill_in(NEW, place=site.world["branch_org"], reason="留下")
    assert none.status_code == 422 and "Tick at least one field." in none.text and 'value="留下"' in none.text
    backwards = {"since": "2026-05-01", "until": "2026-04-30", "field_address": "y"}
    refused = people("committee").fill_in(NEW, place=site.world["branch_org"], **backwards)
    assert refused.status_code == 422 and "cannot end before it began" in refused.text
    assert re.search(r'<input checked[^>]*name="field_address"', refused.text), "the tick stays"
    elsewhere = people("committee").fill_in(NEW, place=site.world["other_branch"], field_address="y")
    assert elsewhere.status_code == 422 and "does not exist in your scope" in elsewhere.text
    assert people("branch").open(NEW).status_code == 403
    assert site.rows(HELD) == before
