"""Members: key fields rest on documents, locked fields stay, numbers are masked and found."""

import io
from typing import Any

import pytest

from tests.schema.slow import id_number
from tests.schema.world import BORN, MEMBERS, number

WEI = number(11)


def edit_page(site: Any, name: str = "wei") -> str:
    return f"/member/edit/?id={site.world[name]}"


def test_a_key_field_needs_its_document(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(edit_page(site), join_date="2004-08-01", full_date="2005-08-01")
    assert answer.status_code == 422
    assert "needs the document it rests on" in answer.text
    assert 'value="2004-08-01"' in answer.text, "what was typed stays"
    assert site.rows("SELECT ver FROM member WHERE id = %s", site.world["wei"]) == [(1,)]


def test_a_key_field_changes_on_a_new_document(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(
        edit_page(site), join_date="2004-08-01", full_date="2005-08-01", document_kind="archive",
        document_number="档1", document_title="入党志愿书",
        document_file=(io.BytesIO(b"%PDF-1.7"), "志愿书.pdf"),
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    proofs = site.rows("SELECT field FROM evidence WHERE subject_id = %s ORDER BY field", site.world["wei"])
    assert proofs == [("full_date",), ("join_date",)]
    assert "入党志愿书" in people("committee").open(answer.location).text


def test_a_key_field_changes_on_a_document_on_file(site: Any, people: Any) -> None:
    document = site.world["approval_of_committee_org"]
    answer = people("committee").fill_in(
        edit_page(site, "fang"), join_date="2004-06-01", document_id=document
    )
    assert answer.status_code == 302, answer.text
    other = site.world["approval_of_other_committee"]
    answer = people("committee").fill_in(edit_page(site, "fang"), join_date="2004-05-01", document_id=other)
    assert answer.status_code == 422, "a document out of scope is none"


def test_fields_of_other_functions_are_locked_and_not_written(site: Any, people: Any) -> None:
    page = people("branch").open(edit_page(site)).text
    assert 'name="name"' not in page
    assert "has not delegated it to the branch" in page
    assert "Ask 中共committee_org" in page
    assert "No field of this record is yours to write." in page
    answer = people("branch").fill_in(
        edit_page(site), name="改名", branch_id=site.world["second_branch"], status="3"
    )
    assert answer.status_code == 302
    assert site.rows("SELECT name, status FROM member WHERE id = %s", site.world["wei"]) == [("王伟", "1")]


def test_a_county_reads_and_does_not_write(site: Any, people: Any) -> None:
    assert people("county").open("/member/details/", id=site.world["wei"]).status_code == 200
    assert people("county").open("/member/edit/", id=site.world["wei"]).status_code == 403
    assert people("county").open("/member/new/").status_code == 403


@pytest.mark.parametrize("who", ["committee", "city", "auditor", "branch"])
def test_no_page_shows_a_whole_number(site: Any, people: Any, who: str) -> None:
    whole = [number(sequence) for _, _, sequence in MEMBERS.values()] + ["13800000000"]
    pages = ["/member/"] + [
        f"/member/{page}/?id={site.world['wei']}" for page in ("details", "versions", "edit")
    ]
    for page in pages:
        text = people(who).open(page).text
        assert not any(value in text for value in whole), page
    assert "340702********" in people(who).open("/member/").text


def test_a_masked_number_left_alone_stays(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(edit_page(site, "jun"), education="21", mobile="13800000001")
    assert answer.status_code == 302, answer.text
    row = site.rows("SELECT id_number, mobile, education FROM member WHERE id = %s", site.world["jun"])
    assert row == [(number(33), "13800000001", "21")]
    answer = people("committee").fill_in(edit_page(site, "jun"), id_number="3407********0010")
    assert "Type the whole number" in answer.text


def test_a_taken_number_links_inside_the_scope_and_says_no_more_outside(site: Any, people: Any) -> None:
    answer = people("committee").fill_in("/member/new/", **_person(site, number(33)))
    assert answer.status_code == 422
    assert f"/member/details/?id={site.world['jun']}" in answer.text
    answer = people("committee").fill_in("/member/new/", **_person(site, number(55)))
    assert "ask the superior organisation" in answer.text
    assert str(site.world["far"]) not in answer.text.split("alert-danger")[1].split("</p>")[0]
    assert site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0] >= 2


def _person(site: Any, id_number_typed: str) -> dict[str, Any]:
    return {
        "name": "钱七", "sex": "1", "ethnicity": "01", "id_number": id_number_typed,
        "birth_date": "1980-03-01", "education": "11", "person_type": "1", "join_date": "2004-07-01",
        "branch_id": site.world["branch_org"], "full_date": "2005-07-01", "job_post": "01",
        "mobile": "13900000002", "address": "人民路5号",
    }  # fmt: skip


@pytest.mark.parametrize("typed", [WEI, WEI.lower(), f"{WEI[:6]} {WEI[6:14]}-{WEI[14:]}"])
def test_a_whole_number_finds_its_member_and_is_logged(site: Any, people: Any, typed: str) -> None:
    before = site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0]
    answer = people("committee").press("/member/", "/member/search/", q=typed)
    assert answer.location == f"/member/details/?id={site.world['wei']}"
    assert site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0] == before + 1


def test_a_search_finds_names_and_nothing_outside_the_scope(site: Any, people: Any) -> None:
    assert "name=" in people("committee").press("/member/", "/member/search/", q="王").location
    assert "王伟" in people("committee").open("/member/", name="王").text
    far = people("committee").press("/member/", "/member/search/", q=number(55))
    assert far.location == "/member/"
    part = people("committee").press("/member/", "/member/search/", q=WEI[:12])
    assert WEI[:12] not in part.location, "no part of a number travels in an address"


def test_out_of_scope_reads_like_not_existing(site: Any, people: Any) -> None:
    people("committee").open("/")  # shows what is left to say of other tests
    far = people("committee").open("/member/details/", id=site.world["far"])
    none = people("committee").open("/member/details/", id=10**9)
    assert far.status_code == none.status_code == 404
    assert _body(far.text) == _body(none.text)
    for page in ("edit", "versions"):
        assert people("committee").open(f"/member/{page}/", id=site.world["far"]).status_code == 404
    names = people("committee").open("/member/ajax/lookup/", name="branch", query="").json
    assert all("other_branch" not in text for _, text in names)
    moved = people("committee").fill_in(
        "/member/new/",
        **_person(site, id_number("340702", BORN, 801)) | {"branch_id": site.world["other_branch"]},
    )
    assert moved.status_code == 422


def _body(page: str) -> str:
    return page.split("<main")[1].split("</main>")[0]
