"""Addresses and forms that make no sense: refused in plain words, and nothing is written."""

import re

import pytest

from tests.urls import forms
from tests.urls.counties import POSTS
from tests.urls.routes import CODES
from tests.urls.town import LOOKUPS, Town
from tests.urls.visitors import text_in


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["committee", "security"])
def test_malformed_addresses_are_refused_in_plain_words(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.walk("record", "change", "bytes", "renew", "reveal"):
        if name == "security" and "committee" in route.allowed():
            continue
        for key in forms.BAD_KEYS:
            data = {"csrf_token": visitor.csrf} if route.kind == "renew" else None
            answer = visitor.ask("POST" if data else "GET", route.path, {"id": key}, data)
            wanted = (200, 400, 403, 404) if route.noun in CODES else (400, 403, 404)
            assert answer.status_code in wanted, (route, key)
        assert visitor.ask("POST" if route.kind == "renew" else "GET", route.path).status_code in (
            400,
            403,
            404,
        )


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["committee", "security"])
def test_malformed_pages_filters_and_questions_are_refused_in_plain_words(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.walk("list", "look-up", "export"):
        if name not in route.allowed() or (name == "security" and "committee" in route.allowed()):
            continue
        if route.kind == "look-up":
            for source in (*LOOKUPS, "\x00", "x" * 3000):
                first = visitor.get(route.path, name=source)
                assert first.status_code in (200, 400, 404), (route, source)
                for word in forms.BAD_WORDS if first.status_code == 200 else ():
                    assert visitor.get(route.path, name=source, query=word).status_code in (200, 400)
            continue
        for number, token in enumerate(forms.BAD_PAGES):
            end = "before" if number % 2 else "after"
            assert visitor.get(route.path, **{end: token}).status_code in (200, 400), (route, token)
        known = set(re.findall(r'<(?:select|input)[^>]* name="(\w+)"', text_in(visitor.get(route.path))))
        for word in forms.BAD_WORDS:
            for parameter in sorted(known | forms.BY_LINK):
                answer = visitor.get(route.path, **{parameter: word})
                assert answer.status_code in (200, 400), (route, parameter, word)
            assert visitor.get(route.path, **dict.fromkeys(forms.NO_FILTERS, word)).status_code in (200, 400)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["city", "committee", "branch", "system", "security"])
def test_malformed_forms_write_nothing(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.walk("new", "change"):
        record = town.own(name, route.noun)
        if name not in route.allowed() or record is None:
            continue
        query = {"id": record.key} if route.kind == "change" else {}
        fields = set(
            re.findall(r'<(?:input|select)[^>]* name="(\w+)"', visitor.get(route.path, **query).text)
        )
        assert len(fields) >= 2, route  # the token, and something to fill in
        for word in forms.BAD_FIELDS:
            answer = visitor.post_form(route.path, dict.fromkeys(fields, word) | forms.WHY, **query)
            assert answer.status_code in (302, 400, 409, 422), (route, word)
        assert visitor.post_form(route.path, dict.fromkeys(fields, "a\x00"), **query).status_code == 400


@pytest.mark.usefixtures("nothing_changes")
def test_malformed_words_about_oneself(town: Town) -> None:
    visitor = town["committee"]
    foreign = town.seed.ids["post", POSTS["city"].login]
    for chosen in (*forms.BAD_KEYS, str(foreign)):
        assert visitor.post_form("/switch-post/", {"post_id": chosen}).status_code in (302, 400)
        assert visitor.post_form("/language/", {"language": chosen}).status_code == 400
        assert visitor.post_form("/member/search/", {"q": chosen}).status_code in (302, 400)
        secret = {"present": chosen, "new": chosen, "again": chosen}
        assert visitor.post_form("/password/", secret).status_code in (400, 422)
        typed = {"login": chosen, "password": chosen}
        assert town["anonymous"].post_form("/sign-in/", typed).status_code in (400, 403)
    assert visitor.get("/organisation/details/", id=town.seed.ids["organisation", "001"]).status_code == 404
    for path in ("/no/such/page", "/member/details/../../etc/passwd", "/static/../app.py", "/member/%00"):
        assert visitor.ask("GET", path).status_code in (308, 404)
