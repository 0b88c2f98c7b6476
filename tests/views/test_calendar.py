"""The calendar of working days: a year from a workbook, whole or not at all; time limits from a day on."""

import io
from datetime import date, timedelta
from typing import Any

from tests.workbook.making import workbook

HEAD = ["日期", "类别", "名称"]


def year(*more: list[Any]) -> bytes:
    days = [[date(2027, 5, 1) + timedelta(days=day), "休", "劳动节"] for day in range(8)]
    return workbook([HEAD, *days, *more], "工作日历")


def upload(visitor: Any, content: bytes) -> Any:
    return visitor.press("/codes/calendar_day/import/", file=(io.BytesIO(content), "2027.xlsx"))


def test_a_year_comes_whole_or_not_at_all(site: Any, people: Any) -> None:
    held = "SELECT count(*) FROM calendar_day WHERE day BETWEEN '2027-01-01' AND '2027-12-31'"
    wrong = year(
        [date(2026, 1, 1), "休", "元旦"],
        [date(2027, 5, 10), "班", "调休"],
        ["五月", "休", "节"],
        [date(2027, 6, 1), "假", "节"],
    )
    refused = upload(people("city"), wrong)
    assert refused.status_code == 422
    for sentence in ("another year", "working day anyway", "cannot be read", "is unknown", ">13<"):
        assert sentence in refused.text, sentence
    assert site.rows(held) == [(0,)]
    assert "is damaged" in upload(people("city"), b"PK\x03\x04").text or site.rows(held) == [(0,)]
    done = upload(people("city"), year([date(2027, 5, 9), "班", "调休"]))
    assert (
        done.status_code == 302
        and "8 days off, 1 make-up working days" in people("city").open(done.location).text
    )
    assert site.rows(held) == [(9,)]
    assert site.rows("SELECT label_en FROM calendar_day WHERE day = '2027-05-01'") == [("Labour Day",)]
    again = upload(
        people("city"), workbook([HEAD, *[[date(2027, 1, day), "休", "元旦"] for day in range(1, 9)]])
    )
    assert "is in the calendar and not in the workbook" in again.text


def test_only_the_keepers_of_the_calendar_import(people: Any) -> None:
    assert people("committee").open("/codes/calendar_day/import/").status_code == 403
    assert people("committee").open("/codes/calendar_day/template/").status_code == 200


def test_a_time_limit_holds_from_a_day_on(site: Any, people: Any) -> None:
    typed = {
        "code": "entry",
        "valid_from": "2026-12-01",
        "number": "20",
        "legal_basis_zh": "新办法",
        "legal_basis_en": "new",
    }
    assert people("city").fill_in("/codes/time_limit/new/", **typed).status_code == 302
    assert site.rows("SELECT limit_on('entry', '2026-12-01'), limit_on('entry', '2026-11-30')") == [(20, 15)]
    again = people("city").fill_in("/codes/time_limit/new/", **typed)
    assert again.status_code == 422 and "already has a number from that day on" in again.text
