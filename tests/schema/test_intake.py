"""Stock keeps the faults it came with and gains none; registered records never go back."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import psycopg
import pytest

from tests.schema.world import CREDIT_CODE, INSTALLER, Connection, Ref, act, insert, new_member, number, run

PAPER = Ref("approval_of_committee_org")
Change = Callable[[str], tuple[str, str | None]]


def loaded(session: Connection, world: dict[str, Any], **faults: Any) -> None:
    """A member of the initial load, kept as world["old"]."""
    act(session, "county", "load", world["workbook_of_county_org"])
    run(session, new_member(intake="stock", **faults), world)
    world["old"] = run(session, "SELECT max(id) FROM member", world)[0][0]
    act(session, "committee", "更正", world[PAPER])


def intake(session: Connection, world: dict[str, Any], table: str = "member", name: str = "old") -> str:
    return str(run(session, f"SELECT intake FROM {table} WHERE id = %({name})s", world)[0][0])


def changed(session: Connection, world: dict[str, Any], assignments: str) -> str:
    """What becomes of the loaded member: its intake, or the name of the rule that refuses."""
    try:
        with session.transaction():
            run(session, f"UPDATE member SET {assignments} WHERE id = %(old)s", world)
    except psycopg.errors.CheckViolation as refusal:
        return str(refusal.diag.constraint_name)
    return intake(session, world)


def excuse(rule: str, *values: str) -> str:
    digest = sha256("|".join([rule, *values]).encode()).hexdigest()
    record = {"subject": "member", "subject_id": Ref("old"), "rule": rule}
    return insert("rule_exception", **record, value_hash=digest, document_id=PAPER)


def test_a_loaded_record_without_fault_is_registered(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world)
    assert intake(app, world) == "registered"


def test_a_fault_stays_while_other_fields_change(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, mobile="110", sex="2")
    assert intake(app, world) == "stock"
    assert changed(app, world, "address = '新址'") == "stock"
    assert changed(app, world, "branch_id = %(second_branch)s") == "stock"


@pytest.mark.parametrize(
    ("assignments", "answer"),
    [
        ("name = 'Anna'", "rule_m26"),
        ("mobile = '119'", "rule_m23"),
        ("id_number = '1'", "rule_m05"),
        ("full_date = join_date - 1", "rule_m01"),
        ("education = NULL", "rule_m14"),
        ("intake = 'registered'", "rule_m04"),
        ("intake = 'registered', address = '新址', sex = '1'", "rule_m23"),
        ("mobile = '110'", "stock"),
        ("mobile = '13900000000'", "stock"),
        ("sex = '1'", "stock"),
        ("sex = '1', mobile = '13900000000'", "registered"),
        ("sex = '1', mobile = '13900000000', intake = 'stock'", "registered"),
    ],
)
def test_no_edit_adds_a_fault(assignments: str, answer: str, app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, mobile="110", sex="2")
    assert changed(app, world, assignments) == answer


def test_what_is_missing_may_be_filled_in_item_by_item(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, education=None, address=None, mobile=None)
    assert changed(app, world, "education = '21'") == "stock"
    assert changed(app, world, "name = NULL") == "rule_m14"
    assert changed(app, world, "landline = '0562-2880000'") == "stock"
    assert changed(app, world, "education = NULL") == "rule_m14"
    assert changed(app, world, "address = '人民路1号'") == "registered"


def test_a_registered_record_never_goes_back(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world)
    assert changed(app, world, "intake = 'stock'") == "registered"
    assert changed(app, world, "intake = 'stock', mobile = '110'") == "rule_m23"
    act(app, "county", "load", world["workbook_of_county_org"])
    assert changed(app, world, "intake = 'stock', mobile = '110'") == "rule_m23"


def test_two_loaded_records_may_share_a_number(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, id_number=number(11))
    assert intake(app, world) == "stock"
    assert changed(app, world, "address = '新址'") == "stock"
    assert changed(app, world, f"id_number = '{number(33)}'") == "a_number_is_taken_once"
    assert changed(app, world, f"id_number = '{number(907)}'") == "registered"


def test_the_15_digits_of_a_registered_number_are_the_same_number(
    app: Connection, world: dict[str, Any]
) -> None:
    loaded(app, world, id_number=number(11)[:6] + number(11)[8:17])
    assert changed(app, world, "intake = 'registered'") == "rule_m09"
    assert changed(app, world, f"id_number = '{number(11)}'") == "a_number_is_taken_once"


def test_a_document_excuses_these_very_values(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, sex="2")
    wrong = number(901)
    run(app, excuse("M04", "2", number(905)), world)
    assert changed(app, world, "address = '新址'") == "stock", "an excuse for another number"
    run(app, excuse("M04", "2", wrong), world)
    assert changed(app, world, "address = '又一址'") == "registered"
    assert changed(app, world, "name = '王芳', mobile = '13900000001'") == "registered"
    assert changed(app, world, f"id_number = '{number(903)}'") == "rule_m04"
    assert changed(app, world, f"id_number = '{number(902)}'") == "registered"
    assert changed(app, world, f"id_number = '{wrong}'") == "registered", "the same values, the same excuse"
    assert changed(app, world, "mobile = '110'") == "rule_m23"


def test_an_excuse_holds_for_its_own_rule_and_record(app: Connection, world: dict[str, Any]) -> None:
    loaded(app, world, sex="2")
    for rule, record in (("M06", "old"), ("M04", "wei")):
        run(app, excuse(rule, "2", number(901)).replace("%(old)s", f"%({record})s"), world)
    assert changed(app, world, "intake = 'registered'") == "rule_m04"


def test_an_organisation_and_a_unit_of_stock(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    place = {"parent_id": Ref("committee_org"), "kind": "X40", "name": "旧县", "intake": "stock"}
    run(owner, insert("organisation", code="001001001061", **place), world)
    world["old"] = run(owner, "SELECT max(id) FROM organisation", world)[0][0]
    assert intake(owner, world, "organisation") == "stock"
    run(owner, "UPDATE organisation SET phone = '5550000' WHERE id = %(old)s", world)
    assert intake(owner, world, "organisation") == "stock"
    with pytest.raises(psycopg.errors.CheckViolation) as refusal, owner.transaction():
        run(owner, "UPDATE organisation SET kind = 'X30' WHERE id = %(old)s", world)
    assert refusal.value.diag.constraint_name == "organisation_sits_where_it_may"
    run(owner, "UPDATE organisation SET kind = '631', unit_situation = '2' WHERE id = %(old)s", world)
    body = {"organisation_id": Ref("old"), "organisation_code": "", "name": "旧单位", "intake": "stock"}
    run(owner, insert("unit", credit_code="91110000600037341M", **body), world)
    world["old_unit"] = run(owner, "SELECT max(id) FROM unit", world)[0][0]
    run(owner, "UPDATE organisation SET phone = '5550001' WHERE id = %(old)s", world)
    assert intake(owner, world, "organisation") == "registered"
    run(owner, "UPDATE unit SET name = '新单位' WHERE id = %(old_unit)s", world)
    assert intake(owner, world, "unit", "old_unit") == "stock"
    with pytest.raises(psycopg.errors.CheckViolation) as refusal, owner.transaction():
        run(owner, f"UPDATE unit SET credit_code = '{CREDIT_CODE}' WHERE id = %(old_unit)s", world)
    assert refusal.value.diag.constraint_name == "rule_o02"
    run(owner, "UPDATE unit SET credit_code = NULL WHERE id = %(old_unit)s", world)
    assert intake(owner, world, "unit", "old_unit") == "registered"
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
