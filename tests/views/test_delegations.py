"""Fields are delegated by ticks, to one branch or to all below an organisation, and end by a date."""

import re
from typing import Any

from tests.schema.cases.member import delegated
from tests.schema.world import INSTALLER, act, run

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


def test_the_overview_shows_each_branch_and_field_from_day_to_day(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "dated")
        run(owner, delegated("education", "second_branch", until="2026-02-01"), site.world)
        run(owner, delegated("address", "second_branch", since="2099-01-01"), site.world)
        run(owner, delegated("address", "other_branch"), site.world)
    page = people("county").open("/field_delegation/overview/").text
    assert "4 of 4 branches keep fields themselves today" in page
    assert len(re.findall(r'<th scope="row">', page)) == 4 and "other_branch" not in page
    row = page[page.index("中共second_branch") :].split("</tr>")[0]
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    assert len(cells) == 11
    told = [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in cells]
    assert told[:4] == [
        "2026-01-01 – 2026-02-01 ended", told[2], told[2], "2099-01-01 open-ended not yet begun",
    ]  # fmt: skip
    assert told[2].endswith("– 2099-12-31") and told[4] == "–"
    key = re.search(r"/field_delegation/details/\?id=(\d+)", cells[0])
    assert key and people("county").open(key[0]).status_code == 200
    paper = people("county").open("/field_delegation/print/", organisation="001001001002").text
    assert "中共second_branch" in paper and "中共branch_org" not in paper


def test_the_overview_is_narrowed_and_says_nothing_of_others(people: Any) -> None:
    neighbour, overview = people("neighbour"), "/field_delegation/overview/"
    assert "1 of 1 branches" in neighbour.open(overview).text
    assert "中共branch_org" not in neighbour.open(overview, organisation="001001001").text
    held = people("city").open(overview, held="1", organisation="001001001004").text
    assert "中共empty_branch" in held and "中共second_branch" not in held
    for bad in ({"held": "2"}, {"organisation": "'"}, {"after": "x"}):
        assert people("city").open(overview, **bad).status_code == 400
    assert people("audit").open(overview).status_code == 403
