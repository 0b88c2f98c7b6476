"""A roster leaves by the screen: for a purpose, masked, in the ledger."""

import hashlib
import io
from typing import Any

import openpyxl


def test_a_roster_leaves_masked_and_stands_in_the_ledger(site: Any, people: Any) -> None:
    answer = people("committee").fill_in("/export_ledger/new/", purpose="核对党费")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    roster = list(openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True))
    numbers = site.rows(
        "SELECT id_number FROM member WHERE branch_code >= '001001001' AND branch_code < '001001001~'"
    )
    assert len(roster) == len(numbers) + 1
    assert not {number for (number,) in numbers} & {cell for row in roster for cell in row}
    ((purpose, rows, digest, full, way),) = site.rows(
        "SELECT purpose, rows, sha256, full_numbers, way FROM export_ledger"
    )
    assert (purpose, rows, full, way) == ("核对党费", len(numbers), False, "screen")
    assert digest == hashlib.sha256(answer.data).hexdigest()
    assert "核对党费" in people("county").open("/export_ledger/").text


def test_without_a_purpose_nothing_leaves(site: Any, people: Any) -> None:
    before = site.rows("SELECT count(*) FROM export_ledger")
    for purpose in ("", " ", "x" * 201):
        answer = people("committee").fill_in("/export_ledger/new/", purpose=purpose)
        assert answer.status_code == 422
        assert "text/html" in answer.headers["Content-Type"]
    assert site.rows("SELECT count(*) FROM export_ledger") == before


def test_a_roster_of_others_does_not_leave(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(
        "/export_ledger/new/", purpose="看看", organisation_id=str(site.world["other_branch"])
    )
    assert answer.status_code == 422


def test_who_may_not_export_is_not_offered_it(people: Any) -> None:
    assert people("auditor").open("/export_ledger/new/").status_code == 403
    assert "/export_ledger/new/" not in people("auditor").open("/member/").text
    assert "/export_ledger/new/" in people("committee").open("/member/").text
