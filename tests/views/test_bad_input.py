"""What nobody may write, tried through the screens: each refused with the sentence that its rule carries."""

from html import escape
from typing import Any, NamedTuple

import pytest

from tests.schema.world import INSTALLER, act, number, run


class Bad(NamedTuple):
    """A form that is refused: on which page, what is typed, and the rule that says why."""

    page: str
    typed: dict[str, Any]
    rule: str


PAPER = {"document_kind": "certificate", "document_number": "证1", "document_title": "证明"}
DEATH = "/report/new/?kind=death&member={wei}"
BAD = {
    "an event of tomorrow": Bad(DEATH, {"event_date": "2099-01-01"}, "a_change_of_status_has_happened"),
    "an event before the joining": Bad(DEATH, {"event_date": "2004-06-30"}, "an_event_follows_the_joining"),
    "a return before the exit": Bad(
        "/report/new/?kind=review&member={fang}",
        {"event_date": "2026-10-31", "began_by": "6", "then": "entered", **PAPER},
        "a_spell_ends_after_it_began",
    ),
    "a restoration without suspension": Bad(
        "/report/new/?kind=restoration&member={wei}",
        {"event_date": "2026-11-02", "began_by": "3"},
        "status_changes_by_a_legal_event",
    ),
    "a document of another branch under a report": Bad(
        DEATH, {"event_date": "2026-11-02", "document_id": "{elsewhere}"},
        "a_document_is_kept_at_or_above_the_branch",
    ),
    "a document of another branch under a key field": Bad(
        "/member/edit/?id={wei}", {"full_date": "2005-07-02", "document_id": "{elsewhere}", "reason": "更正"},
        "a_document_is_kept_at_or_above_the_branch",
    ),
    "a document that holds nothing of a document": Bad(
        "/member/edit/?id={wei}", {"full_date": "2005-07-02", "reason": "更正"}, "key_fields_rest_on_evidence"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(site: Any) -> dict[str, Any]:
    """The world with a document of another branch, a member who has left, and a delegation that is over."""
    world = dict(site.world)
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "ended")
        filed = """INSERT INTO document (kind, number, title, organisation_id)
                   VALUES ('approval', '别处1号', 'x', %(second_branch)s) RETURNING id"""
        world["elsewhere"] = run(owner, filed, world)[0][0]
        left = "UPDATE member SET status = '3', ended_by = '31', since = '2026-11-01' WHERE id = %(fang)s"
        run(owner, left, world)
        over = """INSERT INTO field_delegation (branch_id, branch_code, field, since, until)
                  VALUES (%(branch_org)s, '', 'address', current_date - 30, current_date - 1)"""
        run(owner, over, world)
    return world


def sentence(site: Any, rule: str) -> str:
    comment = """
        SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = %s
         UNION ALL SELECT obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = %s"""
    return escape(site.rows(comment, rule, rule)[0][0])


@pytest.mark.parametrize("case", BAD)
def test_a_bad_form_is_refused_with_the_sentence_of_its_rule(
    case: str, site: Any, people: Any, world: dict[str, Any]
) -> None:
    bad = BAD[case]
    before = site.rows("SELECT count(*) FROM transaction")
    typed = {name: value.format(**world) for name, value in bad.typed.items()}
    answer = people("committee").fill_in(bad.page.format(**world), **typed)
    assert answer.status_code == 422 and sentence(site, bad.rule) in answer.text
    assert site.rows("SELECT count(*) FROM transaction") == before


def test_nobody_reports_for_a_member_of_another_branch(people: Any, world: dict[str, Any]) -> None:
    branch = people("branch")
    for stranger in ("jun", "far"):
        assert branch.open(f"/report/new/?kind=death&member={world[stranger]}").status_code == 404


def test_nobody_delegates_more_than_is_theirs(site: Any, people: Any, world: dict[str, Any]) -> None:
    page, before = "/field_delegation/new/", site.rows("SELECT count(*) FROM field_delegation")
    elsewhere = people("committee").fill_in(page, place=world["other_branch"], field_address="y")
    assert elsewhere.status_code == 422 and "does not exist in your scope" in elsewhere.text
    key_field = people("committee").fill_in(page, place=world["branch_org"], field_birth_date="y")
    assert key_field.status_code == 422, "no tick of the form"
    assert site.rows("SELECT count(*) FROM field_delegation") == before


def test_a_delegation_that_ended_yesterday_opens_nothing(
    site: Any, people: Any, world: dict[str, Any]
) -> None:
    branch, form = people("branch"), f"/member/edit/?id={world['wei']}"
    assert 'name="address"' not in branch.open(form).text
    block = f"身份证号\t家庭住址\n{number(11)}\t新址"
    refused = branch.press("/member/paste/", block=block, reason="核对", write="1")
    assert refused.status_code == 422
    assert sentence(site, "a_branch_writes_what_it_was_delegated") in refused.text
    assert site.rows("SELECT address FROM member WHERE id = %s", world["wei"]) == [("人民路1号",)]
