"""Reports: filed by a branch or entered at once, taken step by step, refused with what was typed."""

from typing import Any

from tests.schema.world import number

NEW = {
    "name": "赵新", "sex": "1", "ethnicity": "01", "id_number": number(905), "birth_date": "1980-03-01",
    "education": "11", "job_post": "01", "mobile": "13800000001", "address": "人民路3号",
}  # fmt: skip
PAPER = {"document_kind": "certificate", "document_number": "证1", "document_title": "死亡证明"}


def form(kind: str, member: int | None = None) -> str:
    return f"/report/new/?kind={kind}" + (f"&member={member}" if member else "")


def state(site: Any, key: int) -> Any:
    return site.rows("SELECT state, by_branch, document_id IS NOT NULL FROM report WHERE id = %s", key)[0]


def key_of(answer: Any) -> int:
    assert answer.status_code == 302, answer.text
    return int(answer.location.rpartition("=")[2])


def test_a_branch_reports_and_the_committee_enters(site: Any, people: Any) -> None:
    page = form("death", site.world["wei"])
    answer = people("branch").fill_in(page, event_date="2026-11-02", facts="因病去世", **{"then": "reported"})
    key = key_of(answer)
    assert state(site, key) == ("reported", True, False)
    told = people("branch").open(answer.location).text
    assert "Reported: Death 王伟. Next: 中共committee_org" in told
    assert "Why not" in told
    assert people("branch").open("/report/new/").status_code == 200
    listed = people("committee").open("/report/", course="waiting").text
    assert "working days left" in listed
    refused = people("committee").fill_in(f"/report/step/?id={key}&to=entered")
    assert refused.status_code == 422
    assert "Name the document before this report is entered" in refused.text
    answer = people("committee").fill_in(f"/report/step/?id={key}&to=entered", **PAPER)
    assert answer.status_code == 302, answer.text
    assert state(site, key) == ("entered", True, True)
    assert site.rows("SELECT status, ended_by FROM member WHERE id = %s", site.world["wei"]) == [("4", "5")]
    page = people("committee").open(answer.location).text
    assert "Entered: Death 王伟." in page
