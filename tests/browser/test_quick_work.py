"""Quick work: a block pasted into a grid of cells at a desk, and a paper photographed with a telephone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import DESK, TELEPHONE, Browser
from tests.browser.showcase import Showcase, showcase
from tests.browser.test_faces import findings

pytestmark = pytest.mark.browser
PASTE = """
const data = new DataTransfer();
data.setData("text/plain", arguments[0]);
const pasted = new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true});
document.activeElement.dispatchEvent(pasted);
"""
DELEGATED = """
INSERT INTO field_delegation (branch_id, branch_code, field, since, until)
SELECT o.id, '', field, current_date - since, current_date + until
  FROM (SELECT b.id, row_number() OVER (ORDER BY b.code) AS place FROM account a
          JOIN tenure t ON t.account_id = a.id JOIN post p ON p.id = t.post_id
          JOIN organisation b ON starts_with(b.code, p.organisation_code)
          JOIN organisation_kind k ON k.code = b.kind
         WHERE a.login = %s AND k.holds_members) AS o
  JOIN (VALUES ('mobile', 200, NULL), ('address', 200, 165), ('remark', 90, -30), ('education', -30, NULL))
    AS d (field, since, until) ON o.place <= 4"""


@pytest.fixture(scope="module")
def city(registry: Any, chromium: Any) -> Iterator[Showcase]:
    with showcase(registry, chromium) as shown:
        yield shown


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture(browser: Browser, folder: Path, name: str) -> None:
    assert browser.driver.save_screenshot(str(folder / f"quick-{name}.png"))
    wider = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not browser.driver.execute_script(wider), f"{name} scrolls sideways"


def value(browser: Browser, row: int, column: int) -> str:
    """What stands in a cell; the headings are row 0, the first column 1."""
    cell = browser.all(".cells tr")[row].find_elements("css selector", "select, input")[column - 1]
    return str(cell.get_attribute("value"))


def focused(browser: Browser) -> str | None:
    return browser.driver.switch_to.active_element.get_attribute("aria-label")


def people_of(city: Showcase, level: str) -> list[tuple[Any, ...]]:
    """Members below the post of a level whose name nobody else bears there."""
    with city.registry.connect("superuser") as session:
        found: list[tuple[Any, ...]] = session.execute(
            "SELECT min(m.id), m.name FROM account a JOIN tenure t ON t.account_id = a.id"
            " JOIN post p ON p.id = t.post_id"
            " JOIN member m ON starts_with(m.branch_code, p.organisation_code)"
            " WHERE a.login = %s AND m.status = '1' AND m.intake = 'registered'"
            " GROUP BY m.name HAVING count(*) = 1 ORDER BY 1 LIMIT 3",
            [city.logins[level]],
        ).fetchall()
    return found


def test_a_block_is_pasted_into_cells_checked_and_written(city: Showcase, pictures: Path) -> None:
    browser = city.browser
    (first, name), (_, second), (_, third) = people_of(city, "basic")
    browser.resize(*DESK)
    city.work_as("basic")
    browser.open("/member/")
    browser.press("粘贴更正")
    assert not browser.find("#block").is_displayed(), "the grid stands for the text"
    assert focused(browser) == "第 2 行第 1 列"
    assert findings(browser.driver) == []
    picture(browser, pictures, "1-empty")

    rows = [f'{name}\t1390000\t"新街\n8号"', f"{second}\t13900000002\t", f"{third}\t\t新街9号"]
    block = "\n".join(["姓名\t移动电话\t家庭住址", *rows, ""])
    browser.driver.execute_script(PASTE, block)
    assert [value(browser, 0, column) for column in (1, 2, 3, 4)] == ["姓名", "手机号", "家庭住址", ""]
    assert value(browser, 1, 3) == "新街 8号" and value(browser, 3, 1) == third
    for key, place in (
        (Keys.ENTER, (3, 1)), (Keys.ARROW_RIGHT, (3, 2)), (Keys.ARROW_UP, (2, 2)), (Keys.ARROW_UP, (2, 2)),
        (Keys.TAB, (2, 3)), (Keys.ARROW_LEFT, (2, 2)), (Keys.ARROW_DOWN, (3, 2)),
    ):  # fmt: skip
        browser.driver.switch_to.active_element.send_keys(key)
        assert focused(browser) == "第 {} 行第 {} 列".format(*place)
    browser.press(browser.find(".submit .main"))
    wrong = browser.all(".cells [aria-invalid]")
    assert [cell.get_attribute("value") for cell in wrong] == ["1390000"]
    assert "1 行" in browser.text and "手机号" in browser.find(".cells td .error").text
    assert browser.driver.switch_to.active_element == wrong[0]
    assert findings(browser.driver) == []
    picture(browser, pictures, "2-wrong")

    wrong[0].send_keys("13900000001", Keys.ENTER)
    assert browser.all(".cells td .error") == []
    browser.press(browser.find(".submit .main"))
    picture(browser, pictures, "3-checked")
    assert "新街 8号" in browser.all(".cells td.result")[0].text
    browser.press(browser.find(".submit [name=write]"))
    assert "3" in browser.find(".alert-success").text
    with city.registry.connect("superuser") as session:
        found = session.execute("SELECT mobile, address FROM member WHERE id = %s", [first]).fetchone()
    assert found == ("13900000001", "新街 8号")
    assert browser.complaints() == []


def test_a_branch_photographs_a_paper_with_a_telephone(
    city: Showcase, pictures: Path, tmp_path: Path
) -> None:
    browser = city.browser
    (key, _name), *_ = people_of(city, "branch")
    with city.registry.connect("owner") as session:
        corrected_on_a_number(session, key)
    browser.resize(*TELEPHONE)
    city.work_as("branch")
    browser.open("/")
    browser.press("缺扫描件的依据材料")
    picture(browser, pictures, "6-owed")
    browser.press("档案摘录")
    assert browser.find("[name=number]").get_attribute("value") == "教档7号"
    photo = tmp_path / "照片.png"
    browser.driver.save_screenshot(str(photo))
    browser.find("[name=file]").send_keys(str(photo))
    picture(browser, pictures, "7-photo")
    thumbs = browser.all(".submit .button, .record input[type=text], .record select")
    assert min(each.size["height"] for each in thumbs if each.is_displayed()) >= 44
    assert findings(browser.driver) == []
    browser.press(browser.find(".submit .main"))
    picture(browser, pictures, "8-filed")
    browser.open("/owed_scan/")
    assert "教档7号" not in browser.text
    with city.registry.connect("superuser") as session:
        filed = (
            "SELECT media_type FROM document JOIN document_content ON document_id = id"
            " WHERE number = '教档7号'"
        )
        assert session.execute(filed).fetchall() == [("image/png",)]
    assert browser.complaints() == []


def corrected_on_a_number(session: Any, member: int) -> None:
    """A birth date changed on a document of the committee of which only the number is on file."""
    act = "SELECT act('installation', NULL, '按档案更正', %s)"
    session.execute(act, [None])
    ((paper,),) = session.execute(
        "INSERT INTO document (kind, number, title, organisation_id) SELECT 'archive', '教档7号', '档案摘录',"
        " o.parent_id FROM member m JOIN organisation o ON o.id = m.branch_id WHERE m.id = %s RETURNING id",
        [member],
    ).fetchall()
    session.execute(act, [paper])
    session.execute("UPDATE member SET birth_date = birth_date - 1 WHERE id = %s", [member])


def test_the_overview_of_delegations(city: Showcase, pictures: Path) -> None:
    browser = city.browser
    browser.resize(*DESK)
    city.work_as("basic")
    with city.registry.connect("superuser") as session:
        session.execute("SELECT act('installation', NULL, '授权')")
        session.execute(DELEGATED, [city.logins["basic"]])
    browser.open("/field_delegation/")
    browser.press("按党支部总览")
    assert len(browser.all(".delegations td:not(.no)")) == 8
    assert findings(browser.driver) == []
    picture(browser, pictures, "4-overview")
    browser.resize(*TELEPHONE)
    picture(browser, pictures, "4-overview-telephone")
    browser.resize(*DESK)
    browser.open("/field_delegation/print/")
    picture(browser, pictures, "5-paper")
