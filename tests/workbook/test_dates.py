from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partyadmin.workbook.dates import clean_date, clean_month
from partyadmin.workbook.reading import Scalar
from partyadmin.workbook.refusal import UNREADABLE_DATE, CellRefused

DAY = date(1998, 7, 1)
some_day = st.dates(date(1900, 1, 2), date(2099, 12, 31))


@pytest.mark.parametrize(
    "written",
    [
        DAY,
        "1998/7/1",
        "1998.7.1",
        "1998-07-01",
        "1998年7月1日",
        "1998年07月01",
        "19980701",
        35977.0,
        19980701.0,
        " 1998-07-01 ",
        "１９９８．７．１",
        "1998 年 7 月 1 日",
        "1998—07—01",
        "'1998-07-01",
        "1998-07-01 00:00:00",
        "1998 7 1",
        "1998.7.1.",
        "1998-7-1 8:30",
    ],
)
def test_forms_of_a_day(written: Scalar) -> None:
    assert clean_date(written) == DAY


@pytest.mark.parametrize(
    "written", ["1998.07", "199807", "1998年7月", "1998-7", "１９９８．０７", 199807.0, 1998.07]
)
def test_a_month_stays_text_and_becomes_no_day(written: Scalar) -> None:
    cleaned = clean_date(written)
    assert isinstance(cleaned, str) and cleaned.startswith("1998")


@pytest.mark.parametrize(
    "written",
    [
        "98.7.1",
        "98-07-01",
        "7/1/1998",
        "1998",
        1998.0,
        "1998-02-30",
        "19981301",
        "199813",
        "1998.0.1",
        "明天",
        "1998-7-1-1",
        "18980701",
        "2150-01-01",
        1998.1,
        float("nan"),
        date(2150, 1, 1),
        "#N/A",
        980701.0,
    ],
)
def test_what_has_no_single_reading_is_refused(written: Scalar) -> None:
    with pytest.raises(CellRefused) as refused:
        clean_date(written)
    assert refused.value.rule == UNREADABLE_DATE
    assert "%(value)s" in refused.value.message_id and refused.value.params["value"]


@pytest.mark.parametrize("written", ["", None, "无", "—", "不详", "0", 0.0, "1900-1-0", date(1899, 12, 31)])
def test_nothing_known_is_no_date(written: Scalar) -> None:
    assert clean_date(written) is None


@given(some_day)
def test_every_form_of_every_day_reads_the_same(day: date) -> None:
    y, m, d = day.year, day.month, day.day
    forms = [
        f"{y}/{m}/{d}",
        f"{y}.{m:02}.{d:02}",
        f"{y}年{m}月{d}日",
        f"{y}{m:02}{d:02}",
        f"{y} {m} {d}",
        f"{y}-{m}-{d} 0:00",
    ]
    assert {clean_date(form) for form in forms} == {day}
    assert clean_date(day) == day


@given(st.integers(3654, 73_050))
def test_a_serial_number_is_the_day_it_counts(serial: int) -> None:
    assert clean_date(float(serial)) == date(1899, 12, 30) + timedelta(days=serial)


@given(st.text("0123456789.-/年月日 ", max_size=12))
def test_a_date_is_never_made_up(text: str) -> None:
    try:
        cleaned = clean_date(text)
    except CellRefused:
        return
    if isinstance(cleaned, date):
        digits = [int(part) for part in "".join(c if c.isdigit() else " " for c in text).split()]
        assert cleaned.day in digits or f"{cleaned:%Y%m%d}" in text


@pytest.mark.parametrize(
    ("written", "month"),
    [
        ("2025年3月", "2025-03"),
        ("2025.03", "2025-03"),
        (date(2025, 3, 9), "2025-03"),
        ("2025-3-9", "2025-03"),
        ("", None),
    ],
)
def test_months(written: Scalar, month: str | None) -> None:
    assert clean_month(written) == month
