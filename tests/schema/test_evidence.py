"""Each change of a key field rests on a document, named in the same act."""

from typing import Any

import psycopg
import pytest

from tests.schema.world import Connection, Ref, act, insert, number, ordered, run

CHANGES = {
    "birth_date": "'1980-03-02'",
    "join_date": "'2004-06-30'",
    "full_date": "'2005-07-02'",
    "id_number": f"'{number(903)}'",
}
RULE = "key_fields_rest_on_evidence"
PAPER = Ref("approval_of_committee_org")


def change(field: str, member: str = "wei") -> str:
    return f"UPDATE member SET {field} = {CHANGES[field]} WHERE id = %({member})s"


def proof(field: str, member: str = "wei", **more: Any) -> str:
    return insert("evidence", subject_id=Ref(member), field=field, document_id=PAPER, **more)


def judged(session: Connection) -> str | None:
    """The name under which the deferred rules refuse, and the column they point at."""
    try:
        session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except psycopg.errors.CheckViolation as refusal:
        assert refusal.diag.constraint_name == RULE
        assert refusal.diag.table_name == "member"
        return refusal.diag.column_name
    return None


@pytest.fixture
def acting(app: Connection) -> Connection:
    act(app, "committee")
    return app


@pytest.mark.parametrize("field", CHANGES)
def test_without_evidence_there_is_no_change(field: str, acting: Connection, world: dict[str, Any]) -> None:
    run(acting, change(field), world)
    assert judged(acting) == field


@pytest.mark.parametrize("field", CHANGES)
@pytest.mark.parametrize("before", [True, False], ids=["evidence first", "change first"])
def test_evidence_of_the_same_act_is_enough(
    field: str, before: bool, acting: Connection, world: dict[str, Any]
) -> None:
    steps = [proof(field), change(field)]
    run(acting, "; ".join(steps if before else reversed(steps)), world)
    assert judged(acting) is None


@pytest.mark.parametrize("field", CHANGES)
def test_evidence_of_another_field_or_member_does_not_count(
    field: str, acting: Connection, world: dict[str, Any]
) -> None:
    others = [proof(other) for other in CHANGES if other != field] + [proof(field, "jun")]
    run(acting, "; ".join([*others, change(field)]), world)
    assert judged(acting) == field


@pytest.mark.parametrize("field", CHANGES)
def test_evidence_of_another_act_does_not_count(
    field: str, acting: Connection, world: dict[str, Any]
) -> None:
    run(acting, proof(field), world)
    act(acting, "committee", "the next act")
    run(acting, change(field), world)
    assert judged(acting) == field


def test_evidence_cannot_be_given_to_another_act(acting: Connection, world: dict[str, Any]) -> None:
    former = run(acting, "SELECT current_act()", world)[0][0]
    act(acting, "committee", "the next act")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(acting, proof("id_number", transaction_id=former), world)


def test_the_document_of_the_act_is_the_default(app: Connection, world: dict[str, Any]) -> None:
    number_of_act = act(app, "committee", "更正", world[PAPER])
    every = ", ".join(f"{field} = {value}" for field, value in CHANGES.items())
    run(app, f"UPDATE member SET {every} WHERE id = %(wei)s", world)
    assert judged(app) is None
    query = "SELECT field, document_id FROM evidence WHERE transaction_id = %(act)s AND subject_id = %(wei)s"
    assert set(run(app, query, world | {"act": number_of_act})) == {
        (field, world[PAPER]) for field in CHANGES
    }


def test_the_default_is_that_of_the_act_that_wrote(app: Connection, world: dict[str, Any]) -> None:
    """A later act in the same database transaction lends its document to nobody."""
    act(app, "committee", "更正")
    run(app, change("full_date"), world)
    act(app, "committee", "另一件", world[PAPER])
    assert judged(app) == "full_date"


def test_a_named_document_comes_before_the_default(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee", "更正", world[PAPER])
    filed = insert(
        "document", kind="id_card", number="身份证", title="copy", organisation_id=Ref("branch_org")
    )
    own = run(app, f"{filed} RETURNING id", world)[0][0]
    run(
        app,
        f"INSERT INTO evidence (subject_id, field, document_id) VALUES (%(wei)s, 'id_number', {own})",
        world,
    )
    run(app, change("id_number"), world)
    assert judged(app) is None
    assert run(app, "SELECT document_id FROM evidence WHERE subject_id = %(wei)s", world) == [(own,)]


@pytest.mark.parametrize(
    "statements",
    [
        "UPDATE member SET birth_date = birth_date, address = '新址' WHERE id = %(wei)s",
        "UPDATE member SET branch_id = %(second_branch)s WHERE id = %(wei)s",
        "UPDATE member SET remark = 'x', status = '6'",
        ordered("branch_org") + "UPDATE organisation SET code = '001001001077' WHERE id = %(branch_org)s",
    ],
)
def test_other_changes_need_none(statements: str, acting: Connection, world: dict[str, Any]) -> None:
    run(acting, statements, world)
    assert judged(acting) is None


@pytest.mark.parametrize("field", CHANGES)
def test_bulk_writers_are_held_too(field: str, acting: Connection, world: dict[str, Any]) -> None:
    """The proof of one member does not cover the other in the same statement."""
    run(acting, proof(field, "wei"), world)
    other = {"id_number": f"CASE id WHEN %(wei)s THEN '{number(903)}' ELSE '{number(905)}' END"}
    run(
        acting,
        f"UPDATE member SET {field} = {other.get(field, CHANGES[field])} WHERE id IN (%(wei)s, %(jun)s)",
        world,
    )
    assert judged(acting) == field


def test_a_value_taken_away_needs_evidence(acting: Connection, world: dict[str, Any]) -> None:
    run(acting, "UPDATE member SET person_type = '2', full_date = NULL WHERE id = %(wei)s", world)
    assert judged(acting) == "full_date"


def test_the_commit_itself_refuses(registry: Any, world: dict[str, Any]) -> None:
    with registry.connect("app") as session:
        act(session, "committee")
        run(session, change("join_date"), world)
        with pytest.raises(psycopg.errors.CheckViolation):
            session.commit()
        session.rollback()
