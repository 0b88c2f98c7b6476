"""Documents filed by number take their scan later, from whoever has the paper; the old entry stays."""

import io
import re
from typing import Any

import pytest

JPEG = b"\xff\xd8\xff\xe0" + b"photo" * 40
PDF = b"%PDF-1.7\n" + b"0" * 200


@pytest.fixture(scope="module")
def owed(site: Any, people: Any) -> int:
    """A birth date corrected on a document of which only the number is on file."""
    people("committee").fill_in(
        f"/member/edit/?id={site.world['wei']}",
        birth_date="1980-03-02", reason="按档案更正", document_kind="archive", document_number="教档7号",
        document_title="档案摘录",
    )  # fmt: skip
    ((key,),) = site.rows("SELECT id FROM document WHERE number = '教档7号'")
    return int(key)


def newer(site: Any, key: int) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = site.rows(
        "SELECT d.id, d.number, o.code, t.reason"
        " FROM document d JOIN organisation o ON o.id = d.organisation_id"
        " JOIN transaction t ON t.id = d.transaction_id WHERE d.supersedes = %s",
        key,
    )
    return found


def test_what_is_missing_is_listed_where_the_member_stands(people: Any, owed: int) -> None:
    for who in ("committee", "county", "branch", "auditor"):
        page = people(who).open("/owed_scan/").text
        assert "档案摘录" in page and "教档7号" in page, who
    assert f"/document/new/?supersedes={owed}" in people("branch").open("/owed_scan/").text
    assert "/document/new/" not in people("auditor").open("/owed_scan/").text
    assert "教档7号" not in people("neighbour").open("/owed_scan/").text
    assert people("audit").open("/owed_scan/").status_code == 403
    assert "Documents without their scan" in people("committee").open("/").text


def test_out_of_reach_no_scan_can_be_added(site: Any, people: Any, owed: int) -> None:
    assert people("neighbour").open("/document/new/", supersedes=owed).status_code == 404
    for nonsense in ("x", "-1", "9" * 30, ""):
        assert people("committee").open("/document/new/", supersedes=nonsense).status_code == 404
    assert newer(site, owed) == []


def test_a_branch_adds_a_photo_of_the_committees_paper(site: Any, people: Any, owed: int) -> None:
    branch = people("branch")
    address = f"/document/new/?supersedes={owed}"
    form = branch.open(address).text
    assert "Scan of: 档案摘录" in form and 'value="教档7号"' in form
    refused = branch.fill_in(address, file=(io.BytesIO(b"GIF89a"), "照片.gif"))
    assert refused.status_code == 422 and "no PDF, JPEG or PNG" in refused.text
    saved = branch.fill_in(address, file=(io.BytesIO(JPEG), "照片.jpg"))
    assert saved.status_code == 302, saved.text
    ((key, number, code, reason),) = newer(site, owed)
    assert (number, code, reason) == ("教档7号", "001001001001", "Scan added")
    assert "教档7号" not in branch.open("/owed_scan/").text, "it owes nothing any more"
    page = people("committee").open("/document/details/", id=owed).text
    assert f"/document/details/?id={key}" in page and "The document that superseded this one" in page
    assert people("committee").open("/document/scan/", id=key).data == JPEG
    versions = people("committee").open(f"/member/versions/?id={site.world['wei']}&document={owed}").text
    assert f"/document/scan/?id={key}" in versions, "the photo stands beside the field"


def test_a_document_is_superseded_once(site: Any, people: Any, owed: int) -> None:
    again = people("committee").fill_in(
        f"/document/new/?supersedes={owed}", number="另一号", file=(io.BytesIO(PDF), "a.pdf")
    )
    assert again.status_code == 422
    assert "has its scan or was superseded already" in again.text and 'value="另一号"' in again.text
    ((key, *_),) = newer(site, owed)
    page = people("committee").open("/document/details/", id=key).text
    assert re.search(rf"/document/new/\?supersedes={key}\b", page), "the newest can be superseded"
