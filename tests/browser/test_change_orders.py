"""A new branch with its administrator in one go: from the organisation's page to the printed slip."""

from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from tests.browser.city import PASSWORD
from tests.browser.conftest import Browser

pytestmark = pytest.mark.browser


def test_a_branch_is_established_with_its_administrator(browser: Browser, tmp_path: Path) -> None:
    with browser.pictured(tmp_path):
        browser.open("/organisation/?name=教育局")
        browser.sign_in("jiaoyu.qian", PASSWORD)
        browser.press("中共甲县教育局委员会")
        browser.press(browser.find("#main a[href*='/change_order/new/']"))
        browser.press("新建")
        fill_in(browser)
        preview(browser)
        password = print_the_slip(browser)
        assert password not in browser.text
        sign_in_with_the_slip(browser, password)
    assert browser.complaints() == []


def fill_in(browser: Browser) -> None:
    today = browser.driver.execute_script("return new Date().toISOString().slice(0, 10)")
    browser.type("effective_on", today)
    browser.type("new1_name", "中共甲县二中支部委员会")
    kind = browser.find("#new1_kind")
    kind.send_keys("党支部")
    browser.wait.until(lambda driver: browser.all("[role=option]"))
    kind.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert Select(browser.find("[name=new1_unit_situation]")).first_selected_option.text == "与上级党组织相同"
    browser.type("new1_login", "erzhong.sun")
    browser.type("new1_person", "孙平")
    Select(browser.find("[name=document_kind]")).select_by_value("approval")
    browser.type("document_number", "甲教党〔2026〕9号")
    browser.type("document_title", "关于成立二中党支部的批复")
    browser.type("document_dated", today)
    browser.press(browser.find(".submit button.main"))


def preview(browser: Browser) -> None:
    assert "中共甲县二中支部委员会" in browser.find("ins").text
    assert "孙平 (erzhong.sun)" in browser.find(".happens").text
    assert "个工作日" in browser.find(".side").text, "the clock of the document"
    browser.press(browser.find(".deeds button.main"))


def print_the_slip(browser: Browser) -> str:
    """The page is printed; the password is gone with it."""
    password = browser.find(".once").text
    browser.driver.execute_script("window.print = function () { document.title = 'printed'; };")
    browser.find("[data-print]").click()
    assert browser.driver.title == "printed"
    browser.press("回到变动单")
    return password


def sign_in_with_the_slip(browser: Browser, password: str) -> None:
    browser.driver.delete_all_cookies()
    browser.open("/")
    browser.sign_in("erzhong.sun", password)
    assert "孙平" in browser.find("details.person summary").text
