"""The tree beside a list, the settings of one's own and the search of the header, tried by everybody."""

import re

import pytest

from tests.urls.counties import POSTS
from tests.urls.routes import EVERYBODY
from tests.urls.town import (
    NOBODYS_CODE,
    NOBODYS_MOBILE,
    NOBODYS_NAME,
    NOBODYS_NUMBER,
    OUTSIDERS,
    Town,
)
from tests.urls.visitors import masked


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_the_tree_opens_by_level_and_ends_at_the_scope(town: Town, name: str) -> None:
    visitor, post = town[name], POSTS[name]
    for route in town.walk("tree"):
        own = visitor.get(route.path, below=post.code)
        assert own.status_code == (200 if name in route.allowed() else 403), (name, route)
        if own.status_code == 403:
            continue
        for record in town.records("organisation"):
            answer = visitor.get(route.path, below=record.code)
            assert answer.status_code == (200 if record.is_seen_by(post) else 404), (name, record)
        assert visitor.get(route.path, below=NOBODYS_CODE).status_code == 404


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", OUTSIDERS)
def test_a_search_of_the_tree_and_of_the_header_tells_nothing_of_another_subtree(
    town: Town, name: str
) -> None:
    visitor = town[name]
    far = {noun: town.far_from(name, noun) for noun in ("organisation", "member", "document")}
    # A word is sought by its form (a name, a number, a code), so nobody's has the same.
    asked = [(word, re.sub("[0-9]", "9", word)) for word in (record.secrets[0] for record in far.values())]
    asked = [(word, NOBODYS_NAME if nobodys == word else nobodys) for word, nobodys in asked]
    asked += [(far["organisation"].code, NOBODYS_CODE), (far["member"].numbers[0], NOBODYS_NUMBER)]
    asked += [(far["member"].numbers[2], NOBODYS_MOBILE)]
    for word, nobodys in asked:
        pages = [
            masked(visitor.post_form("/find/", {"find": each}), word, nobodys) for each in (word, nobodys)
        ]
        assert pages[0] == pages[1], word
        for route in town.walk("tree"):
            answers = [masked(visitor.get(route.path, find=each), word, nobodys) for each in (word, nobodys)]
            assert answers[0] == answers[1], word


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_settings_are_kept_for_oneself_alone(town: Town, name: str) -> None:
    for route in town.walk("setting"):
        form = {"called": f"{name}的", "shown": "no_such_column", "tab": "1"}
        answer = town[name].post_form(route.path, form)
        assert answer.status_code == (302 if name in route.allowed() else 403), (name, route)
    kept = town.watch.execute(
        "SELECT DISTINCT a.login FROM saved_view v JOIN account a ON a.id = v.account_id WHERE v.name = %s",
        [f"{name}的"],
    ).fetchall()
    town.watch.rollback()
    assert kept == [(POSTS[name].login,)]
    for other in sorted(EVERYBODY - {name}):
        for route in town.walk("list"):
            if route.noun == "organisation" and other in route.allowed():
                assert f"{name}的" not in town[other].get(route.path).text


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_a_mark_is_set_for_oneself_on_what_one_sees(town: Town, name: str) -> None:
    question = (
        "SELECT l.organisation_id FROM last_look l JOIN account a ON a.id = l.account_id WHERE a.login = %s"
    )
    form = {"until": "2026-01-01T00:00:00+08:00"}
    for route in town.walk("mark"):
        seen = set()
        for record in town.records(route.noun):
            answer = town[name].post_form(route.path, form, id=record.key)
            if name in route.allowed() and record.is_seen_by(POSTS[name]):
                assert answer.status_code == 302, (name, record)
                seen.add(record.key)
            else:
                assert answer.status_code == (404 if name in route.allowed() else 403), (name, record)
        kept = {key for (key,) in town.watch.execute(question, [POSTS[name].login])}
        town.watch.rollback()
        assert kept == seen


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", ["committee", "system"])
def test_malformed_settings_and_trees_are_refused_in_plain_words(town: Town, name: str) -> None:
    for word in ("'", "x" * 5000, "😀", "-1", "0"):
        for route in town.walk("setting"):
            if name in route.allowed():
                answer = town[name].post_form(route.path, {"sort": word, "called": ""})
                assert answer.status_code == 400, (route, word)
                bad = {"called": word * 30, "tab": word, "take_away": "1"}
                assert town[name].post_form(route.path, bad).status_code == 302
        for route in town.walk("tree"):
            answer = town[name].get(route.path, below=word, after=word)
            assert answer.status_code in (400, 403, 404), (route, word)
            assert town[name].get(route.path, find=word).status_code in (200, 400, 403)
