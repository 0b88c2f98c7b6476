"""The timeline of a member: spells, reports, documents and entries in one dated list, newest first."""

import re
from typing import Any

import pytest

from tests.views.visitor import Visitor


@pytest.fixture(scope="module")
def lived(site: Any, people: Any) -> int:
    """A member whose joining date was corrected on a paper without scan, and who then died by a report."""
    page, member = f"/member/edit/?id={site.world['wei']}", int(site.world["wei"])
    answer = people("committee").fill_in(
        page, join_date="2004-08-01", full_date="2005-08-01", reason="核对档案", document_kind="archive",
        document_number="档7", document_title="入党志愿书",
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    ended = people("committee").fill_in(
        f"/report/new/?kind=death&member={member}", event_date="2026-11-02", then="entered",
        document_kind="certificate", document_number="证8", document_title="死亡证明",
    )  # fmt: skip
    assert ended.status_code == 302, ended.text
    return member


def events(visitor: Visitor, member: int, **query: Any) -> list[str]:
    """The lines of the list as text, newest first."""
    page = visitor.open("/member/details/", id=member, **query).text
    shown = page.split('<ol class="timeline">')[1].split("</ol>")[0]
    return [" ".join(re.sub("<[^>]+>", " ", line).split()) for line in shown.split("</li>")[:-1]]


def test_what_happened_stands_in_one_list_newest_first(people: Any, lived: int) -> None:
    told = events(people("committee"), lived)
    nouns = ("Changed", "Entered", "Document", "Report", "Membership ended", "Membership began")
    assert {noun for line in told for noun in nouns if noun in line} == set(nouns)
    days = [match[0] for line in told if (match := re.search(r"\d{4}-\d\d-\d\d", line))]
    assert days == sorted(days, reverse=True) and len(days) == len(told)
    assert "2004-07-01 Membership began" in told[-1] and "until 2026-11-01" in told[-1]
    assert any(
        "Scan missing" in line and "档7 入党志愿书" in line and "Joining date" in line for line in told
    )
    assert any("核对档案" in line and "committee · 中共committee_org" in line for line in told)


def test_each_line_leads_to_what_it_names(people: Any, lived: int) -> None:
    committee = people("committee")
    page = committee.open("/member/details/", id=lived).text.split('<ol class="timeline">')[1]
    links = re.findall(r'href="([^"]+)"', page.split("</ol>")[0])
    for noun in ("/member/versions/", "/document/details/", "/report/details/", "/organisation/details/"):
        found = [link.replace("&amp;", "&") for link in links if link.startswith(noun)]
        assert found and committee.open(found[0]).status_code == 200, noun


def test_a_long_list_goes_on_at_older(people: Any, site: Any) -> None:
    committee, member = people("committee"), site.world["jun"]
    for number in range(15):
        page = f"/member/edit/?id={member}"
        assert committee.fill_in(page, address=f"人民路{number + 2}号").status_code == 302
    first, rest = events(committee, member), events(committee, member, older=15)
    assert len(first) == 15 and len(rest) == 2 and "Membership began" in rest[-1]
    assert "older=15#timeline" in committee.open("/member/details/", id=member).text
    assert events(committee, member, older=9999) == ["Nothing on record."]
    for bad in ("x", "-1", "99999", "²"):
        assert committee.open("/member/details/", id=member, older=bad).status_code == 400


def test_who_lies_above_is_told_and_what_they_keep_is_not(people: Any, site: Any) -> None:
    """A branch learns who changed its member; the document of its superior stays a document out of scope."""
    member = site.world["fang"]
    answer = people("committee").fill_in(
        f"/member/edit/?id={member}", join_date="2004-06-01", reason="依据批复",
        document_id=site.world["approval_of_committee_org"],
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    told = events(people("branch"), member)
    assert any("依据批复" in line and "committee · 中共committee_org" in line for line in told)
    papers = [line for line in told if " Document " in line]
    assert papers and all("outside your scope" in line and "〔2026〕" not in line for line in papers)
