"""Lists in a real browser, at a desk and on a telephone: tree, chips, columns, tabs, pages, names, search."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.browser.conftest import DESK, TELEPHONE, Browser
from tests.browser.showcase import Showcase, showcase
from tests.browser.test_faces import findings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def city(registry: Any, chromium: webdriver.Chrome) -> Iterator[Showcase]:
    with showcase(registry, chromium) as found:
        yield found


@pytest.fixture(params=[DESK, TELEPHONE], ids=["desk", "telephone"])
def sized(request: pytest.FixtureRequest, city: Showcase, tmp_path: Path) -> Iterator[Browser]:
    """The city's own post before the list of members, at one size."""
    city.browser.resize(*request.param)
    city.work_as("city")
    city.browser.open("/member/")
    with city.browser.pictured(tmp_path):
        yield city.browser
        city.browser.driver.save_screenshot(str(tmp_path / f"{request.node.name}.png"))
        assert findings(city.browser.driver) == []
        assert city.browser.complaints() == []


def focused(browser: Browser) -> Any:
    return browser.driver.switch_to.active_element


def press_keys(browser: Browser, *keys: str) -> None:
    for key in keys:
        focused(browser).send_keys(key)


def names(browser: Browser) -> list[str]:
    return [cell.text for cell in browser.all("#main tbody tr td:first-child a")]


def unfold(browser: Browser, selector: str) -> None:
    """Opens a menu unless it stands open."""
    if browser.find(selector).get_attribute("open") is None:
        browser.find(f"{selector} > summary").click()


def test_the_tree_is_walked_by_the_keyboard_and_narrows_the_list(sized: Browser) -> None:
    unfold(sized, "[data-tree-fold]")
    root = sized.find("[role=tree] [role=treeitem]")
    assert root.get_attribute("tabindex") == "0"
    sized.driver.execute_script("arguments[0].focus()", root)
    press_keys(sized, Keys.ARROW_DOWN)
    closed = focused(sized)
    code = closed.get_attribute("data-code")
    assert closed.get_attribute("aria-expanded") == "false"
    press_keys(sized, Keys.ARROW_RIGHT)
    sized.wait.until(lambda driver: driver.find_elements("css selector", f"#below-{code} [data-code]"))
    press_keys(sized, Keys.ARROW_RIGHT)
    below = focused(sized).get_attribute("data-code")
    assert below.startswith(code) and len(below) == len(code) + 3
    press_keys(sized, Keys.ARROW_LEFT)
    assert focused(sized).get_attribute("data-code") == code
    press_keys(sized, Keys.ARROW_LEFT)
    assert focused(sized).get_attribute("aria-expanded") == "false"
    press_keys(sized, Keys.END, Keys.HOME)
    assert focused(sized).get_attribute("data-code") == root.get_attribute("data-code")
    press_keys(sized, Keys.ARROW_DOWN)
    page = sized.find("html")
    press_keys(sized, Keys.ENTER)
    sized.wait.until(lambda driver: driver.find_element("css selector", "html") != page)
    assert f"organisation={code}" in sized.driver.current_url
    assert sized.find(f"[data-code='{code}']").get_attribute("aria-selected") == "true"
    assert sized.find(f"[data-code='{code}']").get_attribute("aria-expanded") == "true"
    assert len(sized.all(".chip.filter")) == 1


def test_the_tree_finds_as_it_is_typed(sized: Browser) -> None:
    unfold(sized, "[data-tree-fold]")
    whole = len(sized.all("[role=treeitem]"))
    word = sized.find("[role=tree] [role=group] .name").text[-3:]
    field = sized.find("[data-tree-search] input[type=search]")
    field.send_keys(word)
    sized.wait.until(lambda driver: all(word in each.text for each in sized.all("[role=tree] .name")))
    field.send_keys("无此名称")
    sized.wait.until(lambda driver: "没有" in sized.find("[role=tree]").text)
    field.send_keys(Keys.BACKSPACE * 10)
    sized.wait.until(lambda driver: len(sized.all("[role=treeitem]")) == whole)


def test_filters_are_added_and_taken_away_as_chips(sized: Browser) -> None:
    unfold(sized, ".bar .drop")
    sized.find("select[name=sex] option[value='2']").click()
    sized.press(sized.find(".bar .drop form button"))
    (chip,) = sized.all(".chip.filter")
    assert "女" in chip.text
    sized.press(chip.find_element("css selector", "a"))
    assert sized.all(".chip.filter") == []


def test_columns_and_views_are_ones_own(sized: Browser) -> None:
    before = len(sized.all("#main thead th"))
    unfold(sized, ".drop.right")
    sized.find("[name=shown][value=education]").click()
    sized.press(sized.find(".choose button"))
    assert "学历" in sized.find("#main thead").text and len(sized.all("#main thead th")) == before + 1
    unfold(sized, ".tab-bar .drop")
    sized.find("[name=called]").send_keys("带学历")
    sized.press(sized.find(".tab-bar .drop form button"))
    assert sized.find(".tabs [aria-current]").text == "带学历"
    assert "带学历" in sized.find("#main [role=status]").text
    unfold(sized, ".tab-bar .drop")
    sized.press(sized.find("[name=take_away]"))
    assert "带学历" in sized.find("h1").text and "什么都还没有做" in sized.find("#main").text
    sized.press(sized.find("#main .main"))
    assert "带学历" not in sized.find(".tabs").text
    unfold(sized, ".drop.right")
    sized.press(sized.find("[name=standard]"))
    assert len(sized.all("#main thead th")) == before


def test_pages_lead_to_the_last_and_back_and_names_are_gone_to(sized: Browser) -> None:
    sized.press(sized.find("thead th[aria-sort] a[href*='sort=name']"))
    assert sized.find("th[aria-sort=ascending]").text == "姓名"
    first = names(sized)
    sized.press("末页")
    last = names(sized)
    assert len(last) == 50 and not sized.all("a[rel=next]")
    sized.press(sized.find("a[rel=prev]"))
    sized.press("第一页")
    assert names(sized) == first
    sized.find("[name=goto]").send_keys("z")
    sized.press(sized.find(".goto button"))
    assert names(sized)[0] not in first and sized.all("a[rel=prev]")


def test_rows_are_walked_by_the_keyboard(sized: Browser) -> None:
    sized.driver.execute_script("document.activeElement.blur()")
    sized.find("body").send_keys(Keys.ARROW_DOWN)
    shown = names(sized)
    assert focused(sized).text == shown[0]
    press_keys(sized, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert focused(sized).text == shown[1]
    press_keys(sized, Keys.END, Keys.HOME, Keys.ARROW_DOWN)
    page = sized.find("html")
    press_keys(sized, Keys.ENTER)
    sized.wait.until(lambda driver: driver.find_element("css selector", "html") != page)
    assert shown[1] in sized.find("h1").text


def test_a_slash_leads_to_the_search_that_leaves_nothing_in_the_address(sized: Browser) -> None:
    someone = names(sized)[0]
    sized.driver.execute_script("document.activeElement.blur()")
    sized.find("body").send_keys("/")
    assert focused(sized).get_attribute("name") == "find"
    page = sized.find("html")
    press_keys(sized, someone[:2], Keys.ENTER)
    sized.wait.until(lambda driver: driver.find_element("css selector", "html") != page)
    assert sized.driver.current_url.endswith("/find/")
    assert someone in sized.find("#main").text
    assert [section.text.split()[0] for section in sized.all("#main h2")] == ["党员", "党组织", "文件材料"]
