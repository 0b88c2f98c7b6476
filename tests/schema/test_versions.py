"""Whatever writes a row, its versions count up from 1 and the last one is the row."""

from typing import Any

import psycopg
import pytest

from tests.schema.cases.member import delegated
from tests.schema.cases.report import report
from tests.schema.chains import FOLLOWING, broken_chains, versions
from tests.schema.world import (
    INSTALLER,
    Connection,
    Ref,
    act,
    insert,
    new_member,
    new_organisation,
    number,
    ordered,
    run,
)

BULK = """
    INSERT INTO member (name, sex, ethnicity, id_number, birth_date, education, person_type, branch_id,
                        join_date, full_date, job_post, mobile, address)
    SELECT m.name, m.sex, m.ethnicity, n, m.birth_date, m.education, m.person_type, m.branch_id, m.join_date,
           m.full_date, m.job_post, m.mobile, m.address
      FROM member m, unnest(%(numbers)s::text[]) AS n WHERE m.id = %(wei)s"""
ADDRESS = "UPDATE member SET address = '新址' WHERE id = %(wei)s"
WRITES = {
    "insert": (new_member(), 1),
    "insert with a version of its own": (new_member(ver=7), 1),
    "insert in bulk": (BULK, 20),
    "insert of nothing": ("INSERT INTO member (branch_id) SELECT id FROM organisation WHERE false", 0),
    "update": (ADDRESS, 1),
    "update twice": (f"{ADDRESS}; UPDATE member SET address = '又一址' WHERE id = %(wei)s", 2),
    "update with a version of its own": (
        "UPDATE member SET address = '新址', ver = 99 WHERE id = %(wei)s",
        1,
    ),
    "update of the version alone": ("UPDATE member SET ver = ver + 1", 0),
    "update to the same": ("UPDATE member SET address = address, name = name", 0),
    "update in bulk": ("UPDATE member SET remark = '批量' || id", 4),
    "update from another table": (
        "UPDATE member m SET remark = o.name FROM organisation o WHERE o.id = m.branch_id",
        4,
    ),
    "update in a WITH": (f"WITH w AS ({ADDRESS} RETURNING id) SELECT * FROM w", 1),
    "upsert": (
        "INSERT INTO sex (code, label_zh, label_en) VALUES ('1', '男', 'Man'), ('8', '新', 'New')"
        " ON CONFLICT (code) DO UPDATE SET label_en = excluded.label_en",
        0,
    ),
    "merge": (
        "MERGE INTO member m USING (SELECT %(wei)s AS id) s ON m.id = s.id"
        " WHEN MATCHED THEN UPDATE SET remark = '并'",
        1,
    ),
    "savepoint undone": (
        f"SAVEPOINT s; {ADDRESS}; ROLLBACK TO s; UPDATE member SET remark = '后' WHERE id = %(wei)s",
        1,
    ),
}


@pytest.mark.parametrize(("statements", "more"), WRITES.values(), ids=WRITES)
def test_every_way_of_writing_leaves_history(
    statements: str, more: int, owner: Connection, world: dict[str, Any]
) -> None:
    act(owner, INSTALLER)
    before = versions(owner, "member")
    run(owner, statements, world | {"numbers": [number(n) for n in range(601, 641, 2)]})
    assert versions(owner, "member") - before == more
    assert broken_chains(owner) == []


def test_the_seeds_and_the_world_have_their_history(registry: Any, world: dict[str, Any]) -> None:
    with registry.connect("superuser") as session:
        assert broken_chains(session) == []


def test_the_check_itself_sees_a_gap(registry: Any, world: dict[str, Any]) -> None:
    """A check that finds nothing proves nothing until it has found something."""
    with registry.connect("superuser") as session:
        session.execute("SET LOCAL session_replication_role = replica")
        session.execute("UPDATE member SET remark = 'x' WHERE id = %s", [world["wei"]])
        session.execute("DELETE FROM member_version WHERE id = %s", [world["fang"]])
        assert {key for _, key in broken_chains(session)} == {str(world["wei"]), str(world["fang"])}
        session.rollback()


def test_a_version_names_its_act(app: Connection, world: dict[str, Any]) -> None:
    number_of_act = act(app, "committee", "迁居")
    run(app, ADDRESS, world)
    query = (
        "SELECT transaction_id, operation_type, address FROM member_version WHERE id = %(wei)s ORDER BY ver"
    )
    first, second = run(app, query, world)
    assert first[1:] == (0, "人民路1号")
    assert second == (number_of_act, 1, "新址")


MOVE = """
    UPDATE organisation SET code = '001001009' || substr(code, 10)
     WHERE code >= '001001001' AND code < '001001001~'"""
TERM = insert("organisation_term", organisation_id=Ref("branch_org"), began="2026-11-01", ends="2029-11-01")
COPIES = {**FOLLOWING, "branch_count": "branch_code", "membership_spell": "branch_code"}


def test_a_moved_subtree_takes_all_copies_of_the_code_along(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    run(owner, delegated() + report() + "; " + ordered("branch_org") + TERM, world)
    act(owner, INSTALLER)
    below = "SELECT count(*) FROM {0} WHERE starts_with({1}, '{2}')"

    def counted(code: str) -> dict[str, Any]:
        asked = {table: below.format(table, column, code) for table, column in COPIES.items()}
        return {table: run(owner, query, world)[0][0] for table, query in asked.items()}

    before, history = counted("001001001"), {table: versions(owner, table) for table in FOLLOWING}
    assert all(before.values())
    run(owner, MOVE, world)
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert counted("001001009") == before
    assert not any(counted("001001001").values())
    assert {table: versions(owner, table) for table in FOLLOWING} == history
    assert broken_chains(owner) == []
    locks = owner.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    assert locks.fetchone() == (0,), "one lock for each member would fill the lock table"
    former = owner.execute(
        "SELECT code FROM organisation_code WHERE organisation_id = %s", [world["branch_org"]]
    )
    assert {code for (code,) in former} == {"001001001001", "001001009001"}


def test_the_application_too_takes_the_copies_along(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    before = versions(app, "member")
    run(app, ordered("branch_org"), world)
    run(app, "UPDATE organisation SET code = '001001001077' WHERE id = %(branch_org)s", world)
    assert run(app, "SELECT DISTINCT branch_code FROM member WHERE branch_id = %(branch_org)s", world) == [
        ("001001001077",)
    ]
    assert versions(app, "member") == before


def test_the_move_of_a_code_does_not_carry_a_fault_in(app: Connection, world: dict[str, Any]) -> None:
    """What a cascade may do unasked, a statement that names the new code may not."""
    act(app, "committee")
    run(app, ordered("branch_org"), world)
    both = """
        WITH moved AS (UPDATE organisation SET code = '001001001077' WHERE id = %(branch_org)s RETURNING id)
        UPDATE member SET branch_code = '001001001077', name = 'X Y' WHERE id = %(wei)s"""
    with pytest.raises(psycopg.errors.CheckViolation) as refusal:
        run(app, both, world)
    assert refusal.value.diag.constraint_name == "rule_m26"


def test_bulk_changes_take_no_lock_for_each_row(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    run(app, "UPDATE member SET remark = '批量'", world)
    locks = app.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    assert locks.fetchone() == (0,)


def test_the_spells_of_an_organisation(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    founded = {"founded": "2001-05-01", "name": "始建", "code": "001001001055"}
    run(owner, new_organisation(**founded), world)
    run(owner, "UPDATE organisation SET name = '改名' WHERE code = '001001001055'", world)
    run(owner, "UPDATE organisation SET phone = '5550000' WHERE code = '001001001055'", world)
    run(owner, "UPDATE organisation SET ended = current_date WHERE code = '001001001055'", world)
    ended = {"parent_id": Ref("committee_org"), "kind": "631", "code": "001001001056"}
    run(owner, insert("organisation", name="旧", founded="1990-01-01", ended="1999-12-31", **ended), world)
    query = """
        SELECT name, lower(during)::text, upper(during) = current_date, isempty(during)
          FROM organisation_spell s WHERE name IN ('始建', '改名') AND replaced_at IS NULL ORDER BY s.id"""
    assert run(owner, query, world) == [("始建", "2001-05-01", True, False), ("改名", None, None, True)]
    closed = "SELECT during::text FROM organisation_spell WHERE name = '旧'"
    assert run(owner, closed, world) == [("[1990-01-01,1999-12-31)",)]
