"""What is typed and not yet saved, and numbers shown whole: nobody reaches another's."""

import pytest

from tests.urls import forms
from tests.urls.counties import POSTS
from tests.urls.routes import EVERYBODY
from tests.urls.town import OUTSIDERS, Town

SHEET = "5" * 32
TYPED = "只写在草稿里的住址"


def test_a_draft_is_reached_by_nobody_else(town: Town) -> None:
    writer, record = town["committee"], town.own("committee", "member")
    assert record
    typed = forms.WHY | {"sheet": SHEET, "address": TYPED, "ver": "1"}
    sure = {"sheet": SHEET, "sure": "1"}
    assert writer.post_form("/member/draft/", typed, id=record.key).status_code == 302
    page = f"/member/edit/?id={record.key}"
    assert SHEET in writer.ask("GET", page).text, "it is offered to its writer"
    assert TYPED in writer.ask("GET", f"{page}&draft={SHEET}").text
    for name in EVERYBODY - {"committee"}:
        other = town[name]
        for address in ("/", page, f"{page}&draft={SHEET}", f"/member/new/?draft={SHEET}", "/member/"):
            answer = other.ask("GET", address)
            assert TYPED not in answer.text and SHEET not in answer.text.replace(address, ""), (name, address)
        dropped = other.post_form("/member/draft/drop/", sure, id=record.key)
        assert dropped.status_code in (302, 403, 404)
    assert TYPED in writer.ask("GET", f"{page}&draft={SHEET}").text, "nobody else emptied it"
    assert (
        writer.post_form("/member/draft/drop/", {"sheet": SHEET, "sure": "1"}, id=record.key).status_code
        == 302
    )
    assert TYPED not in writer.ask("GET", f"{page}&draft={SHEET}").text


@pytest.mark.usefixtures("nothing_changes")
def test_a_form_that_does_not_open_takes_no_draft_and_no_question(town: Town) -> None:
    for name in EVERYBODY:
        for route in town.walk("sheet"):
            if name not in route.policy.create:
                answer = town[name].post_form(route.path, {"sheet": SHEET, "name": "钱新生"} | forms.WHY)
                assert answer.status_code == 403, (name, route)


@pytest.mark.parametrize("name", ["city", "committee", "branch", "security"])
def test_malformed_drafts_are_kept_or_refused_in_plain_words(town: Town, name: str) -> None:
    visitor = town[name]
    for route in town.walk("sheet"):
        record = town.own(name, route.noun)
        if name not in route.allowed() or record is None:
            continue
        for word in forms.BAD_FIELDS:
            typed = dict.fromkeys(
                ("name", "address", "label_zh", "letter", "id_number", "sheet", "ver"), word
            )
            answer = visitor.post_form(route.path, typed | {"ask": "1"}, id=record.key)
            assert answer.status_code in (200, 302, 400, 422), (route, word)
        assert visitor.post_form(route.path, {"reason": "x" * 100_000}, id=record.key).status_code in (
            200,
            302,
            422,
        )
        for key in forms.BAD_KEYS:
            assert visitor.post_form(route.path, {}, id=key).status_code in (400, 404), (route, key)


@pytest.mark.parametrize("name", OUTSIDERS[:2])
def test_a_checked_number_tells_nothing_of_another_scope(town: Town, name: str) -> None:
    visitor = town[name]
    for member in town.hidden_from(name, "member"):
        answer = visitor.post_form("/member/check/", {"id_number": member.numbers[0], "ask": "1"})
        assert answer.status_code in (200, 403)
        assert f"id={member.key}" not in answer.text


def test_a_number_is_shown_whole_only_in_scope_and_after_a_reason(town: Town) -> None:
    question = "SELECT count(*) FROM access_log WHERE kind = 'number revealed'"
    (before,) = town.watch.execute(question).fetchone() or (0,)
    town.watch.rollback()
    shown = 0
    for name in ("committee", "county", "auditor", "branch", "system"):
        visitor = town[name]
        for member in town.records("member"):
            empty = visitor.client.post(
                f"/member/reveal/?id={member.key}", data={"csrf_token": visitor.csrf, "reason": ""}
            )
            told = visitor.client.post(
                f"/member/reveal/?id={member.key}", data={"csrf_token": visitor.csrf, "reason": "核对档案"}
            )
            assert member.numbers[0] not in empty.text
            may = name not in ("branch", "system")
            if may and member.is_seen_by(POSTS[name]):
                assert told.status_code == 200 and member.numbers[0] in told.text
                assert told.headers["Cache-Control"] == "no-store"
                shown += 1
            else:
                assert told.status_code == (404 if may else 403)
                assert member.numbers[0] not in told.text
    (after,) = town.watch.execute(question).fetchone() or (0,)
    town.watch.rollback()
    assert shown and after - before == shown
