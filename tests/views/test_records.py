"""Each noun: its list, one record, a new record, a change, its versions."""

import io
import re
from typing import Any

import pytest

from tests.schema.slow import id_number
from tests.schema.world import ACTORS, BORN, CREDIT_CODE, INSTALLER, act, run
from tests.views.conftest import PASSWORD
from tests.views.visitor import Visitor, shown_fields

READABLE = {
    "committee": "member organisation unit document account post tenure field_delegation permission",
    "city": "codes/sex codes/organisation_kind codes/region codes/calendar_day permission",
    "auditor": "member organisation unit document access_log transaction",
    "audit": "account post tenure access_log transaction",
    "security": "account post tenure access_log transaction permission",
}


@pytest.mark.parametrize(("who", "nouns"), READABLE.items())
def test_lists_open_with_their_records(people: Any, who: str, nouns: str) -> None:
    for noun in nouns.split():
        answer = people(who).open(f"/{noun}/")
        assert answer.status_code == 200, noun
        if first := _first_details(answer.text):
            assert people(who).open(first).status_code == 200
            versions = people(who).open(first.replace("details", "versions")).status_code
            assert versions == (404 if noun in ("document", "access_log", "transaction") else 200)


@pytest.mark.parametrize("who", ["system", "security", "audit"])
@pytest.mark.parametrize("noun", ["member", "organisation", "unit", "document"])
def test_technical_posts_open_no_records(people: Any, who: str, noun: str) -> None:
    assert people(who).open(f"/{noun}/").status_code == 403


def test_the_menu_shows_what_the_post_may_use(people: Any) -> None:
    """A chapter opens at the first of its screens, and its screens show the others."""
    committee, audit = (people(who).open("/").text for who in ("committee", "audit"))
    assert 'href="/member/"' in committee and 'href="/transaction/"' not in committee
    assert 'href="/member/"' not in audit and 'href="/transaction/"' in audit
    assert 'href="/access_log/"' in people("audit").open("/transaction/").text


def test_a_new_member_is_registered_and_changed(site: Any, people: Any) -> None:
    values = {
        "name": "赵 新", "sex": "1", "ethnicity": "01", "id_number": id_number("340702", BORN, 701),
        "birth_date": "1980.3.1", "education": "11", "person_type": "1",
        "branch_id": site.world["branch_org"],
        "join_date": "20040701", "full_date": "2005-07-01", "job_post": "01", "mobile": "13900000000",
        "address": "人民路2号",
    }  # fmt: skip
    answer = people("committee").fill_in("/member/new/", **values)
    assert answer.status_code == 302, answer.text
    page = answer.location
    assert "赵新" in people("committee").open(page).text
    answer = people("committee").fill_in(page.replace("details", "edit"), address="人民路3号", reason="moved")
    assert answer.status_code == 302, answer.text
    versions = people("committee").open(page.replace("details", "versions")).text
    versions = re.sub(r"</?b>", "", versions)  # the changed part of a value is bold
    assert all(word in versions for word in ("人民路2号", "人民路3号", "moved", "Version 2"))


def test_a_new_organisation_takes_its_code_and_its_unit(site: Any, people: Any) -> None:
    person = people("committee")
    answer = person.fill_in(
        f"/change_order/new/?kind=establish&superior={site.world['committee_org']}",
        effective_on="2026-11-02",
        new1_name="中共新支部", new1_kind="631", new1_unit_situation="2", new1_unit_name="新公司",
        new1_secretary="张三", document_kind="approval", document_number="云组〔2026〕20号",
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    page = person.open(answer.location).text
    assert "新公司" in page
    assert site.rows("SELECT code FROM organisation WHERE name = '中共新支部'") == []
    plan = re.search(r'name="plan" value="(\d+)"', page)
    assert plan
    answer = person.press(answer.location.replace("details", "apply"), plan=plan[1])
    assert answer.status_code == 302, answer.text
    ((code, key),) = site.rows("SELECT code, id FROM organisation WHERE name = '中共新支部'")
    assert code == "001001001005"
    assert "新公司" in person.open("/organisation/details/", id=key).text
    assert person.fill_in(f"/organisation/edit/?id={key}", secretary="李四").status_code == 302


def test_a_credit_code_of_the_superior_offers_its_unit_in_one_click(site: Any, people: Any) -> None:
    person = people("committee")
    page = f"/change_order/new/?kind=establish&superior={site.world['committee_org']}"
    typed = {
        "effective_on": "2026-11-02", "new1_name": "中共同码支部", "new1_kind": "631",
        "new1_unit_situation": "2", "new1_unit_name": "同码单位", "new1_unit_credit_code": CREDIT_CODE,
        "document_kind": "approval", "document_number": "云组〔2026〕21号",
    }  # fmt: skip
    refused = person.fill_in(page, **typed)
    assert refused.status_code == 422 and 'id="new1_unit_credit_code-error"' in refused.text
    (button,) = re.findall(r'<button [^>]*name="same_unit" value="(\w+)"', refused.text)
    answer = person.client.post(page, data=shown_fields(refused.text) | {"same_unit": button})
    assert answer.status_code == 302, answer.text
    drafted = "SELECT items->>'unit_situation', unit FROM change_line ORDER BY id DESC LIMIT 1"
    assert site.rows(drafted) == [("1", {})]


def test_a_unit_with_the_code_of_the_superior_is_not_entered_but_shared(site: Any, people: Any) -> None:
    branch = site.world["second_branch"]
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "own unit")
        run(owner, f"UPDATE organisation SET unit_situation = NULL WHERE id = {branch}", site.world)
    person = people("committee")
    typed = {"organisation_id": branch, "name": "二支部单位", "credit_code": CREDIT_CODE}
    refused = person.fill_in("/unit/new/", **typed)
    assert refused.status_code == 422
    answer = person.client.post("/unit/new/", data=shown_fields(refused.text) | {"same_unit": "record"})
    assert answer.location == f"/organisation/details/?id={branch}"
    assert site.rows("SELECT unit_situation FROM organisation WHERE id = %s", branch) == [("1",)]


def test_the_maintainer_rule_is_told_in_words(site: Any, people: Any) -> None:
    answer = people("county").fill_in(f"/organisation/edit/?id={site.world['branch_org']}", secretary="王五")
    assert answer.status_code == 422
    assert "alert-danger" in answer.text
    assert 'value="王五"' in answer.text


def test_a_unit_is_changed(site: Any, people: Any) -> None:
    page = f"/unit/edit/?id={site.world['unit']}"
    assert people("county").fill_in(page, credit_code="123").status_code == 422
    answer = people("county").fill_in(page, name="铜陵有限公司")
    assert answer.status_code == 302, answer.text
    assert site.rows("SELECT name, credit_code FROM unit WHERE id = %s", site.world["unit"]) == [
        ("铜陵有限公司", CREDIT_CODE)
    ]


def test_a_document_is_filed_and_read(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(
        "/document/new/",
        kind="approval",
        number="〔2026〕9号",
        title="批复",
        file=(io.BytesIO(b"%PDF-1.7 x"), "a.pdf"),
    )
    assert answer.status_code == 302, answer.text
    page = people("committee").open(answer.location).text
    assert "〔2026〕9号" in page
    file = people("committee").open(answer.location.replace("details", "file"))
    assert (file.status_code, file.data, file.mimetype) == (200, b"%PDF-1.7 x", "application/pdf")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert site.rows("SELECT count(*) FROM access_log WHERE kind = 'document read'") == [(1,)]
    wrong = people("committee").fill_in(
        "/document/new/", kind="approval", number="1", title="x", file=(io.BytesIO(b"<html>"), "a.pdf")
    )
    assert wrong.status_code == 422


def test_a_file_that_is_too_large_is_told_so(people: Any) -> None:
    answer = people("committee").client.post(
        "/document/new/", data=bytes(22 * 1024 * 1024), content_type="multipart/form-data; boundary=x"
    )
    assert (answer.status_code, "at most 20 MB" in answer.text) == (413, True)


def test_an_account_gets_a_password_once_a_post_and_another_password(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(
        "/account/new/", login="branch.wu", name="吴九", organisation_id=site.world["second_branch"]
    )
    assert answer.status_code == 200, answer.text
    password = answer.text.split('class="once">')[1].split("<")[0]
    account = site.rows("SELECT id FROM account WHERE login = 'branch.wu'")[0][0]
    answer = people("committee").fill_in(
        "/post/new/", organisation_id=site.world["second_branch"], level="branch"
    )
    assert answer.status_code == 302, answer.text
    post = answer.location.split("=")[1]
    answer = people("committee").fill_in("/tenure/new/", account_id=account, post_id=post)
    assert answer.status_code == 302, answer.text
    visitor = Visitor(site.app)
    assert visitor.sign_in("branch.wu", password).status_code == 302
    assert visitor.open("/member/").status_code == 200
    again = people("committee").press(f"/account/details/?id={account}", f"/account/password/?id={account}")
    assert 'class="once">' in again.text
    assert visitor.open("/member/").status_code == 302, "the old session is over"


def test_a_technical_post_is_given_by_the_security_administrator(site: Any, people: Any) -> None:
    choices = people("security").open("/post/ajax/lookup/", name="organisation", query="root").json
    assert [str(site.world["root"]), "中共root (001)"] in choices
    answer = people("security").fill_in(
        "/post/new/", organisation_id=site.world["system_org"], level="system"
    )
    assert answer.status_code == 422, "a technical post stands at a local committee"
    tenure = {"account_id": site.world["newcomer"], "post_id": site.world["audit_post"]}
    assert people("security").fill_in("/tenure/new/", **tenure).status_code == 302
    tenure = {"account_id": site.world["security_account"], "post_id": site.world["audit_post"]}
    answer = people("security").fill_in("/tenure/new/", **tenure)
    assert answer.status_code == 422, "nobody grants to themselves"


def test_the_table_and_the_lists_are_changed_by_those_who_keep_them(site: Any, people: Any) -> None:
    cell = site.rows("SELECT id FROM permission WHERE function = 'A1' AND level = 'branch'")[0][0]
    assert people("committee").open("/permission/edit/", id=cell).status_code == 403
    assert people("security").fill_in(f"/permission/edit/?id={cell}", letter="-").status_code == 302
    assert people("committee").open("/codes/sex/new/").status_code == 403
    code = {"code": "x9", "label_zh": "新材料", "label_en": "New paper"}
    assert people("city").fill_in("/codes/document_kind/new/", **code).status_code == 302
    assert "New paper" in people("committee").open("/document/new/").text
    day = {"day": "2027-10-01", "kind": "off", "label_zh": "国庆", "label_en": "National Day"}
    assert people("city").fill_in("/codes/calendar_day/new/", **day).status_code == 302


def test_the_table_is_read_and_kept_in_either_language(site: Any) -> None:
    query = "SELECT id FROM permission WHERE function = 'P8' AND level = 'branch'"
    stored = f"SELECT letter, scope, provenance FROM permission WHERE id = ({query})"
    page = f"/permission/edit/?id={site.rows(query)[0][0]}"
    chinese = Visitor(site.app, english=False)
    assert chinese.sign_in(ACTORS["security"].login, PASSWORD).status_code == 302
    form = chinese.open(page).text
    assert 'value="本党支部，须经授权"' in form and "推定" in form and "inferred" not in form
    assert chinese.fill_in(page, letter="R").status_code == 302
    assert site.rows(stored) == [("R", "own branch, if authorised", "inferred")], "the rest was left alone"
    assert chinese.fill_in(page, scope="本党支部的流动党员").status_code == 302
    assert site.rows(stored) == [("R", "本党支部的流动党员", "inferred")]
    versions = re.sub(r"</?b>", "", chinese.open(page.replace("edit", "versions")).text)
    assert "本党支部，须经授权" in versions and "own branch" not in versions
    assert "本党支部的流动党员" in site.person("security").open(page).text


def test_a_field_is_delegated_to_a_branch(site: Any, people: Any) -> None:
    page = f"/member/edit/?id={site.world['wei']}"
    assert 'name="address"' not in people("branch").open(page).text
    answer = people("committee").fill_in(
        "/field_delegation/new/", place=site.world["branch_org"], field_address="y"
    )
    assert answer.status_code == 302, answer.text
    assert 'name="address"' in people("branch").open(page).text
    assert people("branch").fill_in(page, address="人民路4号").status_code == 302


def _first_details(page: str) -> str | None:
    start = page.find("/details/?id=")
    if start < 0:
        return None
    begin = page.rfind('"', 0, start) + 1
    return page[begin : page.index('"', start)]
