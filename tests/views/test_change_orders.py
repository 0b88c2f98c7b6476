"""Change orders on the screens: written down, previewed, applied, taken back, and what is refused."""

import io
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import openpyxl
import pytest

from partyadmin.db import db
from partyadmin.jobs.worker import work_once
from partyadmin.views import change_order_page
from tests.schema.world import Ref, act_text, new_member, number, run
from tests.views.visitor import Visitor

PAPER = {
    "document_kind": "approval",
    "document_number": "云组发〔2026〕44号",
    "document_title": "关于党组织调整的批复",
    "document_dated": "2026-10-30",
    "effective_on": "2026-11-02",
}
NEW = {"new1_kind": "631", "new1_unit_situation": "1"}
People = Callable[[str], Visitor]


@pytest.fixture(scope="module")
def committee(people: People) -> Visitor:
    return people("committee")


def drafted(who: Visitor, kind: str, **values: Any) -> int:
    """An order written down on its form; the address says what it is about."""
    about = {
        name: values.pop(name) for name in ("organisation", "superior", "lines", "undoes") if name in values
    }
    query = "".join(f"&{name}={value}" for name, value in about.items())
    answer = who.fill_in(f"/change_order/new/?kind={kind}{query}", **(PAPER | values))
    assert answer.status_code == 302, "".join(re.findall(r'class="error"[^>]*>.*?</p>', answer.text))
    return int(answer.headers["Location"].split("=")[1])


def page(who: Visitor, key: int) -> str:
    return who.open("/change_order/details/", id=key).text


def press(who: Visitor, button: str, key: int, **values: Any) -> Any:
    shown = re.search(r'name="plan" value="(\d+)"', page(who, key))
    plan = {"plan": shown[1]} if shown else {}
    return who.press(
        f"/change_order/details/?id={key}", f"/change_order/{button}/?id={key}", **plan, **values
    )


# -- the worksheet --


@pytest.fixture(scope="module")
def split(site: Any, committee: Visitor) -> int:
    return drafted(
        committee, "split", organisation=site.world["branch_org"], new1_name="中共云岭第八支部", **NEW
    )


def worksheet(who: Visitor, key: int, **form: str) -> Any:
    place = f"/change_order/place/?id={key}"
    return who.press(place, f"/change_order/worksheet/?id={key}", **({"purpose": "分设支部"} | form))


def book_of(content: bytes, edit: Callable[[Any], Any]) -> bytes:
    """The worksheet after somebody has worked on its first sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def filled(sheet: Any) -> None:
    for row, choice in zip(
        sheet.iter_rows(min_row=2), ("stays in 中共branch_org", "中共云岭第八支部"), strict=True
    ):
        row[-1].value = choice


def upload(who: Visitor, key: int, content: bytes) -> Any:
    place = f"/change_order/place/?id={key}"
    return who.press(place, worksheet=(io.BytesIO(content), "w.xlsx"))


@pytest.fixture(scope="module")
def sheet(committee: Visitor, split: int) -> bytes:
    content: bytes = worksheet(committee, split).data
    return content


def test_a_worksheet_leaves_by_the_ledger_with_masked_numbers_and_a_list_to_choose_from(
    site: Any, committee: Visitor, split: int, sheet: bytes
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(sheet))
    members, record = book.worksheets
    heading, *rows = members.iter_rows(values_only=True)
    assert heading[:2] == ("Member key (leave as it is)", "Name") and heading[-1] == "Where to"
    assert {row[0] for row in rows} == {site.world["wei"], site.world["fang"]}
    assert all("*" in row[4] and row[-1] in (None, "") for row in rows)
    (rule,) = members.data_validations.dataValidation
    assert rule.type == "list" and record.sheet_state == "hidden"
    choices = [cell.value for (cell,) in record[rule.formula1.split("!")[1].replace("$", "")]]
    assert choices == ["stays in 中共branch_org", "中共云岭第八支部"]
    assert site.rows("SELECT purpose, rows FROM export_ledger ORDER BY id DESC LIMIT 1") == [("分设支部", 2)]
    assert worksheet(committee, split, purpose="").status_code == 422


def change(sheet: Any, row: int, column: int, value: Any) -> None:
    sheet.cell(row, column).value = value


WRONG: dict[str, tuple[Callable[[Any], Any], str]] = {
    "unknown": (lambda s: change(s, 2, 1, 999999), "Nobody in 中共branch_org has this key"),
    "twice": (lambda s: s.append([cell.value for cell in s[3]]), "stands in row 3 already"),
    "no target": (
        lambda s: change(s, 3, s.max_column, "第九支部"),
        "&#34;第九支部&#34; is no target of this order",
    ),
    "unallocated": (lambda s: change(s, 2, s.max_column, None), "is not allocated"),
    "left out": (lambda s: s.delete_rows(3), "Is in no row: put the row back"),
    "sorted apart": (lambda s: change(s, 2, 2, "李四"), "columns were sorted apart"),
    "no column": (lambda s: s.delete_cols(1), "lacks these columns: Member key"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_worksheet_is_refused_whole_with_row_value_and_way_out(
    site: Any, committee: Visitor, split: int, sheet: bytes, case: str
) -> None:
    edit, sentence = WRONG[case]
    content = book_of(book_of(sheet, filled), edit)
    answer = upload(committee, split, content)
    assert answer.status_code == 422 and sentence in answer.text
    assert site.rows("SELECT count(*) FROM change_place WHERE order_id = %s", split) == [(0,)]


def test_a_file_of_another_order_or_of_nothing_is_no_worksheet(
    site: Any, committee: Visitor, split: int, sheet: bytes
) -> None:
    other = drafted(
        committee, "split", organisation=site.world["second_branch"], new1_name="中共云岭第七支部", **NEW
    )
    answer = upload(committee, other, book_of(sheet, filled))
    assert answer.status_code == 422
    assert f"the worksheet of order {split}, not of order {other}" in answer.text
    blank = io.BytesIO()
    openpyxl.Workbook().save(blank)
    answer = upload(committee, split, blank.getvalue())
    assert answer.status_code == 422 and "This is not the worksheet of a change order" in answer.text
    assert upload(committee, split, b"no book").status_code == 422
    assert press(committee, "withdraw", other, sure="1").status_code == 302


def test_who_joined_or_left_since_the_download_is_named(
    site: Any, committee: Visitor, split: int, sheet: bytes
) -> None:
    statements = (
        act_text("committee", "来了")
        + "; "
        + new_member(name="新来", branch_id=Ref("branch_org"), id_number=number(701))
    )
    with site.registry.connect("owner") as owner:
        run(owner, statements, site.world)
    answer = upload(committee, split, book_of(sheet, filled))
    assert answer.status_code == 422
    assert "新来" in answer.text and "having joined 中共branch_org since the download" in answer.text


def test_a_sound_worksheet_places_everybody_and_previews_anew(
    site: Any, committee: Visitor, split: int
) -> None:
    content = worksheet(committee, split).data

    def fill(sheet: Any) -> None:
        for place, row in enumerate(sheet.iter_rows(min_row=2)):
            row[-1].value = "中共云岭第八支部" if place else "中共branch_org"

    assert upload(committee, split, book_of(content, fill)).status_code == 302
    assert site.rows("SELECT count(*) FROM change_place WHERE order_id = %s", split) == [(3,)]
    assert "It cannot be applied yet" not in page(committee, split)
    again = openpyxl.load_workbook(io.BytesIO(worksheet(committee, split).data)).worksheets[0]
    assert [row[-1] for row in again.iter_rows(min_row=2, values_only=True)][1:] == ["中共云岭第八支部"] * 2


# -- each kind, there and back --


class Kind(NamedTuple):
    """What an order of a kind is about, what is typed, and what a query then finds."""

    about: dict[str, str]
    typed: dict[str, str]
    query: str
    found: Any
    who: str = "committee"
    told: str = ""


ENDED = "SELECT ended IS NOT NULL FROM organisation WHERE name = '中共{}'"
KINDS = {
    "establish": Kind(
        {"superior": "committee_org"},
        NEW | {"new1_name": "中共云岭第九支部", "new1_login": "ninth", "new1_person": "周九"},
        "SELECT name FROM account WHERE login = 'ninth' AND closed IS NULL", "周九", told="New organisation",
    ),
    "merge": Kind(
        {"organisation": "second_branch"}, {"joins_{branch_org}": "y"}, ENDED.format("branch_org"), True,
        told="abolished on 2026-11-02",
    ),
    "abolish": Kind({"organisation": "empty_branch"}, {}, ENDED.format("empty_branch"), True),
    "change": Kind(
        {"organisation": "empty_branch"}, {"item_phone": "5550199"},
        "SELECT phone FROM organisation WHERE name = '中共empty_branch'", "5550199", told="5550199",
    ),
    "term": Kind(
        {"organisation": "second_branch"}, {"item_began": "2026-11-01", "item_ends": "2029-11-01"},
        "SELECT ends::text FROM organisation_term WHERE NOT dropped", "2029-11-01",
        told="2026-11-01 to 2029-11-01",
    ),
    "downgrade": Kind(
        {"organisation": "general_org"}, {"item_kind": "631"}, ENDED.format("general_branch"), True
    ),
    "move": Kind(
        {"organisation": "general_org"}, {"superior_id": "{second_county_committee}"},
        "SELECT code FROM organisation WHERE name = '中共general_branch'", "001001002001001", "county",
        told="The old codes are still found.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_takes_effect_and_is_taken_back_on_its_pages(site: Any, people: People, kind: str) -> None:
    case = KINDS[kind]
    who, world = people(case.who), {name: str(key) for name, key in site.world.items()}
    about = {name: world[place] for name, place in case.about.items()}
    typed = {name.format(**world): value.format(**world) for name, value in case.typed.items()}
    key = drafted(who, kind, **about, **typed)
    before = page(who, key)
    assert "What will happen" in before and case.told in before
    assert site.rows(case.query) != [(case.found,)], "a draft changes nothing"
    answer = press(who, "apply", key)
    assert answer.status_code in (200, 302), re.findall(r'role="alert".*', answer.text)
    assert site.rows(case.query) == [(case.found,)]
    assert "What has happened" in page(who, key)
    back = drafted(who, "undo", undoes=key)
    told = page(who, back)
    assert "Goes back to what it was" in told and f"No. {key}" in told
    assert press(who, "apply", back).status_code == 302
    assert site.rows("SELECT state FROM change_order WHERE id = %s", key) == [("undone",)]
    assert site.rows(case.query) != [(case.found,)]


def test_the_slip_of_a_new_administrator_is_shown_once_and_opens_the_door(
    site: Any, committee: Visitor
) -> None:
    person = {"new1_login": "tenth", "new1_person": "周十", "new1_name": "中共云岭第十支部"}
    key = drafted(committee, "establish", superior=site.world["committee_org"], **NEW, **person)
    slip = press(committee, "apply", key).text
    (password,) = re.findall(r'class="once">([^<]+)<', slip)
    assert password not in page(committee, key) and "Print the slips" not in page(committee, key)
    assert Visitor(site.app).sign_in("tenth", password).status_code == 302
    assert press(committee, "slips", key).status_code == 302, "printed before"


# -- what is refused --


def test_a_grey_button_says_why(site: Any, committee: Visitor) -> None:
    key = drafted(committee, "abolish", organisation=site.world["second_branch"])
    shown = page(committee, key)
    assert "Something has to be settled first." in shown and 'aria-describedby="why-not"' in shown
    assert "To be settled first" in shown and "王伟" in shown
    assert press(committee, "apply", key).status_code == 409
    later = drafted(committee, "abolish", organisation=site.world["empty_branch"], effective_on="2099-01-01")
    assert "it can be applied from that day on" in page(committee, later)
    for each in (key, later):
        assert "It stays on record" in press(committee, "withdraw", each).text
        assert press(committee, "withdraw", each, sure="1").status_code == 302
        assert "Withdrawn" in page(committee, each)
        assert press(committee, "apply", each).status_code == 409


def move(site: Any, member: str, to: str, day: str) -> None:
    statements = act_text("committee", "调整") + (
        f"; UPDATE member SET branch_id = %({to})s, since = '{day}' WHERE id = %({member})s"
    )
    with site.registry.connect("owner") as owner:
        run(owner, statements, site.world)


def test_a_stale_preview_is_refused_with_both_lists(site: Any, committee: Visitor) -> None:
    key = drafted(
        committee, "merge", organisation=site.world["empty_branch"],
        **{f"joins_{site.world['second_branch']}": "y"},
    )  # fmt: skip
    move(site, "jun", "branch_org", "2026-10-01")
    answer = press(committee, "apply", key)
    assert answer.status_code == 409
    gone = answer.text[answer.text.index("Previewed, and no longer so") :]
    assert "王伟" in gone[: gone.index("Instead, by now")] and "Nothing." in gone
    assert press(committee, "preview", key).status_code == 302
    stale = committee.press(
        f"/change_order/details/?id={key}", f"/change_order/apply/?id={key}", plan="1"
    )  # fmt: skip
    assert stale.status_code == 409 and "previewed this order again" in stale.text
    assert press(committee, "withdraw", key, sure="1").status_code == 302
    move(site, "jun", "second_branch", "2026-10-02")


def test_an_undoing_order_lists_what_stays_and_by_whom(site: Any, committee: Visitor) -> None:
    key = drafted(
        committee, "merge", organisation=site.world["empty_branch"],
        **{f"joins_{site.world['second_branch']}": "y"},
    )  # fmt: skip
    assert press(committee, "apply", key).status_code == 302
    move(site, "jun", "branch_org", "2026-11-05")
    shown = page(committee, drafted(committee, "undo", undoes=key))
    back, kept = shown.split("Stays, since somebody changed it")
    assert "Goes back to what it was" in back and "王伟" in kept and "committee" in kept


@pytest.mark.parametrize(
    "place", ["details", "place", "progress", "apply", "withdraw", "detail", "worksheet", "slips"]
)
def test_an_order_of_another_subtree_is_not_there(people: People, split: int, place: str) -> None:
    neighbour, address = people("neighbour"), f"/change_order/{place}/?id={split}"
    if place in ("details", "place", "progress"):
        assert neighbour.open(address).status_code == 404
    else:
        assert neighbour.press("/change_order/new/", address, purpose="看看").status_code == 404


# -- by a worker, and by the ledger --


def work(site: Any) -> bool:
    with site.app.app_context():
        return work_once(db.engine, 1024)


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every order is a large one."""
    monkeypatch.setattr(change_order_page, "MOST_RECORDS", 0)


@pytest.mark.usefixtures("large")
def test_a_large_order_takes_effect_as_a_job_and_its_slips_are_printed_after(
    site: Any, committee: Visitor, people: People
) -> None:
    person = {"new1_login": "eleventh", "new1_person": "周一一", "new1_name": "中共云岭十一支部"}
    key = drafted(committee, "establish", superior=site.world["committee_org"], **NEW, **person)
    assert press(committee, "apply", key).status_code == 302
    assert press(committee, "apply", key).status_code == 302, "a double click changes nothing"
    shown = page(committee, key)
    assert "data-progress=" in shown and "It is on its way already." in shown
    assert committee.open("/change_order/progress/", id=key).get_json()["percent"] == 0
    assert "/change_order/" not in committee.open("/import/").text.split("<main")[1]
    here = f"/change_order/details/?id={key}"
    assert here in committee.open("/").text and "Waiting for a worker" in committee.open("/").text
    assert work(site) and not work(site)
    assert committee.open("/change_order/progress/", id=key).get_json() == {"over": True}
    assert site.rows("SELECT state FROM change_order WHERE id = %s", key) == [("applied",)]
    ((act, asked),) = site.rows(
        "SELECT t.account_id, t.document_id = o.document_id FROM change_order o"
        " JOIN transaction t ON t.id = o.applied_in WHERE o.id = %s", key,
    )  # fmt: skip
    assert (act, asked) == (site.world["committee_account"], True)
    assert "Print the slips" in page(committee, key)
    (password,) = re.findall(r'class="once">([^<]+)<', press(committee, "slips", key).text)
    assert Visitor(site.app).sign_in("eleventh", password).status_code == 302
    assert press(committee, "slips", key).status_code == 302
    assert "Print the slips" not in page(committee, key)


@pytest.mark.usefixtures("large")
def test_a_job_that_would_do_something_else_is_refused_with_both_lists(site: Any, committee: Visitor) -> None:
    key = drafted(
        committee, "merge", organisation=site.world["empty_branch"],
        **{f"joins_{site.world['branch_org']}": "y"},
    )  # fmt: skip
    assert press(committee, "apply", key).status_code == 302
    move(site, "fang", "general_branch", "2026-10-03")
    assert work(site)
    shown = page(committee, key)
    assert "Previewed, and no longer so" in shown and "Nothing was written" in shown
    assert "Refused as a whole" in committee.open("/").text
    assert site.rows("SELECT state FROM change_order WHERE id = %s", key) == [("draft",)]
    assert press(committee, "preview", key).status_code == 302
    assert "Previewed, and no longer so" not in page(committee, key)


def test_the_whole_plan_leaves_by_the_ledger(site: Any, committee: Visitor, split: int) -> None:
    answer = press(committee, "detail", split, purpose="会议材料")
    heading, *rows = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
    assert heading == ("Kind of record", "Record", "Field", "Now", "Afterwards")
    assert ("中共云岭第八支部 (new)", "–", "中共云岭第八支部") in [(row[1], row[3], row[4]) for row in rows]
    assert site.rows("SELECT subject FROM export_ledger ORDER BY id DESC LIMIT 1") == [("change_order",)]
    assert press(committee, "detail", split, purpose="").status_code == 422
