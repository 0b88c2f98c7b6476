"""Every address of the registry, walked by everybody: who gets in, what is told, and what stays as it was."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from flask import Flask

from partyadmin import create_app
from partyadmin.db import db
from tests.urls.counties import POSTS, Connection, Counties, Record
from tests.urls.routes import BY_ID, CODES, EVERYBODY, NOUNS, Route, classify
from tests.urls.visitors import Visitor, plain, table_states

NOBODY_HAS = "987654321"
FEW_CODES = {"sex", "region", "calendar_day"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Town(NamedTuple):
    """The registry with its people, and all of its addresses."""

    app: Flask
    seed: Counties
    routes: list[Route]
    visitors: dict[str, Visitor]
    watch: Connection

    def __getitem__(self, name: str) -> Visitor:
        return self.visitors[name]

    def of_kind(self, *kinds: str) -> list[Route]:
        return [route for route in self.routes if route.kind in kinds]

    def records(self, noun: str) -> list[Record]:
        return [record for record in self.seed.records if record.noun == noun]


@pytest.fixture(scope="module")
def town(registry: Any) -> Iterator[Town]:
    with registry.connect("owner") as owner:
        seed = Counties(owner)
        seed.build()
    app = create_app(registry.config)
    with registry.connect("superuser") as watch:
        seed.keep_what_has_no_place(watch, CODES)
        visitors = {name: Visitor(name, app, post, seed.records) for name, post in POSTS.items()}
        with registry.connect("app") as session:
            for visitor in visitors.values():
                visitor.sign_in(session)
        visitors["anonymous"] = Visitor("anonymous", app, None, seed.records)
        routes = [classify(rule) for rule in app.url_map.iter_rules()]
        yield Town(app, seed, routes, visitors, watch)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def nothing_changes(town: Town) -> Iterator[None]:
    """Compares every row of every table before and after the test."""
    before = table_states(town.watch)
    yield
    after = table_states(town.watch)
    assert {name for name in before if before[name] != after[name]} == set()


def test_every_rule_is_classified(town: Town) -> None:
    assert {route.noun for route in town.routes} - {""} == set(NOUNS)
    assert len(town.routes) == len(list(town.app.url_map.iter_rules()))


# -- the anonymous --


@pytest.mark.usefixtures("nothing_changes")
def test_the_anonymous_reach_the_sign_in_page_and_nothing_else(town: Town) -> None:
    nobody = town["anonymous"]
    for route in town.routes:
        if route.kind == "public":
            continue
        for method in METHODS if route.noun not in CODES - FEW_CODES else ("GET", "POST"):
            data = None if method == "GET" else {"csrf_token": nobody.csrf}
            answer = nobody.ask(method, route.path, {"id": "1", "name": "account"}, data)
            if answer.status_code in (301, 302, 303):
                assert answer.headers["Location"] == "/sign-in/", (route, method)
            else:
                assert answer.status_code in ((401, 403) if method in route.methods else (401, 403, 405))


# -- reading --


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_a_record_opens_in_its_scope_and_does_not_exist_outside(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.of_kind("record", "change", "bytes"):
        if route.noun in CODES - FEW_CODES and name not in ("city", "audit"):
            continue  # one generated view for all lists: two people walk all of them
        closed = name not in route.allowed()
        lacking = route.view == "versions_view" and not route.policy.has_versions
        missing = visitor.get(route.path, id=NOBODY_HAS)
        assert missing.status_code == (403 if closed else 404), (name, route)
        records = town.records(route.noun)
        for record in (records[0], records[-1]) if closed else records:
            answer = visitor.get(route.path, id=record.key)
            if closed:
                assert answer.status_code == 403, (name, route, record)
            elif lacking or not record.is_seen_by(POSTS[name]):
                assert answer.status_code == 404, (name, route, record)
                assert plain(answer) == plain(missing), (name, route, record)
            else:
                assert answer.status_code == 200, (name, route, record)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_lists_and_forms_open_by_level(town: Town, name: str) -> None:
    for route in town.of_kind("list", "new", "look-up"):
        if route.noun in CODES - FEW_CODES:
            continue
        wanted = 200 if name in route.allowed() else 403
        if route.kind != "look-up":
            assert town[name].get(route.path).status_code == wanted, (name, route)
            continue
        for source in (*LOOKUPS, "no such list"):
            for typed in ("", "号", "%", "' OR 1=1 --"):
                answer = town[name].get(route.path, name=source, query=typed, limit=100000)
                assert answer.status_code in (wanted, 404), (name, route, source)
                if answer.status_code == 404:
                    break
                assert wanted == 403 or len(answer.get_json()) <= 20
    assert town[name].get("/").status_code == 200


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", OUTSIDERS)
def test_what_lies_outside_cannot_be_asked_for_either(town: Town, name: str) -> None:
    """Filters and look-ups answer for another's code, key, name or number as for one that nobody has."""
    visitor, far = town[name], [town.hidden_from(name, noun)[0] for noun in PLACED]
    for route in town.of_kind("list", "look-up"):
        if route.noun not in PLACED or name not in route.allowed():
            continue
        for record in far:
            for asked in ({"key": record.key, "code": record.code}, dict(enumerate(record.secrets + record.numbers))):
                for text in map(str, asked.values()):
                    names = PARAMETERS if route.kind == "list" else ("query",)
                    wide = dict.fromkeys(names, text) if text.isdigit() else {"name": text, "query": text}
                    for parameter in wide:
                        ...


@pytest.mark.usefixtures("nothing_changes")
def test_a_search_finds_in_scope_only(town: Town) -> None:
    for name in ("committee", "city", *OUTSIDERS):
        visitor = town[name]
        nothing = [plain(visitor.post_form("/member/search/", {"q": q})) for q in ("13711112222", "110105199003070011")]
        for member in town.records("member"):
            seen = member.is_seen_by(POSTS[name])
            for number in (member.numbers[0], member.numbers[2]):
                answer = visitor.post_form("/member/search/", {"q": number})
                assert number not in answer.headers.get("Location", "")
                if seen:
                    assert answer.headers["Location"] == f"/member/details/?id={member.key}"
                else:
                    assert plain(answer) in nothing
            listed = visitor.client.post(...)
