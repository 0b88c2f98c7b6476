"""A block of a spreadsheet, or one value for many: checked row by row, written together or not at all."""

import re
from typing import Any

from tests.schema.chains import broken_chains
from tests.schema.world import number

PASTE, CORRECT = "/member/paste/", "/member/correct/"
STATE = "SELECT address, education, mobile, birth_date::text FROM member WHERE id = %s"


def block(*lines: str) -> str:
    return "\n".join(line.replace("|", "\t") for line in lines)


def masked(sequence: int) -> str:
    full = number(sequence)
    return f"{full[:6]}********{full[-4:]}"


def send(person: Any, page: str, **values: Any) -> Any:
    return person.press(page, None, reason="按花名册核对", **values)


def test_a_pasted_block_is_checked_and_written_by_the_named_button(site: Any, people: Any) -> None:
    committee, wei, jun = people("committee"), site.world["wei"], site.world["jun"]
    pasted = block(
        "姓名|身份证号|家庭住址|学历|手机号",
        f"王伟|{number(11)}|人民路66号|大学|13900000001",
        f"王伟|{masked(33)}||研究生|",
    )
    before = site.rows(STATE, wei), site.rows(STATE, jun)
    checked = send(committee, PASTE, block=pasted)
    assert checked.status_code == 200 and "2 of 2 members would change" in checked.text
    assert "人民路1号 → <b>人民路66号</b>" in checked.text and "13800000000" not in checked.text
    assert number(11) in checked.text, "the pasted block stays in its field"
    assert (site.rows(STATE, wei), site.rows(STATE, jun)) == before, "a check writes nothing"
    done = send(committee, PASTE, block=pasted, write="1")
    assert done.location == "/member/"
    assert "Members corrected: 2." in committee.open("/member/").text
    assert site.rows(STATE, wei) == [("人民路66号", "21", "13900000001", "1980-03-01")]
    assert site.rows(STATE, jun)[0][:2] == ("人民路1号", "1"), "an empty cell leaves the field as it is"
    acts = "SELECT count(DISTINCT transaction_id) FROM member_version WHERE id IN (%s, %s) AND ver > 1"
    assert site.rows(acts, wei, jun) == [(1,)]
    again = send(committee, PASTE, block=pasted)
    assert "there is nothing to write" in again.text and 'name="write"' not in again.text
    with site.registry.connect("superuser") as session:
        assert broken_chains(session) == []


def test_each_faulty_row_says_why_and_holds_back_all(site: Any, people: Any) -> None:
    committee, before = people("committee"), site.rows(STATE, site.world["wei"])
    pasted = block(
        "身份证号|学历|手机号|出生日期",
        f"{number(11)}|大学||",
        f"{number(33)}|火星大学||",
        f"{number(22)}||12345|",
        f"{number(55)}|大学||",
        f"{number(33)}|||1980.03",
        f"{number(33)}|||1980-03-02",
    )
    checked = send(committee, PASTE, block=pasted).text
    assert "5 of 6 rows cannot be written" in checked and 'name="write"' not in checked
    assert "&#34;火星大学&#34; is not in the list." in checked
    assert "Nobody in your scope has this name and ID number." in checked, "as if it did not exist"
    assert "is no whole date" in checked
    assert "needs the document it rests on" in checked
    refused = send(committee, PASTE, block=pasted, write="1")
    assert refused.status_code == 422
    assert site.rows(STATE, site.world["wei"]) == before, "the sound row was not written either"


def test_a_block_that_cannot_be_read_is_refused_whole(people: Any) -> None:
    committee = people("committee")
    for pasted, sentence in {
        "张三\t大学": "The first line holds the headings",
        "姓名\t党籍状态": "These columns cannot be pasted here: 党籍状态",
        "姓名\t星座": "These columns cannot be pasted here: 星座",
        "姓名\n" + "王伟\n" * 501: "At most 500 rows at once; this block has 501.",
    }.items():
        answer = send(committee, PASTE, block=pasted)
        assert answer.status_code == 422 and sentence in answer.text, pasted[:20]
    both = send(committee, PASTE, block="姓名\t学历\n王伟\t大学")
    assert "Several members are called so" in both.text


def test_the_grid_shows_each_fault_at_its_cell_and_keeps_all_that_was_typed(people: Any) -> None:
    committee = people("committee")
    empty = committee.open(PASTE).text
    assert 'data-grid="block"' in empty and "Mobile number" in empty and "aria-invalid" not in empty
    pasted = block(
        "姓名|居民身份证号|手机|学历|备注",
        f"王伟|{number(11)}|12345|火星大学|已核对",
        "",
        f"王伟|{number(55)}||大学|",
        f"王伟|{number(33)}||大学|档案齐|多出",
    )
    page = send(committee, PASTE, block=pasted).text
    cells = re.findall(r"<td>(<input.*?)</td>", page, re.DOTALL)
    rows = [cells[start : start + 6] for start in range(0, 24, 6)]
    wrong = [[("aria-invalid" in cell) for cell in row] for row in rows]
    assert wrong == [
        [False, False, True, True, False, False], [False] * 6,
        [True, False, False, False, False, False], [False] * 6,
    ]  # fmt: skip
    assert "is not in the list" in rows[0][3] and 'value="已核对"' in rows[0][4]
    assert "Nobody in your scope has this name and ID number." in rows[2][0]
    assert 'value="多出"' in rows[3][5], "what stands under no heading is kept too"
    assert page.count("<b>档案齐</b>") == 1, "what would change stands beside its row"
    unknown = send(committee, PASTE, block="姓名\t星座\n王伟\t狮子").text
    assert 'aria-invalid="true"' in unknown and "<option selected>星座</option>" in unknown
    many = send(committee, PASTE, block="姓名\n" + "王伟\n" * 501).text
    assert "data-grid" not in many and many.count("王伟") == 501, "too many for a grid stay a text"


def test_one_value_for_the_ticked_members_of_a_list(site: Any, people: Any) -> None:
    committee, world = people("committee"), site.world
    page = committee.open(CORRECT, name="王伟").text
    assert page.count('name="member"') == 3 and "checked" in page
    ticked = [world["wei"], world["jun"], world["far"]]
    checked = send(committee, CORRECT, field="remark", value="已核对档案", member=ticked)
    assert "2 of 2 members would change" in checked.text, "who is out of sight is not there"
    done = send(committee, CORRECT, field="remark", value="已核对档案", member=ticked, write="1")
    assert done.status_code == 302
    remarks = site.rows("SELECT id FROM member WHERE remark = '已核对档案' ORDER BY id")
    assert remarks == [(world["wei"],), (world["jun"],)]
    none = send(committee, CORRECT, field="remark", value="x")
    assert none.status_code == 422 and "Tick at least one member." in none.text


def test_who_may_not_change_a_field_changes_none(site: Any, people: Any) -> None:
    for who in ("county", "auditor", "audit"):
        for page in (PASTE, CORRECT):
            assert people(who).open(page).status_code == 403
    pasted = block("身份证号|家庭住址", f"{number(11)}|支部自己改")
    refused = send(people("branch"), PASTE, block=pasted)
    assert "delegated to it" in refused.text and 'name="write"' not in refused.text
