"""A committee fills in forms, on a screen and on a telephone: nothing that was typed is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from partyadmin.identity import COOKIE
from tests.browser.city import NUMBER, PASSWORD
from tests.browser.conftest import DESK, TELEPHONE, Browser
from tests.workbook.making import valid_number

pytestmark = pytest.mark.browser

NEW_NUMBER = valid_number("34070219900307123")
EXPECTED = ("status of 422", "status of 400")
"""A refused form, and the token of a session that ended, are told on the page."""


@pytest.fixture(params=[DESK, TELEPHONE], ids=["desk", "telephone"])
def sized(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """The window in one size, signed in; pictures go to the folder of the test."""
    browser.resize(*request.param)
    browser.driver.delete_all_cookies()
    browser.driver.get_log("browser")  # type: ignore[no-untyped-call]
    sign_in(browser)
    yield browser
    browser.driver.save_screenshot(str(tmp_path / "last.png"))
    assert [line for line in browser.complaints() if not any(each in line for each in EXPECTED)] == []


def sign_in(browser: Browser) -> None:
    browser.open("/sign-in/")
    browser.sign_in("jiaoyu.qian", PASSWORD)


def picture(browser: Browser, folder: Path, name: str) -> None:
    assert browser.driver.save_screenshot(str(folder / f"{name}.png"))
    wider = "return document.documentElement.scrollWidth > window.innerWidth"
    assert not browser.driver.execute_script(wider), "the page scrolls sideways"


def value(browser: Browser, selector: str) -> str:
    return browser.find(selector).get_attribute("value") or ""


def until(browser: Browser, selector: str, text: str) -> None:
    browser.wait.until(lambda _: any(text in found.text for found in browser.all(selector)))


def edit_page(browser: Browser) -> str:
    browser.open("/member/")
    browser.press(browser.find("#main tbody a[href*='/member/details/']"))
    return browser.driver.current_url.replace(browser.served.address, "").replace("details", "edit")


def test_the_number_fills_and_is_checked_and_a_refusal_keeps_it(sized: Browser, tmp_path: Path) -> None:
    sized.open("/member/new/")
    sized.type("id_number", NEW_NUMBER)
    sized.wait.until(lambda _: value(sized, "#birth_date") == "1990-03-07")
    assert value(sized, "[name=sex]") == "1"
    until(sized, "#checks", "没有重复的公民身份证号")
    picture(sized, tmp_path, "number")
    sized.type("id_number", NUMBER)
    until(sized, "#checks li.warn", "已经登记")
    assert sized.all("#checks a[href*='/member/details/']"), "the member of the own scope is one click away"
    sized.type("name", "赵新生")
    sized.press(sized.find(".submit .main"))
    assert sized.driver.switch_to.active_element.get_attribute("id") == "summary"
    assert sized.all("#summary a[href='#join_date']") and sized.all("#join_date-error")
    assert (value(sized, "#name"), value(sized, "#id_number")) == ("赵新生", NUMBER)
    picture(sized, tmp_path, "refused")
    assert NUMBER not in " ".join(sized.served.asked), "no number travels in an address"


def test_a_branch_is_found_by_the_keyboard_alone(sized: Browser, tmp_path: Path) -> None:
    sized.open("/member/new/")
    box = sized.find("#branch_id")
    assert box.get_attribute("role") == "combobox"
    box.send_keys("没有这个支部")
    until(sized, ".combo-popup [role=status]", "没有找到")
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("aria-expanded") == "false"
    box.clear()
    box.send_keys("一中")
    until(sized, ".combo-popup [role=option]", "中共甲县一中支部委员会")
    picture(sized, tmp_path, "choices")
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert value(sized, "#branch_id").startswith("中共甲县一中支部委员会")
    assert value(sized, "[name=branch_id]").isdigit()
    box.send_keys(Keys.ENTER)
    assert sized.driver.switch_to.active_element.get_attribute("id") == "join_date", "Enter goes on"
    ethnicity = sized.find("#ethnicity")
    ethnicity.send_keys("回族", Keys.TAB)
    sized.wait.until(lambda _: value(sized, "[name=ethnicity]") == "03")


def test_a_file_survives_a_refusal(sized: Browser, tmp_path: Path) -> None:
    scan = tmp_path / "志愿书第7页.pdf"
    scan.write_bytes(b"%PDF-1.7 scanned")
    sized.open(edit_page(sized))
    before = value(sized, "#birth_date")
    changed = "1980-03-11" if before != "1980-03-11" else "1980-03-12"
    sized.type("birth_date", changed)
    assert f"原为 {before}" in sized.find(".row.changed").text
    assert sized.find("[data-evidence]").get_attribute("open") is not None
    sized.find("[name=document_file]").send_keys(str(scan))
    sized.type("document_number", f"教档{changed}")
    sized.press(sized.find(".submit .main"))
    assert sized.all("#document_kind-error") and "志愿书第7页.pdf" in sized.find(".file-chip").text
    assert value(sized, "#birth_date") == changed
    picture(sized, tmp_path, "file")
    Select(sized.find("[name=document_kind]")).select_by_value("archive")
    sized.press(sized.find(".submit .main"))
    assert changed in sized.find(".facts-list").text and f"教档{changed}" in sized.text


def test_what_was_typed_outlives_the_session(sized: Browser, tmp_path: Path) -> None:
    page = edit_page(sized)
    sized.open(page)
    sized.type("remark", "写到一半的备注")
    sized.find("#remark").send_keys(Keys.CONTROL, "s")
    until(sized, ".draft-state", "已留草稿")
    sized.driver.delete_cookie(COOKIE)
    sized.find(".submit .main").click()
    until(sized, "#unsent", "登录已失效")
    assert value(sized, "#remark") == "写到一半的备注"
    picture(sized, tmp_path, "session")
    form = sized.driver.current_window_handle
    sized.driver.switch_to.new_window("tab")
    sign_in(sized)
    sized.open(page)
    assert "的草稿" in sized.find(".offer").text
    picture(sized, tmp_path, "offer")
    sized.press("恢复")
    assert value(sized, "#remark") == "写到一半的备注"
    sized.driver.close()
    sized.driver.switch_to.window(form)
    sized.press(sized.find(".submit .main"))
    assert "写到一半的备注" in sized.find(".facts-list").text, "saved from the page that was never left"
    sized.open(page)
    assert not sized.all(".offer")
    sized.type("remark", "")
    sized.find("#remark").send_keys(Keys.CONTROL, Keys.ENTER)
    sized.wait.until(lambda driver: "/member/details/" in driver.current_url)


def test_a_whole_number_is_shown_after_a_reason(sized: Browser, tmp_path: Path) -> None:
    sized.open(edit_page(sized).replace("edit", "details"))
    assert NUMBER not in sized.driver.page_source
    sized.press("查看完整号码")
    picture(sized, tmp_path, "reason")
    sized.type("reason", "核对身份证复印件")
    sized.press(sized.find("#main .main"))
    assert len(sized.all("code.once")[0].text) == 18
    picture(sized, tmp_path, "whole")
