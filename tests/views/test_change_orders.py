"""Change orders on the screens: written down, previewed, applied, taken back, and what is refused."""

import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

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
    answer = who.fill_in(f"/change_order/new/?kind={kind}{query}", **PAPER, **values)
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
