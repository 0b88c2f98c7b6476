"""An import in a real browser with a real worker: upload, progress, result, the named button, the answer."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from partyadmin import create_app, install
from partyadmin.db import db
from partyadmin.identity import hash_password
from partyadmin.jobs.worker import work_until_stopped
from tests.browser.conftest import DESK, TELEPHONE, Browser, window
from tests.operations.rows import id_number, member, sheet, workbook
from tests.schema.world import INSTALLER, act, build

pytestmark = pytest.mark.browser

PASSWORD = "县里的口令要足够长才行啊"
BRANCH = "001001001001"
ROWS, REFUSED = 6_000, 60
SIZES = {"": DESK, "-telephone": TELEPHONE}


@pytest.fixture(scope="module")
def browser(registry: Any, chromium: webdriver.Chrome) -> Iterator[Browser]:
    with registry.connect("owner") as owner:
        world = build(owner)
        act(owner, INSTALLER, "口令")
        owner.execute("SELECT set_password(%s, %s)", [world["county_account"], hash_password(PASSWORD)])
    app = create_app(registry.config)
    at_work = [True]

    def work() -> None:
        with app.app_context():
            url = install.url(registry.config, "app")
            work_until_stopped(db.engine, url, 20 * 1024 * 1024, lambda: at_work[0])

    worker = Thread(target=work)
    worker.start()
    with window(app, chromium) as opened:
        yield opened
        at_work[0] = False
        worker.join(30)


@pytest.fixture(scope="module")
def roster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some thousand sound rows, and a few whose nation no list has."""
    people = []
    for number in range(ROWS):
        born = date(1950 + number % 50, 1 + number % 12, 1 + number % 28)
        row = member(所在党支部编码=BRANCH, 公民身份证号=id_number(born), 出生日期=born)
        people.append(row | {"民族": "火星族"} if number % (ROWS // REFUSED) == 1 else row)
    path = tmp_path_factory.mktemp("roster") / "花名册.xlsx"
    path.write_bytes(workbook(党员=sheet(people)))
    return path


def test_an_import_from_upload_to_answer(browser: Browser, roster: Path, tmp_path: Path) -> None:
    with browser.pictured(tmp_path):
        sign_in(browser)
        upload(browser, roster, tmp_path)
        assert "还没有写入任何数据" in browser.text
        walk_by_keys(browser)
        write(browser)
        download(browser, tmp_path)
    assert browser.complaints() == []
    assert browser.hosts() == {browser.served.address.removeprefix("http://")}


def picture(browser: Browser, folder: Path, name: str) -> None:
    for suffix, size in SIZES.items():
        browser.resize(*size)
        browser.driver.save_screenshot(str(folder / f"{name}{suffix}.png"))
    browser.resize(*DESK)


def sign_in(browser: Browser) -> None:
    browser.open("/import/")
    browser.sign_in("county.wang", PASSWORD)


def upload(browser: Browser, roster: Path, folder: Path) -> None:
    browser.press("上传工作簿")
    picture(browser, folder, "upload")
    browser.find("[name=file]").send_keys(str(roster))
    browser.press(browser.find(".upload button"))
    seen = progress(browser, lambda: picture(browser, folder, "progress"))
    assert len(set(seen)) >= 3 and seen == sorted(seen), "the bar moves, and never back"
    picture(browser, folder, "result")


def progress(browser: Browser, halfway: Any = lambda: None) -> list[int]:
    """The percentages that the page shows until it turns into the result."""
    seen: list[int] = []

    def is_over(driver: webdriver.Chrome) -> bool:
        shown = driver.execute_script(
            "var bar = document.querySelector('progress'); return bar ? bar.value : null"
        )
        if shown is not None and (not seen or seen[-1] != shown):
            seen.append(int(shown))
            if len(seen) == 3:
                halfway()
        return bool(driver.find_elements(By.CSS_SELECTOR, ".figs"))

    browser.wait._timeout = 90
    browser.wait.until(is_over)
    return seen


def walk_by_keys(browser: Browser) -> None:
    """F8 from cell to cell, over the end of the page and back."""
    strokes(browser, Keys.F8 * 50)
    focused = "return document.activeElement.closest('tr').cells[1].textContent"
    last = browser.driver.execute_script(focused)
    strokes(browser, Keys.F8)
    browser.wait.until(lambda driver: "page=2" in driver.current_url)
    assert int(browser.driver.execute_script(focused)) > int(last)
    strokes(browser, Keys.SHIFT + Keys.F8)
    browser.wait.until(lambda driver: "page=1" in driver.current_url)
    assert browser.driver.execute_script(focused) == last


def strokes(browser: Browser, keys: str) -> None:
    """Strikes keys where the focus is; shift holds for the others."""
    chain = ActionChains(browser.driver, duration=0)
    if keys.startswith(Keys.SHIFT):
        chain.key_down(Keys.SHIFT).send_keys(keys[1:]).key_up(Keys.SHIFT).perform()
    else:
        chain.send_keys(keys).perform()


def write(browser: Browser) -> None:
    button = browser.find("form[action*='/import/write/'] button")
    assert button.text == f"写入 {ROWS - REFUSED:,} 行"
    browser.press(button)
    progress(browser)
    assert "已写入的党员" in browser.text and f"{ROWS - REFUSED:,}" in browser.text


def download(browser: Browser, folder: Path) -> None:
    where = {"behavior": "allow", "downloadPath": str(folder)}
    browser.driver.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    browser.find("form[action*='/import/answer/'] button").click()
    browser.wait.until(lambda _: list(folder.glob("退回-花名册*.xlsx")))
    browser.open("/import/new/")
    assert "待改正" not in browser.text
