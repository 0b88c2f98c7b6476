"""A signed-in visitor of the application without a network, and a watch on the SQL of its requests."""

from __future__ import annotations

import time
from collections import defaultdict
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from bench.registries import Worker


class Watch:
    """Adds up the time of each statement and commit of an engine until it is read."""

    def __init__(self, engine: Engine):
        self.seconds = 0.0
        self.statements = 0
        self.by_text: defaultdict[str, list[float]] = defaultdict(list)
        event.listen(engine, "before_cursor_execute", self._begins)
        event.listen(engine, "after_cursor_execute", self._ends)
        commit = engine.dialect.do_commit

        def timed_commit(connection: Any) -> None:
            self._began = time.perf_counter()
            commit(connection)
            self._add("COMMIT")

        engine.dialect.do_commit = timed_commit  # type: ignore[assignment]

    def _begins(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _ends(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements += 1
        self._add(" ".join(statement.split()))

    def _add(self, text: str) -> None:
        spent = time.perf_counter() - self._began
        self.seconds += spent
        self.by_text[text].append(spent)

    def read(self) -> tuple[float, int]:
        """Seconds and statements since the last reading."""
        found = self.seconds, self.statements
        self.seconds, self.statements = 0.0, 0
        return found


class Visitor:
    """A browser that has signed in."""

    def __init__(self, app: Flask, worker: Worker):
        self.client = app.test_client()
        token = _Form.of(self.client.get("/sign-in/").text)["csrf_token"]
        answer = self.client.post(
            "/sign-in/", data={"csrf_token": token, "login": worker.login, "password": worker.password}
        )
        assert answer.status_code == 302, f"{worker.login} cannot sign in: {answer.status}"
        self.token = _Form.of(self.get("/member/").text)["csrf_token"]

    def get(self, address: str) -> TestResponse:
        """A page; anything but a page is an error of the bench."""
        answer = self.client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status}"
        return answer

    def post(self, address: str, values: dict[str, str]) -> TestResponse:
        """Sends a form; anything but the redirect after success is an error of the bench."""
        answer = self.client.post(address, data=values | {"csrf_token": self.token})
        assert answer.status_code == 302, f"{address}: {answer.status} {answer.text[:2000]}"
        return answer

    def form(self, address: str) -> dict[str, str]:
        """What a browser would send back of the record's form on a page."""
        return _Form.of(self.get(address).text, "record")


class _Form(HTMLParser):
    """The fields of the forms of a page, or of those of one class."""

    @classmethod
    def of(cls, html: str, style: str = "") -> dict[str, str]:
        parser = cls(style)
        parser.feed(html)
        return parser.fields

    def __init__(self, style: str):
        super().__init__()
        self.style, self.inside, self.fields = style, False, dict[str, str]()
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self.inside = self.style in (given.get("class") or "").split() or not self.style
        elif not self.inside:
            return
        elif tag == "input" and name and given.get("type") != "file":
            self.fields.setdefault(name, given.get("value") or "")
        elif tag in ("select", "textarea") and name:
            self._open = name
            self.fields.setdefault(name, "")
        elif tag == "option" and self._open and "selected" in given:
            self.fields[self._open] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag in ("select", "textarea"):
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open and self.lasttag == "textarea":
            self.fields[self._open] = data.removeprefix("\n")
