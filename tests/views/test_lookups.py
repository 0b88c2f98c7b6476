"""Look-ups of forms: a key that a script sends, or words that somebody typed where none runs."""

from typing import Any

import pytest

from tests.views.visitor import shown_fields

NEW = "/post/new/"


@pytest.mark.parametrize("words", ["001001001001", "中共branch_org", "中共branch_org (001001001001)"])
def test_a_code_or_an_exact_name_is_understood(people: Any, words: str) -> None:
    answer = people("committee").fill_in(NEW, organisation_id_words=words, level="")
    assert answer.status_code == 422 and 'id="level-error"' in answer.text
    assert 'id="organisation_id-error"' not in answer.text


@pytest.mark.parametrize("words", ["001001", "中共bra", "没有这个组织", "1"])
def test_what_names_nothing_in_scope_is_refused_and_stays(people: Any, words: str) -> None:
    answer = people("committee").fill_in(NEW, organisation_id_words=words, level="")
    assert 'id="organisation_id-error"' in answer.text
    assert shown_fields(answer.text)["organisation_id_words"] == words


def test_a_name_of_two_is_not_guessed(site: Any, people: Any) -> None:
    for number in "12":
        made = people("committee").fill_in("/document/new/", kind="approval", number=number, title="同名批复")
        assert made.status_code == 302
    page = f"/tenure/new/?account_id={site.world['committee_account']}"
    answer = people("committee").fill_in(page, document_id_words="同名批复")
    assert "Several have this name" in answer.text
    answer = people("committee").fill_in(page, document_id_words="1 同名批复")
    assert "Several have this name" not in answer.text and 'id="document_id-error"' not in answer.text


def test_words_that_come_back_change_nothing_and_an_emptied_box_names_nothing(site: Any, people: Any) -> None:
    person = people("committee")
    assert person.fill_in("/document/new/", kind="approval", number="3", title="授权书").status_code == 302
    made = person.fill_in(
        "/field_delegation/new/",
        place=site.world["branch_org"],
        field_remark="y",
        document_id_words="3 授权书",
    )
    assert made.status_code == 302, made.text
    ((key,),) = site.rows("SELECT id FROM field_delegation WHERE field = 'remark'")
    page = f"/field_delegation/edit/?id={key}"
    stored = "SELECT document_id IS NOT NULL, ver FROM field_delegation WHERE field = 'remark'"
    assert person.fill_in(page).status_code == 302
    assert site.rows(stored) == [(True, 1)]
    assert person.fill_in(page, document_id_words="").status_code == 302
    assert site.rows(stored) == [(False, 2)]
