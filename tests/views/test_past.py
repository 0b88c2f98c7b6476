"""A look at the past: list, tree, counts, page and export of a day, by two clocks, read-only."""

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from partyadmin.config import TIME_ZONE
from tests.schema.world import INSTALLER, act, new_member, number, run
from tests.views.test_lists import walk

LEFT_ON, TURNED_ON = date(2026, 3, 2), date(2026, 6, 15)
BEFORE = LEFT_ON - timedelta(days=1)
TODAY = datetime.now(ZoneInfo(TIME_ZONE)).date()


@pytest.fixture(scope="module", autouse=True)
def moved(site: Any) -> Any:
    """Jun went to another county on a day in the past; that was entered today."""
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "moves")
        gone = f"UPDATE member SET branch_id = %(other_branch)s, since = '{LEFT_ON}' WHERE id = %(jun)s"
        run(owner, gone, site.world)
        suspended = f"UPDATE member SET status = '2', ended_by = '43', since = '{TURNED_ON}'"
        run(owner, f"{suspended} WHERE id = %(wei)s", site.world)


def facts(page: str) -> str:
    return re.findall(r'<span class="facts">([^<]*)', page)[0]


def look(visitor: Any, day: date, known: str = "now", **more: Any) -> str:
    answer = visitor.open("/member/past/", on=day.isoformat(), known=known, **more)
    assert answer.status_code == 200
    return str(answer.text)


def test_a_list_shows_the_day_in_its_address(people: Any) -> None:
    page = look(people("committee"), BEFORE)
    assert facts(page) == "3 members then, 1 of them probationary; 3 on the roll."
    assert f"You look at {BEFORE}; nothing is changed here." in page
    assert "(has left this scope since)" in page
    assert "中共second_branch" in page
    after = look(people("committee"), LEFT_ON)
    assert facts(after) == "2 members then, 1 of them probationary; 2 on the roll."
    assert "(has left this scope since)" not in after
    assert facts(look(people("committee"), TURNED_ON)).startswith("1 members then")


def test_as_known_then_is_what_the_registry_held_then(people: Any) -> None:
    assert facts(look(people("city"), BEFORE, "then")).startswith("0 members")
    assert facts(look(people("city"), TODAY, "then")) == facts(look(people("city"), TODAY))
    assert facts(look(people("city"), BEFORE)).startswith("4 members")


def test_the_tree_counts_the_day(people: Any) -> None:
    def counts(page: str) -> dict[str, str]:
        found = re.findall(r'data-code="(\w+)".*?<span class="number">([\d,]+)', page)
        return dict(found)

    before, after = look(people("city"), BEFORE), look(people("city"), LEFT_ON)
    assert counts(before) == {"001": "4", "001001": "3", "001002": "0", "001003": "1"}
    assert counts(after) == {"001": "4", "001001": "2", "001002": "0", "001003": "2"}
    opened = people("city").open("/member/past/tree/", below="001001001", on=BEFORE.isoformat()).text
    assert counts(opened)["001001001002"] == "1"
    assert f"on={BEFORE}" in opened, "a click in the tree keeps the day"


def test_all_addresses_of_a_look_keep_the_day(people: Any) -> None:
    page = look(people("committee"), BEFORE, "then")
    own = re.findall(r'(?:href|action)="(/member/past/[^"]+)"', page)
    assert own
    assert [address for address in own if f"on={BEFORE}" not in address and "action" in address] == []
    assert "/member/new/" not in page
    assert "/member/edit/" not in page
    assert 'href="/member/"' in page, "the way back"


def test_the_page_of_a_member_shows_the_day(site: Any, people: Any) -> None:
    query = {"id": site.world["wei"], "on": BEFORE.isoformat()}
    page = people("committee").open("/member/past/details/", **query)
    assert page.status_code == 200
    assert "Normal" in page.text
    assert "/edit/" not in page.text
    card = people("committee").open("/member/past/card/", **query)
    assert f"As of {BEFORE}." in card.text
    since = people("committee").open("/member/past/details/", id=site.world["wei"], on=str(TURNED_ON))
    assert "uspended" in since.text


def test_who_has_left_is_a_row_without_a_person(site: Any, people: Any) -> None:
    query = {"id": site.world["jun"], "on": BEFORE.isoformat()}
    page = people("committee").open("/member/past/details/", **query)
    assert page.status_code == 200
    assert "王伟" not in page.text
    assert number(33)[:6] not in page.text
    whole = people("city").open("/member/past/details/", **query)
    assert "王伟" in whole.text
    assert number(33) not in whole.text, "numbers are masked in the past, too"
    late = people("committee").open("/member/past/details/", id=query["id"], on=LEFT_ON.isoformat())
    assert late.status_code == 404
    assert people("neighbour").open("/member/past/details/", **query).status_code == 404


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("2999-01-01", "One looks back at a day between 1921-07-01 and today."),
        ("1921-06-30", "One looks back at a day between 1921-07-01 and today."),
        ("2026-02-30", "&#34;2026-02-30&#34; is no day."),
        ("yesterday", "&#34;yesterday&#34; is no day."),
        ("0", "&#34;0&#34; is no day."),
    ],
)
def test_a_day_that_is_none_gets_a_sentence(people: Any, day: str, says: str) -> None:
    answer = people("committee").open("/member/past/", on=day)
    assert answer.status_code == 400
    assert says in answer.text
    assert people("committee").open("/member/past/", known="soon").status_code == 400


def test_the_export_of_a_look_is_the_look(site: Any, people: Any) -> None:
    path = f"/member/past/export/?on={BEFORE}&known=now"
    sent = people("committee").press(path, columns="shown", purpose="half-year statistics")
    assert sent.status_code == 200
    assert "past_member" in sent.headers["Content-Disposition"]
    book = load_workbook(BytesIO(sent.data))
    told = "\n".join(
        str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value
    )
    assert told.count("(has left this scope since)") == 1
    assert f"As of {BEFORE}. As known now." in told
    ledger = "SELECT subject, filters[1] FROM export_ledger ORDER BY id DESC LIMIT 1"
    assert site.rows(ledger) == [
        ("past_member", f"As of {BEFORE}. As known now. Organisations stand as they do today.")
    ]
    paper = people("committee").press(path, columns="shown", purpose="paper", **{"print": "1"})
    assert f"Members {BEFORE}" in paper.text


def test_a_past_list_pages_by_key(site: Any, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        for sequence in range(401, 531, 2):
            branch = site.world["branch_org" if sequence % 3 else "second_branch"]
            run(owner, new_member(branch_id=branch, id_number=number(sequence)), site.world)
    day = TODAY.isoformat()
    seen, _ = walk(people("committee"), f"/member/past/?on={day}", "next")
    scope = "branch_code >= '001001001' AND branch_code < '001001001~'"
    expected = site.rows(f"SELECT id FROM member WHERE {scope} ORDER BY branch_code, id")
    assert seen == [str(row[0]) for row in expected]
