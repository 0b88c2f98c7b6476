"""Imports on the screens: upload, progress, result, the named button, the answer, and what waits at home."""

import io
from typing import Any

import openpyxl
import pytest

from partyadmin.db import db
from partyadmin.jobs.worker import work_once
from partyadmin.views.imports import waiting_imports
from partyadmin.workbook.blank import write_blank
from partyadmin.workbook.headings import recognise
from partyadmin.workbook.labels import LABELS
from partyadmin.workbook.reading import open_workbook
from tests.operations.rows import member, sheet, workbook
from tests.views.visitor import Visitor

BRANCH = "001001001001"


def book(*rows: dict[str, Any]) -> bytes:
    return workbook(党员=sheet([row | {"所在党支部编码": BRANCH} for row in rows]))


def work(site: Any) -> bool:
    with site.app.app_context():
        return work_once(db.engine, 20 * 1024 * 1024)


def upload(visitor: Visitor, content: bytes, name: str = "采集表.xlsx") -> Any:
    return visitor.press("/import/new/", file=(io.BytesIO(content), name))


def uploaded(visitor: Visitor, content: bytes, name: str = "采集表.xlsx") -> int:
    answer = upload(visitor, content, name)
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].split("=")[1])


def press(visitor: Visitor, button: str, key: int) -> Any:
    return visitor.press("/import/new/", f"/import/{button}/?id={key}", sure="1")


@pytest.fixture(scope="module")
def county(people: Any) -> Visitor:
    visitor: Visitor = people("county")
    return visitor


def test_from_the_upload_to_the_answered_workbook(site: Any, county: Visitor) -> None:
    members = "SELECT count(*) FROM member"
    ((before,),) = site.rows(members)
    key = uploaded(county, book(member(姓名="李四"), member(民族="火星族"), member(学历="大本生")))
    page = county.open("/import/details/", id=key).text
    assert "data-progress=" in page and 'http-equiv="refresh"' in page and "nothing is written" in page
    assert county.open("/import/progress/", id=key).get_json()["percent"] == 0
    assert work(site)
    assert county.open("/import/progress/", id=key).get_json() == {"over": True}
    page = county.open("/import/details/", id=key).text
    assert "Nothing is written yet" in page and "Write the accepted rows: 1" in page
    assert "火星族" in page and "大本生" in page
    assert site.rows(members) == [(before,)]
    assert press(county, "write", key).status_code == 302
    assert press(county, "write", key).status_code == 302, "a double click changes nothing"
    assert work(site) and not work(site)
    page = county.open("/import/details/", id=key).text
    assert "Written on" in page and "/import/write/" not in page
    assert site.rows(members) == [(before + 1,)]
    assert "Written; rows to be corrected: 2" in county.open("/import/new/").text
    answer = press(county, "answer", key)
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data))["党员"].iter_rows(values_only=True))
    answer.close()
    assert rows[0][-1] == "Why refused" and "火星族" in rows[2][-1]
    read = (
        "SELECT count(*) FROM access_log WHERE kind = 'document read' AND subject = 'job' AND subject_id = %s"
    )
    assert site.rows(read, key) == [(1,)]
    assert "rows to be corrected" not in county.open("/import/new/").text, "what was handed out is dealt with"


def test_refused_rows_are_narrowed_and_paged(site: Any, county: Visitor) -> None:
    key = uploaded(county, book(*(member(民族="火星族") for _ in range(60)), member(出生日期="七十年代")))
    work(site)

    def rows(**query: Any) -> int:
        return county.open("/import/details/", id=key, **query).text.count('class="cell-bad"')

    assert [rows(), rows(page=2), rows(page=3)] == [50, 11, 0]
    assert [rows(rule="M27"), rows(rule="UNREADABLE_DATE"), rows(rule="none")] == [50, 1, 0]
    assert "51 to 61 of 61" in county.open("/import/details/", id=key, page=2).text
    for bad in ("0", "-1", "x", "²", "9" * 20, "1 "):
        assert county.open("/import/details/", id=key, page=bad).status_code == 400
    assert press(county, "aside", key).status_code == 302


def test_a_bad_workbook_gets_its_sentence_and_the_upload_stays_possible(site: Any, county: Visitor) -> None:
    key = uploaded(county, b"%PDF-1.4 not a workbook")
    work(site)
    page = county.open("/import/details/", id=key).text
    assert "The file is not an Excel workbook (.xlsx)." in page and 'href="/import/new/"' in page
    for content in (b"", None):
        answer = county.press("/import/new/") if content is None else upload(county, content)
        assert answer.status_code == 422 and 'id="file-error"' in answer.text


@pytest.mark.parametrize("name", ["../../etc/passwd", "<script>.xlsx", "长" * 300 + ".xlsx", " x .xlsx"])
def test_any_file_name_will_do(site: Any, county: Visitor, name: str) -> None:
    key = uploaded(county, book(member()), name)
    assert work(site)
    page = county.open("/import/details/", id=key).text
    assert "<script>." not in page
    assert press(county, "aside", key).status_code == 302


def test_others_find_no_such_import(county: Visitor, people: Any, site: Any) -> None:
    key = uploaded(county, book(member()))
    other = people("system_committee")
    for path in ("details", "progress"):
        assert other.open(f"/import/{path}/", id=key).status_code == 404
    for button in ("write", "aside", "answer"):
        assert press(other, button, key).status_code == 404
    for who in ("committee", "auditor", "security"):
        assert people(who).open("/import/").status_code == 403
        assert people(who).open("/import/new/").status_code == 403
    work(site)
    assert press(county, "aside", key).status_code == 302


def test_the_empty_workbook_is_recognised_whole(county: Visitor) -> None:
    answer = county.open("/import/template/")
    assert "attachment" in answer.headers["Content-Disposition"]
    blank = io.BytesIO()
    write_blank(blank)
    tables = [recognise(found) for found in open_workbook(blank.getvalue()).sheets]
    assert [(table.kind, len(table.columns)) for table in tables if table] == [
        ("organisation", len(LABELS["organisation"])),
        ("member", len(LABELS["member"]) - 1),
    ]


def test_home_tells_what_waits(site: Any, county: Visitor, people: Any) -> None:
    key = uploaded(county, book(member()), "待办.xlsx")

    def told(who: str) -> list[tuple[str, str]]:
        """What the function for the first page says, asked inside a request of that person."""
        with site.app.test_request_context(
            "/", headers={"Cookie": f"partyadmin_session={_token(people(who))}"}
        ):
            site.app.preprocess_request()
            return [(each.words, each.href) for each in waiting_imports() if each.name == "待办.xlsx"]

    page = f"/import/details/?id={key}"
    assert told("county") == [("检查（不写入），现在：排队等候", page)] and told("committee") == []
    work(site)
    assert told("county") == [("检查完，待写入", page)]
    press(county, "aside", key)
    assert told("county") == []


def _token(visitor: Visitor) -> str:
    cookie = visitor.client.get_cookie("partyadmin_session")
    assert cookie
    return str(cookie.value)


def test_progress_is_told_in_amounts_and_at_the_measured_pace(site: Any, county: Visitor) -> None:
    key = uploaded(county, book(member()))
    with site.registry.connect("superuser") as session:
        session.execute(
            "UPDATE job SET state = 'running', attempts = 1, stage = 'reading', done = 600, total = 1200,"
            " started_at = now() - interval '14 seconds', heartbeat = now() WHERE id = %s",
            [key],
        )
    told = county.open("/import/progress/", id=key).get_json()
    assert (told["percent"], told["amount"]) == (14, "600 of 1,200 rows")
    assert told["left"] == "about 1 min left", "14 seconds for 14 percent"
    with site.registry.connect("superuser") as session:
        session.execute("UPDATE job SET state = 'queued', attempts = 0 WHERE id = %s", [key])
    assert county.open("/import/progress/", id=key).get_json()["left"] == ""
    work(site)


def test_giving_up_what_is_not_written_asks_first(site: Any, county: Visitor) -> None:
    key = uploaded(county, book(member()), "不要了.xlsx")
    work(site)
    asked = county.press("/import/new/", f"/import/aside/?id={key}")
    assert "Give up the import of 不要了.xlsx?" in asked.text
    assert "不要了.xlsx" in county.open("/import/").text
    assert press(county, "aside", key).status_code == 302
