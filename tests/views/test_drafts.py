"""What was typed is not lost: drafts, a file through a refusal, a form that is sent twice."""

import io
from typing import Any

import pytest

from partyadmin.db import Actor, db, work_as
from partyadmin.views.drafts import own_drafts
from tests.schema.slow import id_number
from tests.schema.world import ACTORS, BORN
from tests.views.visitor import Visitor, shown_fields

PDF = b"%PDF-1.7 scanned"
PROOF = {"document_kind": "archive", "document_number": "教档1号", "document_title": "档案摘录"}


def page_of(site: Any, member: str) -> str:
    return f"/member/edit/?id={site.world[member]}"


def new_member(site: Any, number: int, **changed: Any) -> dict[str, Any]:
    return {
        "name": "赵新", "sex": "1", "ethnicity": "01", "id_number": id_number("340702", BORN, number),
        "birth_date": BORN.isoformat(), "education": "11", "person_type": "1",
        "branch_id": site.world["branch_org"], "join_date": "2004-07-01", "full_date": "2005-07-01",
        "job_post": "01", "mobile": "13900000000", "address": "人民路2号",
    } | changed  # fmt: skip


def keep(person: Visitor, page: str, **values: Any) -> Any:
    """Keeps a draft as the script of the form does."""
    typed = shown_fields(person.open(page).text) | values
    address = page.replace("/edit/", "/draft/").replace("/new/", "/draft/")
    headers = {"Accept": "application/json"}
    return typed["sheet"], person.client.post(address, data=typed, headers=headers, buffered=True)


def test_a_draft_is_kept_offered_and_restored(site: Any, people: Any) -> None:
    person, page = people("committee"), page_of(site, "wei")
    sheet, answer = keep(person, page, address="没写完的")
    assert answer.status_code == 200 and ":" in answer.json["saved"] and answer.json["files"] == {}
    assert site.rows("SELECT address FROM member WHERE id = %s", site.world["wei"]) != [("没写完的",)]
    opened = person.open(page).text
    assert "Draft of" in opened and f"draft={sheet}" in opened
    assert shown_fields(opened)["address"] != "没写完的", "it is offered, not forced"
    restored = person.open(f"{page}&draft={sheet}").text
    assert shown_fields(restored)["address"] == "没写完的" and shown_fields(restored)["sheet"] == sheet
    assert "Was 人民路1号" in restored
    saved = person.client.post(page, data=shown_fields(restored))
    assert saved.status_code == 302, saved.text
    assert site.rows("SELECT address FROM member WHERE id = %s", site.world["wei"]) == [("没写完的",)]
    row = site.rows(
        "SELECT fields, file, registered, d.account_id = t.account_id FROM draft d"
        " JOIN transaction t ON t.id = transaction_id WHERE sheet = %s",
        sheet,
    )
    assert row == [(None, None, str(site.world["wei"]), True)], "emptied by the act that registered it"
    assert "Draft of" not in person.open(page).text


def test_a_draft_can_be_kept_and_dropped_without_script(site: Any, people: Any) -> None:
    person = people("committee")
    typed = shown_fields(person.open("/member/new/").text) | {"name": "钱半张"}
    kept = person.client.post("/member/draft/", data=typed)
    assert kept.status_code == 302 and f"draft={typed['sheet']}" in kept.location
    assert shown_fields(person.open(kept.location).text)["name"] == "钱半张"
    offered = person.open("/member/new/").text
    assert "(钱半张)" in offered
    dropped = {"csrf_token": typed["csrf_token"], "sheet": typed["sheet"]}
    assert "Nothing has happened yet." in person.client.post("/member/draft/drop/", data=dropped).text
    assert "(钱半张)" in person.open("/member/new/").text
    person.client.post("/member/draft/drop/", data=dropped | {"sure": "1"})
    assert "钱半张" not in person.open("/member/new/").text


def test_a_draft_outlives_the_session_and_not_the_post(site: Any) -> None:
    before = site.person("committee")
    sheet, _ = keep(before, page_of(site, "jun"), remark="写到一半")
    before.press("/", "/sign-out/")
    after = site.person("committee")
    assert shown_fields(after.open(page_of(site, "jun") + f"&draft={sheet}").text)["remark"] == "写到一半"
    other = site.person("county")
    assert "写到一半" not in other.open(f"/member/details/?id={site.world['jun']}&draft={sheet}").text


def test_ones_own_drafts_are_listed_for_the_first_page(site: Any, people: Any) -> None:
    sheet, _ = keep(people("committee"), page_of(site, "fang"), remark="待核")
    with people("committee").client as client:
        client.get("/")
        work_as(db.session(), Actor(*ACTORS["committee"]))
        found = {draft.href: draft.heading for draft in own_drafts()}
    assert found[f"/member/edit/?draft={sheet}&id={site.world['fang']}"]


def test_a_refusal_keeps_the_chosen_file_for_the_next_save(site: Any, people: Any) -> None:
    person, page = people("committee"), page_of(site, "jun")
    typed = {"birth_date": "1980-03-02", **PROOF, "document_kind": ""}
    refused = person.fill_in(page, **typed, document_file=(io.BytesIO(PDF), "志愿书第7页.pdf"))
    assert refused.status_code == 422 and 'id="document_kind-error"' in refused.text
    assert "志愿书第7页.pdf" in refused.text
    again = shown_fields(refused.text)
    assert again["document_number"] == "教档1号" and again["document_file_kept"]
    saved = person.client.post(page, data=again | {"document_kind": "archive"})
    assert saved.status_code == 302, saved.text
    filed = "SELECT d.file_name, c.content FROM document d JOIN document_content c ON c.document_id = d.id"
    assert site.rows(f"{filed} WHERE d.number = '教档1号'") == [("志愿书第7页.pdf", PDF)]
    assert site.rows("SELECT count(*) FROM draft WHERE file IS NOT NULL") == [(0,)]


def test_a_kept_file_that_was_let_go_is_not_used(site: Any, people: Any) -> None:
    person, page = people("committee"), page_of(site, "fang")
    typed = {"birth_date": "1980-03-02", **PROOF, "document_number": "教档2号"}
    sheet, answer = keep(person, page, **typed, document_file=(io.BytesIO(PDF), "a.pdf"))
    (digest, name) = answer.json["files"]["document_file_kept"]
    assert name == "a.pdf"
    restored = shown_fields(person.open(f"{page}&draft={sheet}").text)
    assert restored["document_file_kept"] == digest
    restored.pop("document_file_kept")
    assert person.client.post(page, data=restored).status_code == 302
    assert site.rows("SELECT sha256 FROM document WHERE number = '教档2号'") == [(None,)]
    forged = person.fill_in(page, birth_date="1980-03-03", **PROOF, document_file_kept="0" * 64)
    assert forged.status_code == 422 and "choose it again" in forged.text


def test_a_file_of_an_unknown_kind_is_told_and_not_kept(site: Any, people: Any) -> None:
    values = {"kind": "approval", "number": "9", "title": "x", "file": (io.BytesIO(b"<html>"), "a.pdf")}
    refused = people("committee").fill_in("/document/new/", **values)
    assert refused.status_code == 422 and "file_kept" not in refused.text


def test_a_form_that_is_sent_twice_registers_once(site: Any, people: Any) -> None:
    person = people("committee")
    typed = shown_fields(person.open("/member/new/").text) | new_member(site, 711)
    first = person.client.post("/member/new/", data=typed)
    second = person.client.post("/member/new/", data=typed)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first.location == second.location
    assert site.rows("SELECT count(*) FROM member WHERE id_number = %s", typed["id_number"]) == [(1,)]
    assert "nothing was written twice" in person.open(second.location).text


def test_what_was_typed_over_a_registered_form_stays_in_a_new_one(site: Any, people: Any) -> None:
    person = people("committee")
    typed = shown_fields(person.open("/member/new/").text) | new_member(site, 721)
    assert person.client.post("/member/new/", data=typed).status_code == 302
    other = typed | {"id_number": id_number("340702", BORN, 723), "name": "赵二新"}
    answer = person.client.post("/member/new/", data=other)
    assert answer.status_code == 409
    again = shown_fields(answer.text)
    assert again["name"] == "赵二新" and again["sheet"] != typed["sheet"]
    assert person.client.post("/member/new/", data=again).status_code == 302
    assert site.rows("SELECT count(*) FROM member WHERE name = '赵二新'") == [(1,)]


def test_a_change_that_is_sent_twice_is_told_as_saved(site: Any, people: Any) -> None:
    person, page = people("neighbour"), page_of(site, "far")
    typed = shown_fields(person.open(page).text) | {"address": "改一次"}
    first, second = (person.client.post(page, data=typed) for _ in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    assert site.rows("SELECT ver FROM member WHERE id = %s", site.world["far"]) == [(2,)]
    third = person.client.post(page, data=typed | {"address": "再改一次"})
    assert third.status_code == 409 and shown_fields(third.text)["address"] == "再改一次"
    assert person.client.post(page, data=shown_fields(third.text)).status_code == 302


@pytest.mark.parametrize("address", ["/member/draft/", "/member/draft/drop/"])
def test_who_may_not_open_the_form_keeps_no_draft(site: Any, people: Any, address: str) -> None:
    token = shown_fields(people("city").open("/unit/new/").text)["csrf_token"]
    assert people("city").client.post(address, data={"csrf_token": token}).status_code == 403
    assert site.rows(
        "SELECT count(*) FROM draft d JOIN account a ON a.id = account_id WHERE login LIKE 'city%%'"
    ) == [(0,)]


def test_no_more_than_forty_are_kept_and_the_oldest_go_first(site: Any) -> None:
    person = site.person("county")
    token = shown_fields(person.open("/unit/new/").text)["csrf_token"]
    for number in range(43):
        typed = {"csrf_token": token, "sheet": f"{number:032x}", "name": f"第{number}张"}
        assert person.client.post("/unit/draft/", data=typed).status_code == 302
    kept = site.rows("SELECT fields->>'name' FROM draft WHERE fields->>'name' LIKE '第%%' ORDER BY id")
    assert [name for (name,) in kept] == [f"第{number}张" for number in range(3, 43)]


def test_a_draft_that_is_too_long_is_refused_in_plain_words(people: Any) -> None:
    _, answer = keep(people("committee"), "/member/new/", remark="x" * 70000)
    assert (answer.status_code, answer.text) == (422, "A draft holds at most 65536 characters.")
