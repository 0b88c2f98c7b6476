"""Every face of the registry in a real browser: legible at both sizes, accessible, silent on the console."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium import webdriver

from tests.browser.conftest import DESK, TELEPHONE
from tests.browser.showcase import Showcase, showcase

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor/axe.min.js").read_text(encoding="utf-8")
GUIDE = Path(__file__).parents[2] / "docs/guide.zh.md"
GUIDE_PICTURES = {
    # the picture in docs/pictures: whose face, which page, at which size
    "home": ("county", "/", DESK),
    "members": ("basic", "/member/", DESK),
    "member-form": ("basic", "/member/edit/?id=1", DESK),
    "versions": ("auditor", "/member/versions/?id=1", DESK),
    "import": ("city", "/import/new/", DESK),
    "change-order": ("basic", "/change_order/details/?id=1", DESK),
    "export": ("basic", "/member/export/", DESK),
    "permissions": ("county", "/permission/", DESK),
    "permission-paper": ("county", "/permission/print/", DESK),
    "collection-form": ("basic", "/member/collection-form/?id=1", DESK),
    "branch-telephone": ("branch", "/", TELEPHONE),
}
LEVELS = ("city", "basic", "branch", "auditor", "system", "security", "audit")
DOWNLOADS = re.compile(r"/file/|/template/|/answer/|/workbook/")
ASK_AXE = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(function (found) {
  done(found.violations.filter(function (each) { return /serious|critical/.test(each.impact); })
    .map(function (each) { return each.id + ": " + each.nodes[0].html.slice(0, 200); }));
});
"""


@pytest.fixture(scope="module")
def city(registry: Any, chromium: webdriver.Chrome) -> Iterator[Showcase]:
    with showcase(registry, chromium) as found:
        yield found


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: PICTURES keeps them for the user guide."""
    folder = Path(os.environ.get("PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def shape(link: str) -> str:
    """What a page is, whatever it is asked for: filters make no other page, and code lists are one."""
    return re.sub(r"^/codes/\w+", "/codes", urlsplit(link).path)


def links_of(city: Showcase) -> list[str]:
    found = city.browser.driver.execute_script(
        "return Array.from(document.querySelectorAll('main a[href], header a[href], .strip a[href]'))"
        ".map(function (a) { return a.getAttribute('href'); })"
    )
    return [link for link in found if link.startswith("/") and not DOWNLOADS.search(link)]


def pages_of(city: Showcase, known: set[str]) -> Iterator[str]:
    """One page of each shape that the reader can reach and nobody opened before."""
    waiting = ["/"]
    while waiting:
        path = waiting.pop(0)
        if shape(path) in known:
            continue
        known.add(shape(path))
        city.browser.open(path)
        waiting += links_of(city)
        yield path


def findings(driver: webdriver.Chrome) -> list[str]:
    driver.execute_script(AXE)
    found: list[str] = driver.execute_async_script(ASK_AXE)
    return found


def test_every_page_is_accessible_and_fits_both_sizes(city: Showcase, pictures: Path) -> None:
    """One walk for all, since each page costs a second: axe-core, width, console and where requests go."""
    driver, wrong = city.browser.driver, dict[str, Any]()
    seen: set[str] = set()
    for level in LEVELS:
        city.browser.resize(*DESK)
        city.work_as(level)
        known = set() if level == "branch" else seen  # a branch works with a telephone
        for path in pages_of(city, known):
            name = re.sub(r"\W+", "-", path).strip("-") or "home"
            if found := findings(driver):
                wrong[f"{level} {path}"] = found
            driver.save_screenshot(str(pictures / f"{level}-{name}.png"))
            city.browser.resize(*TELEPHONE)
            width = driver.execute_script("return document.documentElement.scrollWidth")
            if width > TELEPHONE[0]:
                wrong[f"{level} {path} on a telephone"] = f"{width} pixels wide"
            driver.save_screenshot(str(pictures / f"{level}-{name}-telephone.png"))
            city.browser.resize(*DESK)
        seen |= known
    assert len(seen) > 40
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)
    assert city.browser.complaints() == []
    assert city.browser.hosts() == {city.browser.served.address.removeprefix("http://")}


@pytest.mark.parametrize("size", [DESK, TELEPHONE], ids=["desk", "telephone"])
def test_the_permission_table_is_accessible_and_fits(
    city: Showcase, pictures: Path, size: tuple[int, int]
) -> None:
    """The matrix, what left the initial table, and the paper; a wide table scrolls in its own box."""
    driver = city.browser.driver
    city.browser.resize(*size)
    city.work_as("city")
    for path in ("/permission/", "/permission/?changed=1", "/permission/print/", "/permission/mine/"):
        city.browser.open(path)
        name = re.sub(r"\W+", "-", path).strip("-")
        driver.save_screenshot(str(pictures / f"{name}-{size[0]}.png"))
        assert findings(driver) == [], path
        assert driver.execute_script("return document.documentElement.scrollWidth") <= size[0], path
    city.browser.open("/permission/")
    overflows = "const box = document.querySelector('.wide'); return box.scrollWidth > box.clientWidth"
    assert driver.execute_script(overflows) is (size == TELEPHONE), "all twelve levels are seen at a desk"
    city.browser.press(city.browser.find("td.differs a"))
    assert "/permission/details/?id=" in driver.current_url
    assert city.browser.complaints() == []


def test_the_guide_shows_pages_as_they_are(city: Showcase, pictures: Path) -> None:
    """Makes the pictures of the guide anew (`make pictures` keeps them); the guide has each of them."""
    shown = re.findall(r"\(pictures/([\w-]+)\.png\)", GUIDE.read_text(encoding="utf-8"))
    assert sorted(shown) == sorted(GUIDE_PICTURES)
    for name, (level, path, size) in GUIDE_PICTURES.items():
        assert "PICTURES" in os.environ or (GUIDE.parent / "pictures" / f"{name}.png").is_file()
        city.browser.resize(*size)
        city.work_as(level)
        city.browser.open(path)
        assert city.browser.find("h1").text
        (pictures / "guide").mkdir(exist_ok=True)
        city.browser.driver.save_screenshot(str(pictures / "guide" / f"{name}.png"))
