"""One's own entries of today: listed, undone by a compensating entry, refused in plain words."""

import re
from typing import Any

import pytest

from tests.schema.chains import broken_chains, wrong_counts


def last_act(site: Any) -> int:
    ((act,),) = site.rows("SELECT max(id) FROM transaction")
    return int(act)


@pytest.fixture
def entry(site: Any, people: Any) -> int:
    """An address that the committee has just corrected."""
    page = f"/member/edit/?id={site.world['jun']}"
    assert people("committee").fill_in(page, address="人民路88号", reason="搬家").status_code == 302
    return last_act(site)


def test_an_entry_is_listed_for_its_author_alone(people: Any, entry: int) -> None:
    mine = people("committee").open("/own_act/").text
    assert "搬家" in mine and f"/own_act/details/?id={entry}" in mine
    for who in ("branch", "neighbour"):
        assert "搬家" not in people(who).open("/own_act/").text
        assert people(who).open("/own_act/details/", id=entry).status_code == 404
        assert people(who).open("/own_act/undo/", id=entry).status_code == 404
    assert {people(who).open("/own_act/").status_code for who in ("county", "auditor")} == {403}


def test_undoing_asks_first_and_brings_back_what_was(site: Any, people: Any, entry: int) -> None:
    committee, address = people("committee"), "SELECT address FROM member WHERE id = %s"
    ((ver,),) = site.rows("SELECT ver FROM member WHERE id = %s", site.world["jun"])
    page = committee.open("/own_act/undo/", id=entry).text
    assert "王伟" in page and "as they were before" in page
    assert site.rows(address, site.world["jun"]) == [("人民路88号",)], "asking writes nothing"
    refused = committee.press("/", f"/own_act/undo/?id={entry}", reason=" ")
    assert refused.status_code == 422
    done = committee.press("/", f"/own_act/undo/?id={entry}", reason="写错了人")
    assert done.location == "/own_act/" and "Undone: the entry of" in committee.open("/own_act/").text
    assert site.rows(address, site.world["jun"]) == [("人民路1号",)]
    ((after, reason),) = site.rows(
        "SELECT v.ver, t.reason FROM member_version v JOIN transaction t ON t.id = v.transaction_id"
        " WHERE v.id = %s ORDER BY v.ver DESC LIMIT 1",
        site.world["jun"],
    )
    assert (after, reason) == (ver + 1, "写错了人"), "a new version, and the entry stays"


def test_what_something_stands_on_is_not_undone(site: Any, people: Any, entry: int) -> None:
    committee, page = people("committee"), f"/member/edit/?id={site.world['jun']}"
    committee.fill_in(page, remark="后来的登记", reason="补充")
    later = last_act(site)
    refused = committee.press("/", f"/own_act/undo/?id={entry}", reason="写错了")
    assert refused.status_code == 422 and "changed again after this entry" in refused.text
    assert 'value="写错了"' in refused.text, "what was typed stays"
    assert committee.press("/", f"/own_act/undo/?id={later}", reason="写错了").status_code == 302
    assert re.search("changed again", committee.press("/", f"/own_act/undo/?id={entry}", reason="再试").text)


def test_a_key_field_comes_back_with_its_papers_and_a_death_with_its_dates(site: Any, people: Any) -> None:
    committee, jun = people("committee"), site.world["jun"]
    told = {"reason": "更正", "document_kind": "archive", "document_number": "教档9号"}
    committee.fill_in(f"/member/edit/?id={jun}", birth_date="1980-03-05", **told)
    assert committee.press("/", f"/own_act/undo/?id={last_act(site)}", reason="看错").status_code == 302
    assert site.rows("SELECT birth_date::text FROM member WHERE id = %s", jun) == [("1980-03-01",)]
    with site.registry.connect("superuser") as session:
        assert broken_chains(session) == [] and wrong_counts(session) == set()
