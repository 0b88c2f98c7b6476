"""A branch reports with a telephone, the committee enters it at a desk, and the member's page shows it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.support.select import Select

from tests.browser.conftest import DESK, TELEPHONE, Browser
from tests.browser.showcase import Showcase, showcase

pytestmark = pytest.mark.browser
REFUSED = "status of 422"
"""A report without its document is refused, and told so on the page."""


@pytest.fixture(scope="module")
def city(registry: Any, chromium: Any) -> Iterator[Showcase]:
    with showcase(registry, chromium) as shown:
        yield shown


def picture(browser: Browser, folder: Path, name: str) -> None:
    assert browser.driver.save_screenshot(str(folder / f"{name}.png"))
    wider = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not browser.driver.execute_script(wider), f"{name} scrolls sideways"


def tall(browser: Browser, selector: str) -> list[int]:
    """The heights of what a thumb must hit."""
    return [found.size["height"] for found in browser.all(selector) if found.is_displayed()]


def test_a_report_goes_from_a_telephone_to_the_page_of_the_member(city: Showcase, tmp_path: Path) -> None:
    browser = city.browser
    with city.registry.connect("superuser") as session:
        member, name = session.execute(
            "SELECT m.id, m.name FROM member m JOIN post p ON p.organisation_code = m.branch_code"
            " WHERE p.level = 'branch' AND m.status = '1' AND m.person_type = '1' AND m.intake = 'registered'"
            " AND NOT EXISTS (SELECT FROM report r WHERE r.member_id = m.id) ORDER BY m.id LIMIT 1"
        ).fetchone()

    browser.resize(*TELEPHONE)
    city.work_as("branch")
    browser.open(f"/member/details/?id={member}")
    browser.press("报告事项")
    picture(browser, tmp_path, "1-what-happened")
    buttons = [found.rect for found in browser.all(".kinds .button")]
    assert len({found["x"] for found in buttons}) == 1, "one below the other, so that none covers another"
    browser.press("死亡")
    browser.type("event_date", (date.today() - timedelta(days=2)).isoformat())
    browser.type("facts", "因病医治无效去世。")
    browser.wait.until(lambda _: "党支部报告期限" in browser.find("#checks").text)
    picture(browser, tmp_path, "2-form")
    assert min(tall(browser, ".submit .button, .record input:not([type=file]), .record select")) >= 44
    browser.press(browser.find(".submit .main"))
    assert f"已报送：死亡 {name}" in browser.text and "个工作日" in browser.text
    assert [each.text for each in browser.all(".tools .button.locked")] == ["登记", "受理", "退回", "暂停"]
    picture(browser, tmp_path, "3-reported")

    browser.resize(*DESK)
    city.work_as("basic")
    browser.open("/")
    browser.press("待登记的报告")
    browser.press(_report_of(browser, name))
    assert "因病医治无效去世。" in browser.text
    browser.press("登记")
    browser.press(browser.find(".submit .main"))
    assert "依据" in browser.find("#summary").text
    Select(browser.find("[name=document_kind]")).select_by_visible_text("证明")
    browser.type("document_number", "死证〔2026〕7号")
    browser.press(browser.find(".submit .main"))
    assert f"已登记：死亡 {name}" in browser.text
    picture(browser, tmp_path, "4-entered")
    browser.open(f"/member/details/?id={member}")
    assert "死亡" in browser.find("#main .facts-list").text
    picture(browser, tmp_path, "5-member")
    assert [line for line in browser.complaints() if REFUSED not in line] == []


def _report_of(browser: Browser, name: str) -> Any:
    row = next(row for row in browser.all("#main tbody tr") if name in row.text and "死亡" in row.text)
    return row.find_element("css selector", "a")
