"""Further documents of a change order, added on their own page."""

from typing import Any

import pytest

from tests.schema.world import Ref, act, order, run


@pytest.fixture(scope="module")
def key(site: Any) -> int:
    with site.registry.connect("app") as session:
        act(session, "committee", "draft")
        run(session, order("abolish", organisation_id=Ref("empty_branch")), site.world)
        ((found,),) = session.execute("SELECT max(id) FROM change_order").fetchall()
        session.commit()
    return int(found)


def test_a_further_document_is_filed_with_the_order_and_told_on_its_page(people: Any, key: int) -> None:
    person, page = people("committee"), f"/change_order/paper/?id={key}"
    assert person.fill_in(page).status_code == 422
    paper = {"document_kind": "minutes", "document_number": "会〔2026〕3号", "document_title": "党员大会记录"}
    answer = person.fill_in(page, **paper)
    assert answer.status_code == 302, answer.text
    told = person.open(answer.location).text
    assert "Further documents" in told and "会〔2026〕3号 党员大会记录" in told


def test_a_document_belongs_to_an_order_once(site: Any, people: Any, key: int) -> None:
    person, page = people("committee"), f"/change_order/paper/?id={key}"
    on_file = {"document_id": site.world["approval_of_committee_org"]}
    assert person.fill_in(page, **on_file).status_code == 302
    again = person.fill_in(page, **on_file)
    assert again.status_code == 422 and "belongs to the order already" in again.text


def test_who_does_not_make_the_order_adds_nothing(people: Any, key: int) -> None:
    assert people("neighbour").open(f"/change_order/paper/?id={key}").status_code == 404
    assert people("auditor").open(f"/change_order/paper/?id={key}").status_code == 403
