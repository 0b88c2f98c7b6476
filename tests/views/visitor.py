"""A person at a browser: opens pages, fills in forms, presses buttons."""

import re
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_INPUT = re.compile(r"<input [^>]*>")
_SELECT = re.compile(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option selected value="([^"]*)"')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Visitor:
    def __init__(self, app: Flask, english: bool = True):
        self.client = app.test_client()
        if english:
            self.press("/sign-in/", "/language/", language="en")

    def open(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None, buffered=True)

    def press(self, page: str, path: str | None = None, **values: Any) -> TestResponse:
        """Posts values with the token of a page, to that page or to another path."""
        found = _TOKEN.search(self.client.get(page).text)
        assert found, page
        return self.client.post(path or page, data={"csrf_token": found[1], **values})

    def fill_in(self, page: str, **values: Any) -> TestResponse:
        """Posts a form as the browser would: all it shows, with some fields typed over."""
        return self.client.post(page, data=shown_fields(self.client.get(page).text) | values, buffered=True)

    def sign_in(self, login: str, password: str) -> TestResponse:
        return self.press("/sign-in/", login=login, password=password)


def shown_fields(page: str) -> dict[str, Any]:
    """What the record's form on a page would send unchanged."""
    form = page[page.index('<form class="panel record"') :]
    fields: dict[str, Any] = {}
    for tag in _INPUT.findall(form):
        attributes = dict(_ATTRIBUTE.findall(tag))
        is_unchosen = attributes.get("type") in ("radio", "checkbox") and " checked" not in tag
        if attributes.get("type") != "file" and not is_unchosen:
            fields[attributes["name"]] = unescape(attributes.get("value", ""))
    for name, options in _SELECT.findall(form):
        chosen = _CHOSEN.search(options)
        fields[name] = chosen[1] if chosen else ""
    return fields
