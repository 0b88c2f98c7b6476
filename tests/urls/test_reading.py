"""Every address, walked by everybody: who gets in, and what is told of another subtree."""

import re
from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.urls import forms
from tests.urls.counties import POSTS
from tests.urls.routes import BY_ID, CODES, EVERYBODY, NOUNS
from tests.urls.town import (
    FEW_CODES,
    LOOKUPS,
    METHODS,
    NOBODYS_CODE,
    NOBODYS_KEY,
    NOBODYS_MOBILE,
    NOBODYS_NAME,
    NOBODYS_NUMBER,
    OUTSIDERS,
    Town,
)
from tests.urls.visitors import masked, plain, table_states, text_in


def test_every_rule_is_classified(town: Town) -> None:
    assert {route.noun for route in town.routes} - {""} == set(NOUNS)


@pytest.mark.usefixtures("nothing_changes")
def test_the_anonymous_reach_the_sign_in_page_and_nothing_else(town: Town) -> None:
    nobody = town["anonymous"]
    for route in town.walk("signed in", *forms.KINDS_OF_RECORDS, all_lists=True):
        for method in METHODS if route.noun not in CODES - FEW_CODES else ("GET", "POST"):
            data = None if method == "GET" else {"csrf_token": nobody.csrf}
            answer = nobody.ask(method, route.path, {"id": "1", "name": "account"}, data)
            if answer.status_code == 302:
                assert answer.headers["Location"] == "/sign-in/", (route, method)
            else:
                assert answer.status_code == 405 and method not in route.methods, (route, method)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_a_record_opens_in_its_scope_and_does_not_exist_outside(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.walk("record", "change", "bytes", "reveal", all_lists=name == "city"):
        closed = name not in route.allowed()
        missing = visitor.get(route.path, id=NOBODYS_KEY)
        assert missing.status_code == (403 if closed else 404), (name, route)
        records = town.records(route.noun)
        for record in (records[0], records[-1]) if closed else records:
            answer = visitor.get(route.path, id=record.key)
            if closed:
                assert answer.status_code == 403, (name, route, record)
            elif not record.is_seen_by(POSTS[name]) or not route.is_kept:
                assert answer.status_code == 404, (name, route, record)
                assert plain(answer) == plain(missing), (name, route, record)
            else:
                assert answer.status_code == 200, (name, route, record)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_lists_forms_and_lookups_open_by_level(town: Town, name: str) -> None:
    assert town[name].get("/").status_code == 200
    for route in town.walk("list", "new", "export", "many"):
        answer = town[name].get(route.path)
        assert answer.status_code == (200 if name in route.allowed() else 403), (name, route)
    for route in town.walk("look-up"):
        for source in (*LOOKUPS, "no such list") if name in route.allowed() else LOOKUPS[:1]:
            answer = town[name].get(route.path, name=source, query="", limit=100000)
            assert answer.status_code in ((200, 404) if name in route.allowed() else (403,)), (name, route)
            assert answer.status_code != 200 or len(answer.get_json()) <= 20


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", OUTSIDERS)
def test_another_subtree_cannot_be_asked_for(town: Town, name: str) -> None:
    """Filters and look-ups answer for another's key, code, name or number as for one that nobody has."""
    visitor = town[name]
    far = {noun: town.far_from(name, noun) for noun in forms.REFERENCES}
    place = far["organisation"].code
    words = [word for record in far.values() for word in (record.secrets + record.numbers)[:4]]
    for route in town.walk("look-up"):
        for source in LOOKUPS if name in route.allowed() and route.noun in forms.REFERENCES else ():
            if visitor.get(route.path, name=source).status_code == 200:
                for word in (*words, place):
                    assert visitor.get(route.path, name=source, query=word).get_json() == [], (route, word)
    for route in town.walk("list", "export"):
        for parameter in (
            forms.PARAMETERS if name in route.allowed() and route.noun in forms.REFERENCES else ()
        ):
            record = far[forms.KEYS_OF.get(parameter, "member")]
            asked, nobodys = str(record.key), NOBODYS_KEY
            if parameter in ("organisation", "directly"):
                asked, nobodys = place, NOBODYS_CODE
            elif parameter not in forms.BY_LINK:
                asked, nobodys = record.secrets[0], NOBODYS_NAME
            answers = [visitor.get(route.path, **{parameter: value}) for value in (asked, nobodys)]
            pages = [masked(answer, asked, nobodys) for answer in answers]
            assert pages[0] == pages[1], (route, parameter)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["committee", "city", "auditor", *OUTSIDERS])
def test_a_search_finds_in_scope_only(town: Town, name: str) -> None:
    visitor = town[name]

    def search(typed: str) -> tuple[str, str]:
        answer = visitor.post_form("/member/search/", {"q": typed})
        where = answer.headers["Location"]
        return where, masked(visitor.ask("GET", where), typed)

    for member in town.records("member"):
        for number, nobodys in ((member.numbers[0], NOBODYS_NUMBER), (member.numbers[2], NOBODYS_MOBILE)):
            where, page = search(number)
            if member.is_seen_by(POSTS[name]):
                assert where == f"/member/details/?id={member.key}"
            else:
                assert (where, page) == search(nobodys)
        assert (f"id={member.key}" in search(member.secrets[0])[1]) == member.is_seen_by(POSTS[name])
    assert (
        visitor.post_form("/member/search/", {"q": town.records("member")[0].numbers[0][:10]}).status_code
        == 302
    )


@pytest.mark.parametrize(("name", "whose"), [("county", "branch"), ("city", "committee")])
def test_a_look_shows_what_the_other_person_may_see_and_writes_nothing(
    town: Town, name: str, whose: str
) -> None:
    """The same pages are open, none tells more, and no form that is sent changes a row of any table."""
    looker, other, place = town[name], town[whose], POSTS[whose].code
    account, post = (town.seed.ids[noun, place] for noun in ("account", "post"))
    begun = looker.post_form("/account/look/", forms.WHY | {"post": str(post)}, id=account)
    assert begun.status_code == 302
    own = {
        text
        for record in town.records("account")
        if record.code == POSTS[name].code
        for text in record.secrets
    }
    before = table_states(town.watch)
    try:
        for route in town.walk("list", "record", "reveal", "change", "new", "export", "many"):
            records = town.records(route.noun) if route.kind in BY_ID else [None]
            for record in records[:: max(1, len(records) // 2)]:
                key = {} if record is None else {"id": record.key}
                answer, theirs = looker.get(route.path, **key), other.get(route.path, **key)
                if "card" in route.path or "form/" in route.path or "print" in route.path:
                    assert answer.status_code in (theirs.status_code, 403), (route, record)
                    continue
                assert answer.status_code == theirs.status_code, (route, record)
                told = {found[0] for found in other._pattern.finditer(text_in(answer))} - own
                assert not told, (route, record, told)
        for route in town.walk(*forms.KINDS_OF_RECORDS):
            if "POST" in route.methods:
                record = town.own(whose, route.noun)
                form = forms.WHY | {"ver": "1", "until": "2026-01-01T00:00:00+08:00", "q": "1" * 18}
                form |= (
                    forms.new_form(route.noun, town.seed, forms.ABROAD)
                    if route.noun in forms.REFERENCES
                    else {}
                )
                answer = looker.post_form(route.path, form, **({} if record is None else {"id": record.key}))
                assert answer.status_code in (200, 302, 400, 403, 404, 409, 422), route
        assert table_states(town.watch) == before
    finally:
        assert looker.post_form("/stop-look/").status_code == 302
    assert looker.get("/account/").status_code == 200


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["city", "committee", "branch", "auditor", "system", "security"])
def test_every_link_leads_somewhere_and_reading_writes_nothing(town: Town, name: str) -> None:
    asked: Counter[Any] = Counter()
    waiting, seen = ["/"], {"/"}
    while waiting:
        path = waiting.pop()
        answer = town[name].ask("GET", path)
        assert answer.status_code == 200, (name, path)
        links = (
            re.findall(r'(?:href|src|data-lookup)="(/[^"]*)"', answer.text)
            if answer.mimetype == "text/html"
            else []
        )
        for link in (link.replace("&amp;", "&") for link in links):
            address = urlsplit(link)
            shape = (re.sub(r"^/codes/\w+", "/codes", address.path), *sorted(parse_qs(address.query)))
            if link not in seen and asked[shape] < 3:
                asked[shape] += 1
                seen.add(link)
                waiting.append(link)
    assert len(seen) > 20
