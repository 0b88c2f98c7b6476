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


def test_a_report_is_returned_put_right_and_reported_again(site: Any, people: Any) -> None:
    branch, committee = people("branch"), people("committee")
    filed = branch.fill_in(form("change", site.world["fang"]), event_date="2026-11-02", address="新街8号")
    key = key_of(filed)
    refused = committee.fill_in(f"/report/step/?id={key}&to=returned", answer="")
    assert refused.status_code == 422 and "must be filled in" in refused.text
    assert committee.fill_in(f"/report/step/?id={key}&to=returned", answer="门牌不清").status_code == 302
    page = branch.open("/report/details/", id=key).text
    assert "门牌不清" in page and "Report again" in page
    assert "Reports that were returned" in branch.open("/").text
    assert branch.fill_in(f"/report/edit/?id={key}", address="新街8号2单元").status_code == 302
    assert (
        branch.press(f"/report/details/?id={key}", f"/report/step/?id={key}&to=reported").status_code == 302
    )
    assert site.rows("SELECT state, items FROM report WHERE id = %s", key) == [
        ("reported", {"address": "新街8号2单元"})
    ]
    assert committee.fill_in(f"/report/step/?id={key}&to=paused", answer="等户籍证明").status_code == 302
    assert "The clock stands still: 等户籍证明" in committee.open("/report/details/", id=key).text
    for step in ("accepted", "entered"):
        committee.press(f"/report/details/?id={key}", f"/report/step/?id={key}&to={step}")
    assert site.rows("SELECT address FROM member WHERE id = %s", site.world["fang"]) == [("新街8号2单元",)]


def test_a_report_that_moved_on_is_told_so(site: Any, people: Any) -> None:
    filed = people("branch").fill_in(form("change", site.world["fang"]), event_date="2026-11-02", remark="甲")
    key = key_of(filed)
    people("committee").press(f"/report/details/?id={key}", f"/report/step/?id={key}&to=accepted&ver=1")
    late = people("branch").press(f"/report/details/?id={key}", f"/report/step/?id={key}&to=withdrawn&ver=1")
    assert "saved this record at" in people("branch").open(late.location).text
    assert state(site, key)[0] == "accepted"


def test_the_committee_enters_a_new_member_at_once(site: Any, people: Any) -> None:
    page = form("admission")
    typed = NEW | {"branch_id": site.world["branch_org"], "event_date": "2026-11-02", "then": "entered"}
    refused = people("committee").fill_in(page, **typed)
    assert refused.status_code == 422 and 'value="赵新"' in refused.text
    assert "Name the document before this report is entered" in refused.text
    taken = people("committee").fill_in(page, **typed | PAPER | {"id_number": number(11)})
    assert taken.status_code == 422 and "Open that member" in taken.text
    key = key_of(people("committee").fill_in(page, **typed, **PAPER))
    asked = (
        "SELECT m.name, m.person_type, m.join_date::text FROM member m"
        " JOIN report r ON r.member_id = m.id WHERE r.id = %s"
    )
    assert site.rows(asked, key) == [("赵新", "2", "2026-11-02")]


def test_a_number_is_checked_while_it_is_typed(site: Any, people: Any) -> None:
    typed = NEW | {"kind": "admission", "id_number": number(11), "ask": "1", "event_date": "2026-11-02"}
    answer = people("committee").press(form("admission"), "/report/check/", **typed)
    assert "already registered" in answer.text and "2026-11-16 Mon" in answer.text


def test_a_form_names_only_what_fits(site: Any, people: Any) -> None:
    page = people("committee").open("/report/new/", member=site.world["fang"]).text
    assert "This does not happen to members of this type." in page
    reasons = people("committee").open(form("exit", site.world["fang"])).text
    assert "Probationary status cancelled" in reasons
    assert (
        "Probationary status cancelled" not in people("committee").open(form("exit", site.world["jun"])).text
    )
    assert people("branch").open(form("death", site.world["far"])).status_code == 404
    assert people("county").open("/report/new/").status_code == 403


def test_a_locked_field_leads_to_its_report(site: Any, people: Any) -> None:
    fang = site.world["fang"]
    page = people("branch").open("/member/edit/", id=fang).text
    assert f"/report/new/?kind=key_change&amp;member={fang}" in page
    assert f"/report/new/?member={fang}" in people("committee").open("/member/edit/", id=fang).text


def test_conversion_converts_all_or_names_who_is_in_the_way(site: Any, people: Any) -> None:
    committee = people("committee")
    page = committee.open("/report/conversion/").text
    fang, jun = site.world["fang"], site.world["jun"]
    assert f'value="{fang}"' in page
    paper = {"document_kind": "approval", "document_number": "转1号", "document_title": "批准转正"}
    sheet = {"event_date": "2026-11-02", **paper}
    refused = committee.press("/report/conversion/", member=[str(fang), str(jun)], **sheet)
    assert refused.status_code == 422 and "1 members cannot be entered so" in refused.text
    assert site.rows("SELECT person_type FROM member WHERE id = %s", fang) == [("2",)]
    nobody = committee.press("/report/conversion/", **sheet)
    assert nobody.status_code == 422 and "Tick those who are converted." in nobody.text
    assert people("county").press("/report/conversion/", member=str(fang), **sheet).status_code == 403
    done = committee.press("/report/conversion/", member=str(fang), **sheet)
    assert done.status_code == 302 and "Converted: 1 members." in committee.open(done.location).text
    assert site.rows("SELECT person_type, full_date::text FROM member WHERE id = %s", fang) == [
        ("1", "2026-11-02")
    ]
