"""The first day of a basic committee: its city has loaded a workbook, and somebody corrects a date."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from selenium import webdriver
from selenium.webdriver.support.select import Select
from sqlalchemy.orm import Session

from partyadmin import create_app
from partyadmin.db import INSTALLER, Actor, db, work_as
from partyadmin.identity import COOKIE, hash_password
from partyadmin.models import Organisation
from partyadmin.operations import acting
from partyadmin.operations.account import give_post, open_account
from partyadmin.operations.exchange import import_workbook
from partyadmin.operations.organisation import found_root
from tests.browser.conftest import Browser, serving
from tests.workbook.making import valid_number, workbook

pytestmark = pytest.mark.browser

PASSWORD = "十二个字以上的口令才算安全"
NUMBER, OTHER = valid_number("34070219800301123"), valid_number("34070219850612246")
ORGANISATIONS = (
    ("党组织编码", "上级党组织编码", "党组织名称", "组织类别", "是否具有审批预备党员权限"),
    ("001", None, "中共云岭市委员会", "设区的市（自治州）委员会", "否"),
    ("001001", "001", "中共云岭市甲县委员会", "县委", "否"),
    ("001001001", "001001", "中共甲县教育局委员会", "党委", "是"),
    ("001001001001", "001001001", "中共甲县一中支部委员会", "支部", "否"),
)
MEMBERS = (
    ("姓名", "性别", "民族", "公民身份证号", "出生日期", "学历", "人员类别", "所在党支部编码",
     "加入党组织日期", "转为正式党员日期", "工作岗位", "手机号", "家庭住址"),
    ("张春生", "男", "汉族", NUMBER, "1980-03-10", "大学", "正式党员", "001001001001", "2004-07-01",
     "2005-07-01", "公务员", "13905620001", "云岭市人民路1号2栋3室"),
    ("李秋实", "女", "汉族", OTHER, "1985-06-12", "大学", "正式党员", "001001001001", "2008-07-01",
     "2009-07-01", "公务员", "13905620002", "云岭市人民路2号2栋3室"),
)  # fmt: skip


def load_city(registry: Any) -> None:
    """Founds the city, loads its workbook as the city's loader, and opens the committee's account."""
    engine = sa.create_engine(registry.url("owner").replace("postgresql://", "postgresql+psycopg://"))
    with Session(engine, expire_on_commit=False) as installer:
        work_as(installer, INSTALLER)
        with acting(installer, "开通"):
            root = found_root(installer, "中共云岭市委员会", "city")
            give_post(installer, open_account(installer, "shi.zhao", "赵市", root, None), "city", root)
        loader = db.session()
        work_as(loader, Actor("shi.zhao", "city@001"))
        content = workbook(ORGANISATIONS, sheet="党组织", 党员=MEMBERS)
        result = import_workbook(loader, content, "云岭市采集表.xlsx", 2**20, lambda *amounts: None)
        assert (result.batch.members.accepted, result.batch.refused) == (2, [])
        db.session.remove()
        with acting(installer, "开通"):
            place = installer.scalar(sa.select(Organisation).filter_by(code="001001001"))
            assert place is not None
            account = open_account(installer, "jiaoyu.qian", "钱敏", place, hash_password(PASSWORD))
            give_post(installer, account, "basic", place)
    engine.dispose()


@pytest.fixture(scope="module")
def browser(registry: Any, chromium: webdriver.Chrome) -> Iterator[Browser]:
    app = create_app(registry.config)
    with app.app_context():
        load_city(registry)
    with serving(app) as served:
        yield Browser(chromium, served)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


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
    browser.type("login", "jiaoyu.qian")
    browser.type("password", "不是这个口令但也够长")
    browser.press(browser.find("#main button"))
    assert browser.find("#main [role=alert]").text
    browser.type("login", "jiaoyu.qian")
    browser.type("password", PASSWORD)
    browser.press(browser.find("#main button"))
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
    second, first = (section.text for section in browser.all("section.version"))
    assert "1980-03-10" in second and "1980-03-01" in second
    assert "钱敏" in second and "教档〔2026〕7号" in second and date.today().isoformat()[:4] in second
    assert "赵市" in first and "云岭市采集表.xlsx" in first
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
