"""A list leaves by the screen: its rows and columns, for a purpose, masked, by the ledger."""

import hashlib
import io
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from partyadmin.operations.exchange import Leaving

PAGE = "/member/export/"


def sheet(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return list(book.worksheets[0].iter_rows(values_only=True))


def last_entry(site: Any) -> dict[str, Any]:
    ((entry,),) = site.rows("SELECT to_jsonb(e) FROM export_ledger e ORDER BY id DESC LIMIT 1")
    return dict(entry)


def entries(site: Any) -> Any:
    return site.rows("SELECT count(*) FROM export_ledger")


def test_a_list_leaves_masked_and_stands_in_the_ledger(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(PAGE, purpose="核对党费")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = sheet(answer)
    numbers = site.rows(
        "SELECT id_number FROM member WHERE branch_code >= '001001001' AND branch_code < '001001001~'"
    )
    assert len(rows) == len(numbers) + 1 > 1
    assert not {number for (number,) in numbers} & {cell for row in rows for cell in row}
    entry = last_entry(site)
    assert (entry["purpose"], entry["rows"], entry["way"]) == ("核对党费", len(numbers), "screen")
    assert (entry["full_numbers"], entry["filters"]) == (False, [])
    assert entry["sha256"] == hashlib.sha256(answer.data).hexdigest()
    disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii() and f" {entry['id']}.xlsx" in unquote(disposition)
    assert "核对党费" in people("county").open("/export_ledger/").text


def test_a_list_is_printed_by_the_same_ledger(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(PAGE, purpose="张贴核对", print="1")
    assert answer.mimetype == "text/html" and "Content-Disposition" not in answer.headers
    numbers = site.rows(
        "SELECT id_number FROM member WHERE branch_code >= '001001001' AND branch_code < '001001001~'"
    )
    assert answer.text.count("<tr><td>") == len(numbers) > 1
    assert not [number for (number,) in numbers if number in answer.text]
    entry = last_entry(site)
    assert (entry["purpose"], entry["rows"], entry["way"]) == ("张贴核对", len(numbers), "print")
    assert entry["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert f"Ledger no. {entry['id']}" in answer.text


def test_the_file_has_the_rows_and_columns_of_the_list(site: Any, people: Any) -> None:
    query = "?organisation=001001001&person_type=2"
    answer = people("committee").fill_in(PAGE + query, purpose="预备党员核对")
    listed = people("committee").open("/member/" + query).text
    headings, *rows = sheet(answer)
    assert all(f">{heading}</th>" in listed or heading in listed for heading in headings)
    (expected,) = site.rows(
        "SELECT array_agg(name ORDER BY branch_code, id) FROM member"
        " WHERE branch_code >= '001001001' AND branch_code < '001001001~' AND person_type = '2'"
    )
    assert [row[0] for row in rows] == expected[0]
    entry = last_entry(site)
    assert entry["columns"] == ["name", "sex", "id_number", "birth_date", "person_type", "branch_id",
                                "join_date", "mobile", "status"]  # fmt: skip
    assert len(entry["filters"]) == 1 and entry["filters"][0].endswith("Probationary member")
    assert entry["organisation_id"] == site.world["committee_org"]


@pytest.mark.parametrize("columns", ["form", "all"])
def test_more_columns_can_be_had(site: Any, people: Any, columns: str) -> None:
    headings, *rows = sheet(people("committee").fill_in(PAGE, purpose="核对", columns=columns))
    assert len(headings) == len(last_entry(site)["columns"]) > 20
    assert not {None} >= set(rows[0])


@pytest.mark.parametrize("noun", ["organisation", "unit"])
def test_other_nouns_leave_alike(site: Any, people: Any, noun: str) -> None:
    _, *rows = sheet(people("county").fill_in(f"/{noun}/export/", purpose="核对", columns="all"))
    entry = last_entry(site)
    assert (entry["subject"], entry["rows"]) == (noun, len(rows))
    assert rows


def test_the_form_tells_what_would_leave(people: Any) -> None:
    page = people("committee").open(PAGE, person_type="2", after="x").text
    assert "Probationary member" in page and "after=" not in page
    assert "person_type=2" in page


def test_without_a_purpose_nothing_leaves_and_nothing_is_lost(site: Any, people: Any) -> None:
    before = entries(site)
    for purpose in ("", " ", "x", "x" * 201):
        answer = people("committee").fill_in(PAGE, purpose=purpose, columns="all")
        assert answer.status_code == 422
        assert "text/html" in answer.headers["Content-Type"]
        assert 'value="all" checked' in answer.text and f'value="{purpose}"' in answer.text
        assert 'id="purpose-error"' in answer.text
    assert people("committee").fill_in(PAGE, purpose="核对", columns="secret").status_code == 400
    assert entries(site) == before


def test_others_do_not_leave(site: Any, people: Any) -> None:
    before = entries(site)
    other = site.rows("SELECT code FROM organisation WHERE id = %s", site.world["other_branch"])[0][0]
    answer = people("committee").fill_in(f"{PAGE}?organisation={other}", purpose="看看")
    assert answer.status_code == 422
    assert entries(site) == before


def test_who_may_not_export_is_told_why(people: Any) -> None:
    assert people("auditor").open(PAGE).status_code == 403
    assert PAGE not in people("auditor").open("/member/").text
    assert PAGE in people("committee").open("/member/").text


def begun(people: Any, who: str = "committee") -> Any:
    """A download whose first piece has come, unread behind it."""
    visitor = people(who)
    page = visitor.client.get(PAGE).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = visitor.client.post(PAGE, data={"csrf_token": token, "purpose": "中断", "columns": "shown"})
    pieces = answer.iter_encoded()
    assert next(pieces).startswith(b"PK")
    return answer, pieces


def test_the_ledger_has_the_file_before_its_first_byte(site: Any, people: Any) -> None:
    answer, pieces = begun(people)
    entry = last_entry(site)
    assert (entry["purpose"], entry["rows"], entry["sha256"]) == ("中断", None, None)
    assert "not finished" in people("county").open("/export_ledger/").text
    for _ in pieces:
        pass
    answer.close()
    assert last_entry(site)["rows"] is not None


def test_a_client_that_goes_away_leaves_nothing_but_its_entry(site: Any, people: Any) -> None:
    answer, pieces = begun(people)
    next(pieces)
    answer.close()
    entry = last_entry(site)
    assert (entry["rows"], entry["sha256"]) == (None, None)
    waiting = site.rows(
        "SELECT query FROM pg_stat_activity WHERE datname = current_database()"
        " AND state LIKE 'idle in transaction%%'"
    )
    assert waiting == []


def test_a_file_is_not_whole_where_its_entry_cannot_be_completed(
    site: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the file leaves only after the ledger knows its digest."""

    def refused(*_: Any) -> None:
        raise RuntimeError("the ledger is closed")

    monkeypatch.setattr(Leaving, "_complete", refused)
    answer, pieces = begun(people)
    data = b""
    with pytest.raises(RuntimeError):
        for piece in pieces:
            data += piece
    assert b"PK\x05\x06" not in data  # the directory at the end of each zip
    answer.close()
    assert last_entry(site)["rows"] is None
