"""A real Chromium before a real server: both end with the module, and a failure leaves a picture."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait
from waitress import wasyncore
from waitress.server import create_server

from partyadmin import create_app
from partyadmin.db import db
from tests.browser.city import load_city

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
# The inner size of a window: at a desk, and of a telephone.
DESK, TELEPHONE = (1366, 768), (390, 844)
# A refused form or password is answered so, which Chromium notes as a failed load.
REFUSED = ("status of 422", "status of 403")


@dataclass
class Served:
    """A running server, and each address that anybody asked it for."""

    address: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving(app: Flask) -> Iterator[Served]:
    """Serves an application on a free port of this machine."""
    served = Served("")

    def noted(environ: dict[str, Any], start_response: Any) -> Any:
        kept = ("PATH_INFO", "QUERY_STRING", "HTTP_REFERER")
        served.asked.append(" ".join(environ.get(name, "") for name in kept))
        return app(environ, start_response)

    server = create_server(noted, host="127.0.0.1", port=0, threads=4, ident=None)
    served.address = f"http://127.0.0.1:{server.effective_port}"
    thread = Thread(target=server.run)
    thread.start()
    yield served
    # Its loop ends when nothing is left to listen to, the connections that the window keeps included.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
    thread.join(10)
    server.task_dispatcher.shutdown()


class Browser:
    """One window; people find things by what they see."""

    def __init__(self, driver: webdriver.Chrome, served: Served) -> None:
        self.driver, self.served = driver, served
        # A list that is written anew while it is read is read again.
        self.wait = WebDriverWait(driver, 15, ignored_exceptions=[StaleElementReferenceException])
        self.visited: list[str] = []

    def open(self, path: str) -> None:
        self.driver.get(self.served.address + path)
        self.note()

    def note(self) -> None:
        self.visited.append(self.driver.current_url)

    def sign_in(self, login: str, password: str) -> None:
        """Fills in the form of the page that is open."""
        self.type("login", login)
        self.type("password", password)
        self.press(self.find("#main button"))

    def resize(self, width: int, height: int) -> None:
        """Gives the page exactly this room; a narrow one behaves as a telephone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 768}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def find(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def type(self, name: str, text: str) -> None:
        """Types over what a field holds."""
        target = self.find(f"#main [name={name}]")
        target.clear()
        target.send_keys(text)

    def press(self, target: WebElement | str) -> None:
        """Clicks something that leads to another page, and waits for that page."""
        if isinstance(target, str):
            target = self.driver.find_element(By.LINK_TEXT, target)
        page = self.find("html")
        target.click()
        self.wait.until(lambda driver: driver.find_element(By.CSS_SELECTOR, "html") != page)
        self.wait.until(lambda driver: driver.execute_script("return document.readyState") == "complete")
        self.note()

    @property
    def text(self) -> str:
        return self.find("body").text

    def forget(self) -> None:
        """Leaves the page and the size of the module before, with all that its logs still hold."""
        self.resize(*DESK)
        self.driver.get("about:blank")
        self.complaints()
        self.hosts()

    def complaints(self) -> list[str]:
        """What the console says, refused forms apart."""
        lines = self.driver.get_log("browser")  # type: ignore[no-untyped-call]
        return [line["message"] for line in lines if not any(each in line["message"] for each in REFUSED)]

    def hosts(self) -> set[str]:
        """The hosts that pages of the window asked for something."""
        messages = (json.loads(line["message"])["message"] for line in self.driver.get_log("performance"))  # type: ignore[no-untyped-call]
        sent = [m for m in messages if m["method"] == "Network.requestWillBeSent"]
        addresses = (urlsplit(message["params"]["request"]["url"]) for message in sent)
        return {address.netloc for address in addresses if address.scheme != "data"}

    @contextmanager
    def pictured(self, folder: Path) -> Iterator[None]:
        """Leaves a picture of the window where what follows fails."""
        try:
            yield
        except BaseException as error:
            picture = folder / "failure.png"
            self.driver.save_screenshot(str(picture))
            error.add_note(f"the window at {self.driver.current_url}: {picture}")
            raise


@contextmanager
def window(app: Flask, driver: webdriver.Chrome) -> Iterator[Browser]:
    """The window before a running server of its own."""
    with serving(app) as served:
        browser = Browser(driver, served)
        browser.forget()
        yield browser
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[webdriver.Chrome]:
    """A headless Chromium, or a skipped test."""
    for program in (CHROMIUM, DRIVER):
        if not program.exists():
            pytest.skip(f"there is no {program}; apt-get install chromium chromium-driver fonts-noto-cjk")
    options = Options()
    options.binary_location = str(CHROMIUM)
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1366,768"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # The machine may have no network, and selenium asks for a newer driver otherwise.
    service = Service(str(DRIVER), env={**os.environ, "SE_OFFLINE": "true"})
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def browser(registry: Any, chromium: webdriver.Chrome) -> Iterator[Browser]:
    app = create_app(registry.config)
    with app.app_context():
        load_city(registry)
    with window(app, chromium) as browser:
        yield browser
