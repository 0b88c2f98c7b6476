"""The first day of a basic committee: its city has loaded a workbook, and somebody corrects a date."""

from datetime import date
from pathlib import Path

import pytest
from selenium.webdriver.support.select import Select

from partyadmin.identity import COOKIE
from tests.browser.city import NUMBER, OTHER, PASSWORD
from tests.browser.conftest import Browser

pytestmark = pytest.mark.browser


def test_a_first_day(browser: Browser, tmp_path: Path) -> None:
    with browser.pictured(tmp_path):
        sign_in(browser)
        find_the_member(browser)
        correct_the_birth_date(browser)
        read_the_versions(browser)
        change_the_language(browser)
        sign_out_for_good(browser)
    assert browser.complaints() == []
    assert browser.hosts() == {browser.served.address.removeprefix("http://")}
    asked = " ".join((*browser.visited, *browser.served.asked))
    assert len(browser.served.asked) > 20
    assert not [number for number in (NUMBER, OTHER, "13905620001", PASSWORD) if number in asked]


def sign_in(browser: Browser) -> None:
    browser.open("/member/")
    assert "登录" in browser.text and "/sign-in/" in browser.driver.current_url
    browser.sign_in("jiaoyu.qian", "不是这个口令但也够长")
    assert browser.find("#main [role=alert]").text
    browser.sign_in("jiaoyu.qian", PASSWORD)
    assert browser.driver.current_url.endswith("/member/")
    assert "钱敏" in browser.find("details.person summary").text
    assert "中共甲县教育局委员会" in browser.find("details.person summary").text


def find_the_member(browser: Browser) -> None:
    browser.type("q", "张春生")
    browser.press(browser.find("form.search button"))
    (row,) = browser.all("#main tbody tr")
    assert "张春生" in row.text and NUMBER not in browser.driver.page_source
    browser.press("党员")
    browser.type("q", NUMBER)
    browser.press(browser.find("form.search button"))
    assert "/member/details/" in browser.driver.current_url
    assert "张春生" in browser.find("h1").text
    assert f"{NUMBER[:6]}********{NUMBER[-4:]}" in browser.text
    assert NUMBER not in browser.driver.page_source


def correct_the_birth_date(browser: Browser) -> None:
    browser.press(browser.find("a[href*='/member/edit/']"))
    proof = browser.find("[data-evidence]")
    assert proof.get_attribute("open") is None
    browser.type("birth_date", "1980-03-01")
    assert proof.get_attribute("open") is not None, "the block of the document opens with a key field"
    browser.press(browser.find(".submit button"))
    beside = browser.find("#birth_date-error")
    assert "文件" in beside.text or "材料" in beside.text
    assert browser.find("[name=birth_date]").get_attribute("value") == "1980-03-01"
    Select(browser.find("[name=document_kind]")).select_by_value("archive")
    browser.type("document_number", "教档〔2026〕7号")
    browser.type("document_title", "干部档案摘录")
    browser.press(browser.find(".submit button"))
    assert "/member/details/" in browser.driver.current_url
    assert "1980-03-01" in browser.find(".facts-list").text
    assert "教档〔2026〕7号" in browser.text


def read_the_versions(browser: Browser) -> None:
    browser.press(browser.find("a[href*='/member/versions/']"))
    second, first = (row.text for row in browser.all("table.version-list tbody tr"))
    assert "钱敏" in second and date.today().isoformat()[:4] in second
    assert "赵市" in first and "云岭市采集表.xlsx" in first
    assert (browser.find("del").text, browser.find("ins").text) == ("1980-03-10", "1980-03-01")
    assert "教档〔2026〕7号" in browser.text
    assert NUMBER not in browser.driver.page_source


def change_the_language(browser: Browser) -> None:
    assert browser.find("html").get_attribute("lang") == "zh-CN"
    browser.find("details.person summary").click()
    browser.press(browser.find("button[name=language][value=en]"))
    assert browser.find("html").get_attribute("lang") == "en"
    browser.press("Members")
    assert "Birth date" in browser.text and "出生日期" not in browser.text
    browser.find("details.person summary").click()
    browser.press(browser.find("button[name=language][value=zh_Hans_CN]"))
    browser.press("党员")
    assert "出生日期" in browser.text and "Birth date" not in browser.text


def sign_out_for_good(browser: Browser) -> None:
    cookie = browser.driver.get_cookie(COOKIE)
    assert cookie and cookie["httpOnly"]
    browser.find("details.person summary").click()
    browser.press(browser.find("form[action='/sign-out/'] button"))
    assert "/sign-in/" in browser.driver.current_url
    assert browser.driver.get_cookie(COOKIE) is None
    browser.driver.add_cookie(cookie)
    browser.open("/member/")
    assert "/sign-in/" in browser.driver.current_url and "张春生" not in browser.text
