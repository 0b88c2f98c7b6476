"""A member's form is checked while it is typed: by the rules of the database, and asked about one number."""

from typing import Any

from tests.schema.slow import id_number
from tests.schema.world import BORN, number
from tests.views.visitor import shown_fields

NEW, CHECK = "/member/new/", "/member/check/"


def ask(person: Any, page: str = NEW, **typed: Any) -> str:
    fields = shown_fields(person.open(page).text) | typed
    answer = person.client.post(page.replace("/new/", "/check/").replace("/edit/", "/check/"), data=fields)
    assert answer.status_code == 200
    return str(answer.text)


def looked_up(site: Any) -> int:
    return int(site.rows("SELECT count(*) FROM access_log WHERE kind = 'number looked up'")[0][0])


def test_a_sound_number_is_right_and_fills_birth_and_sex(site: Any, people: Any) -> None:
    before = looked_up(site)
    told = ask(people("committee"), id_number=id_number("340702", BORN, 777), ask="1")
    assert 'data-fill-birth-date="1980-03-01"' in told and 'data-fill-sex="1"' in told
    assert "No other member has this ID number." in told and "the last one fits" in told
    assert looked_up(site) == before + 1
    assert "must be filled in" not in told, "what is missing is not told before the form is saved"
    ask(people("committee"), id_number=id_number("340702", BORN, 777))
    assert looked_up(site) == before + 1, "the question is logged when it is asked"


def test_a_wrong_number_is_told_with_the_sentence_of_its_rule(people: Any) -> None:
    sound = id_number("340702", BORN, 777)
    wrong = sound[:-1] + ("1" if sound[-1] != "1" else "2")
    told = ask(people("committee"), id_number=wrong, sex="2", ask="1")
    assert "a digit was mistyped" in told and "does not match the 17th digit" in told
    assert "data-fill" not in told


def test_a_taken_number_leads_to_its_member_inside_the_scope_only(site: Any, people: Any) -> None:
    inside = ask(people("committee"), id_number=number(11), ask="1")
    assert f"/member/details/?id={site.world['wei']}" in inside
    outside = ask(people("committee"), id_number=number(55), ask="1")
    assert "outside your scope" in outside and "/member/details/" not in outside


def test_ones_own_number_is_not_another_member(site: Any, people: Any) -> None:
    page = f"/member/edit/?id={site.world['wei']}"
    told = ask(people("committee"), page, id_number=number(11), ask="1")
    assert "No other member has this ID number." in told


def test_a_branch_asks_no_number(site: Any, people: Any) -> None:
    before = looked_up(site)
    page = f"/member/edit/?id={site.world['wei']}"
    told = ask(people("branch"), page, id_number=number(55), ask="1")
    assert "registered" not in told and looked_up(site) == before


def test_a_refused_form_marks_all_that_is_wrong_and_fills_from_the_number(site: Any, people: Any) -> None:
    typed = {"id_number": id_number("340702", BORN, 779), "name": "王 x", "mobile": "123"}
    answer = people("committee").fill_in(NEW, **typed, branch_id=site.world["branch_org"])
    assert answer.status_code == 422
    for field in ("name", "mobile", "ethnicity", "join_date", "address"):
        assert f'id="{field}-error"' in answer.text, field
        assert f'href="#{field}"' in answer.text, "the summary leads to the field"
    again = shown_fields(answer.text)
    assert (again["birth_date"], again["sex"]) == ("1980-03-01", "1"), (
        "without script the server fills them in"
    )
    assert again["mobile"] == "123"
    assert 'id="birth_date-error"' not in answer.text


def test_old_faults_of_a_record_are_not_told_again(site: Any, people: Any) -> None:
    page = f"/member/edit/?id={site.world['wei']}"
    answer = people("committee").fill_in(page, full_date="2004-01-01")
    assert answer.status_code == 422
    assert 'id="full_date-error"' in answer.text and 'id="mobile-error"' not in answer.text
