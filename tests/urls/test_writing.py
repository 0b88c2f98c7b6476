"""Every form, sent by everybody: what may not be written stays as it was, in every table."""

import io
import re

import pytest

from partyadmin.models import Member
from tests.urls import forms
from tests.urls.counties import POSTS
from tests.urls.routes import CODES, EVERYBODY
from tests.urls.town import FEW_CODES, METHODS, NOBODYS_KEY, OUTSIDERS, Town
from tests.urls.visitors import plain, table_states


@pytest.mark.usefixtures("nothing_changes")
def test_every_post_needs_the_token_of_its_session(town: Town) -> None:
    for route in town.walk(*forms.KINDS_OF_RECORDS, "signed in", "public", all_lists=True):
        for method in METHODS[1:] if route.noun not in CODES - FEW_CODES else ("POST",):
            wanted = 400 if method in route.methods else 405
            for data in ({}, {"csrf_token": town["city"].csrf}) if wanted == 400 else ({},):
                answer = town["committee"].ask(method, route.path, {"id": "1"}, data)
                assert answer.status_code == wanted, (route, method)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_nobody_writes_beyond_their_level(town: Town, name: str) -> None:
    for route in town.walk(
        "new", "change", "renew", "export", "sheet", "reveal", "many", all_lists=name == "auditor"
    ):
        if name not in route.allowed():
            form = (
                forms.new_form(route.noun, town.seed, forms.ABROAD) if route.noun in forms.REFERENCES else {}
            )
            record = town.records(route.noun)[0]
            answer = town[name].post_form(route.path, form | forms.WHY | {"ver": "1"}, id=record.key)
            assert answer.status_code == 403, (name, route)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", [*OUTSIDERS, "system"])
def test_records_of_another_subtree_cannot_be_written(town: Town, name: str) -> None:
    for route in town.walk("change", "renew", "sheet", "reveal"):
        if name not in route.allowed() or route.noun not in forms.REFERENCES:
            continue
        form = forms.new_form(route.noun, town.seed, forms.ABROAD) | {"ver": "1", "name": "改过的"}
        missing = town[name].post_form(route.path, form, id=NOBODYS_KEY)
        for record in town.hidden_from(name, route.noun):
            answer = town[name].post_form(route.path, form, id=record.key)
            assert answer.status_code == 404 and plain(answer) == plain(missing), (name, route, record)


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("noun", forms.REFERENCES)
def test_a_form_cannot_name_records_of_another_subtree(town: Town, noun: str) -> None:
    home = forms.HOMES[noun]
    visitor, record = town[home.visitor], town.own(home.visitor, noun)
    assert record
    sound = forms.new_form(noun, town.seed, home)
    for field, target in forms.REFERENCES[noun].items():
        foreign = str(forms.named(town.seed, target, forms.ABROAD))
        if field in sound:
            answer = visitor.post_form(f"/{noun}/new/", sound | {field: foreign})
            assert answer.status_code == 422 and f'id="{field}-error"' in answer.text, field
        changed = forms.WHY | {"ver": "1", field: foreign}
        if noun == "member":
            changed["birth_date"] = "1980-03-02"
        answer = visitor.post_form(f"/{noun}/edit/", changed, id=record.key)
        assert answer.status_code in (302, 403, 422), (noun, field)


def test_columns_outside_the_form_and_fields_of_others_stay(town: Town) -> None:
    """A branch sends every column of its member; what it was delegated is saved, and nothing else."""
    member = next(m for m in town.records("member") if m.code == POSTS["branch"].code)
    question = "SELECT to_jsonb(m) FROM member m WHERE id = %s"
    (before,) = town.watch.execute(question, [member.key]).fetchone() or ({},)
    town.watch.rollback()
    typed = dict.fromkeys(Member.__table__.columns.keys(), "2") | {"ver": "1", "education": "21"}
    typed |= {"intake": "stock", "birth_date": "1981-01-01", "name": "改过的", "reason": "自行维护"}
    assert town["branch"].post_form("/member/edit/", typed, id=member.key).status_code == 302
    (after,) = town.watch.execute(question, [member.key]).fetchone() or ({},)
    town.watch.rollback()
    assert {name for name in before if before[name] != after[name]} == {"education", "ver"}


@pytest.mark.parametrize(
    "noun", sorted(set(forms.REFERENCES) - {"organisation", "unit", "export_ledger", "key_change"})
)
def test_the_same_forms_are_taken_at_home(town: Town, noun: str) -> None:
    """The control: what was refused above was refused for its foreign ids, not for another fault."""
    home = forms.HOMES[noun]
    form = forms.new_form(noun, town.seed, home)
    before = table_states(town.watch)[noun][0]
    if noun == "tenure":
        (form["post_id"],) = town.watch.execute("SELECT max(id) FROM post").fetchone() or (0,)
    if noun == "document":
        page = (io.BytesIO(b"<html>%PDF-"), "批复.pdf")
        assert town[home.visitor].post_form("/document/new/", form | {"file": page}).status_code == 422
    answer = town[home.visitor].post_form(f"/{noun}/new/", form)
    assert answer.status_code in (200, 302), re.findall('<p class="(?:alert|error).*', answer.text)
    assert table_states(town.watch)[noun][0] == before + 1


def test_a_taken_number_is_not_explained_outside_its_scope(town: Town) -> None:
    home = forms.HOMES["member"]
    sound = forms.new_form("member", town.seed, home)
    for member in town.hidden_from(home.visitor, "member"):
        answer = town[home.visitor].post_form("/member/new/", sound | {"id_number": member.numbers[0]})
        assert answer.status_code == 422 and f"id={member.key}" not in answer.text


def test_no_trace_holds_a_number(town: Town) -> None:
    told = ""
    for table in ("access_log", "transaction"):
        rows = town.watch.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t".encode()).fetchone()
        told += str(rows)
    town.watch.rollback()
    assert len(told) > 10_000
    assert not [number for record in town.seed.records for number in record.numbers if number in told]
