"""What changed since one last looked: told by organisation, counted on the link, marked for oneself."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.views.visitor import Visitor


def changes(visitor: Visitor, organisation: int, **query: Any) -> str:
    return visitor.open("/organisation/changes/", id=organisation, **query).text


def number(visitor: Visitor, organisation: int) -> str:
    found = re.search(
        r"Changes since I last looked \((\d+\+?)\)",
        visitor.open("/organisation/details/", id=organisation).text,
    )
    assert found
    return found[1]


def press_seen(visitor: Visitor, organisation: int, page: str) -> Any:
    until = re.search(r'name="until" value="([^"]+)"', page)
    assert until
    return visitor.press("/", f"/organisation/seen/?id={organisation}", until=until[1])


def test_changes_are_listed_counted_and_marked_as_seen(site: Any, people: Any) -> None:
    county, committee, place = people("county"), people("committee"), site.world["committee_org"]
    page = f"/member/edit/?id={site.world['jun']}"
    assert committee.fill_in(page, address="人民路88号", reason="搬家").status_code == 302
    listed = changes(county, place)
    assert "The last seven days" in listed and "搬家" in listed and "committee · 中共committee_org" in listed
    link = re.search(
        rf'href="(/member/versions/\?id={site.world["jun"]}&amp;left=\d+&amp;right=\d+)"', listed
    )
    assert link and "<b>88</b>号" in county.open(link[1].replace("&amp;", "&")).text
    before = int(number(county, place))
    assert before >= 2, "the world itself was written this week"
    assert committee.fill_in(page, address="人民路89号", reason="门牌写错").status_code == 302
    assert press_seen(county, place, listed).location == f"/organisation/details/?id={place}"
    assert number(county, place) == "1", "what came after the page was opened is not seen"
    since = changes(county, place)
    assert "门牌写错" in since and "搬家" not in since
    press_seen(county, place, since)
    press_seen(county, place, listed)
    assert number(county, place) == "0", "an old page moves nothing back"
    assert "Nothing changed here." in changes(county, place)
    assert "搬家" in changes(county, place, again=1)
    assert int(number(people("city"), place)) == before + 1, "nobody else has seen it"
    assert number(county, site.world["second_branch"]) != "0", "each organisation has its own mark"


def test_the_first_page_leads_to_the_changes_of_ones_own_organisation(site: Any, people: Any) -> None:
    for who, place in (("county", "county_org"), ("branch", "branch_org")):
        assert f'href="/organisation/changes/?id={site.world[place]}"' in people(who).open("/").text
    assert "/organisation/changes/" not in people("system").open("/").text


def test_a_mark_is_a_moment_that_was(site: Any, people: Any) -> None:
    path = f"/organisation/seen/?id={site.world['branch_org']}"
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    answer = people("committee").press("/", path, until=ahead)
    assert answer.status_code == 403 and "none that are still to come" in answer.text
    for bad in ("", "x", "2026-01-01", "9999-12-31T23:59:59+00:00", "2026-01-01T00:00:00"):
        assert people("committee").press("/", path, until=bad).status_code == 400, bad
    far = f"/organisation/seen/?id={site.world['other_branch']}"
    assert people("committee").press("/", far, until=ahead).status_code == 404
    for bad in ("x", "-1", "9" * 20):
        assert (
            people("committee")
            .open("/organisation/changes/", id=site.world["branch_org"], before=bad)
            .status_code
            == 400
        )
