"""What auditors read: key-field changes of their members whoever made them, and traces by place."""

from typing import Any

import pytest

from tests.schema.world import ACTORS, INSTALLER, Connection, Ref, act, insert, number, run

PAPER = Ref("approval_of_committee_org")
CHANGES = (
    "SELECT member_id, field, was, becomes, account_name, level, organisation_name, reason FROM key_change"
)


def enter(session: Connection, who: str) -> None:
    session.execute("SELECT enter(%s, %s, '10.0.0.1')", list(ACTORS[who]))


def changes(session: Connection, who: str) -> list[tuple[Any, ...]]:
    enter(session, who)
    return session.execute(f"{CHANGES} ORDER BY id".encode()).fetchall()


def change(session: Connection, world: dict[str, Any], who: str, sets: str, *fields: str) -> int:
    number_of_act = act(session, who, "按志愿书更正")
    run(session, f"UPDATE member SET {sets} WHERE id = %(wei)s", world)
    for field in fields:
        run(session, insert("evidence", subject_id=Ref("wei"), field=field, document_id=PAPER), world)
    session.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return number_of_act


@pytest.fixture
def changed(app: Connection, world: dict[str, Any]) -> Connection:
    """A committee corrected two key fields and an address of one of its members."""
    sets = f"join_date = '2004-06-30', id_number = '{number(903)}', address = '新址'"
    change(app, world, "committee", sets, "join_date", "id_number")
    return app


def test_a_change_is_told_with_its_act_and_masked_numbers(changed: Connection, world: dict[str, Any]) -> None:
    who = ("committee", "basic", "中共committee_org", "按志愿书更正")
    was, becomes = (f"{value[:6]}********{value[14:]}" for value in (number(11), number(903)))
    expected = [
        (world["wei"], "join_date", "2004-07-01", "2004-06-30", *who),
        (world["wei"], "id_number", was, becomes, *who),
    ]
    assert changes(changed, "committee") == expected
    assert changes(changed, "auditor") == expected


def test_a_branch_sees_what_its_superior_changed_and_nobody_sees_anothers(changed: Connection) -> None:
    enter(changed, "branch")
    assert changed.execute("SELECT FROM transaction WHERE reason = '按志愿书更正'").fetchall() == []
    assert [row[4:6] for row in changes(changed, "branch")] == [("committee", "basic")] * 2
    for who in ("neighbour", "system_committee", "system", "security", "audit"):
        assert changes(changed, who) == [], who


def test_the_door_behind_the_list_tells_nothing_outside_the_scope(
    changed: Connection, world: dict[str, Any]
) -> None:
    acts = changed.execute("SELECT DISTINCT transaction_id FROM evidence").fetchall()
    question = "SELECT told::text FROM key_change_of(%s, %s, 'join_date') AS told"
    for who, heard in (("branch", True), ("neighbour", False), ("audit", False)):
        enter(changed, who)
        answer = changed.execute(question, [world["wei"], acts[0][0]]).fetchone()
        assert answer is not None and ("2004-06-30" in answer[0]) == heard, who


def test_a_change_with_two_papers_is_one_change(app: Connection, world: dict[str, Any]) -> None:
    change(app, world, "committee", "join_date = '2004-06-30'", "join_date")
    second = insert(
        "document",
        kind="approval",
        number="补〔2026〕1号",
        title="证明",
        organisation_id=Ref("committee_org"),
    )
    (paper,) = run(app, second + " RETURNING id", world)[0]
    run(app, insert("evidence", subject_id=Ref("wei"), field="join_date", document_id=paper), world)
    rows = app.execute("SELECT documents, has_scan FROM key_change").fetchall()
    assert rows == [("〔2026〕committee_org paper；补〔2026〕1号 证明", False)]


def test_a_paper_filed_without_a_change_is_none(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    run(app, insert("evidence", subject_id=Ref("wei"), field="join_date", document_id=PAPER), world)
    assert changes(app, "committee") == []


def test_evidence_carries_the_time_and_account_of_its_act(changed: Connection) -> None:
    differing = """
        SELECT FROM evidence e JOIN transaction t ON t.id = e.transaction_id
         WHERE (e.written_at, e.account_id) IS DISTINCT FROM (t.issued_at, t.account_id)"""
    enter(changed, "committee")
    assert changed.execute("SELECT count(*) FROM evidence").fetchone() == (2,)
    assert changed.execute(differing.encode()).fetchall() == []


WITHOUT = "SELECT member_id, field, after FROM key_changes_without_evidence(%s, %s, %s)"
EVER = ("-infinity", "infinity")


def test_changes_without_evidence_are_none(changed: Connection) -> None:
    enter(changed, "auditor")
    assert changed.execute(WITHOUT, ["001", *EVER]).fetchall() == []


def test_a_change_without_evidence_is_found_by_comparing_versions(
    registry: Any, world: dict[str, Any]
) -> None:
    """Only somebody above the rules can make one: here with all triggers off."""
    with registry.connect("superuser") as superuser:
        superuser.execute("SET session_replication_role = replica")
        columns = superuser.execute(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'member_version'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('ver', 'birth_date')"
        ).fetchone()
        assert columns
        forged = (
            f"INSERT INTO member_version ({columns[0]}, ver, birth_date) SELECT {columns[0]}, 2, '1981-01-01'"
        )
        superuser.execute(f"{forged} FROM member_version WHERE id = %s AND ver = 1".encode(), [world["wei"]])
        superuser.execute("SET session_replication_role = origin")
        superuser.execute("SET ROLE partyadmin_app")
        found = [(world["wei"], "birth_date", 2)]
        for who, code, expected in (
            ("auditor", "001", found), ("branch", "001", found), ("auditor", "001003", []),
            ("neighbour", "001", []),
        ):  # fmt: skip
            enter(superuser, who)
            assert superuser.execute(WITHOUT, [code, *EVER]).fetchall() == expected, (who, code)
        enter(superuser, "auditor")
        assert superuser.execute(WITHOUT, ["001", "-infinity", "2020-01-01"]).fetchall() == []
        superuser.rollback()


@pytest.mark.parametrize("table", ["transaction", "access_log"])
def test_a_trace_stands_where_it_was_made(table: str, app: Connection) -> None:
    for who in ("committee", "city", "neighbour", "system"):
        act(app, who, f"by {who}")
        app.execute("INSERT INTO access_log (kind, detail) VALUES ('refused', %s)", [f"by {who}"])
    text = "reason" if table == "transaction" else "detail"
    for who, sees in (
        ("committee", {"committee"}), ("county", {"committee"}), ("branch", set()),
        ("neighbour", {"neighbour"}),
        ("auditor", {"committee", "city", "neighbour", "system"}),
        ("audit", {"committee", "city", "neighbour", "system"}),
    ):  # fmt: skip
        enter(app, who)
        rows = app.execute(f"SELECT {text} FROM {table} WHERE {text} LIKE 'by %%'".encode()).fetchall()
        assert {row[0] for row in rows} == {f"by {maker}" for maker in sees}, who


def test_what_belongs_to_no_place_is_seen_by_those_who_watch_accounts(
    app: Connection, owner: Connection
) -> None:
    act(owner, INSTALLER)
    assert owner.execute("SELECT acting_place()").fetchone() == ("",)
    app.execute("SELECT log_sign_in('nobody.here', false, '10.0.0.9')")
    for who, expected in (("auditor", 0), ("city", 0), ("audit", 1), ("security", 1)):
        enter(app, who)
        assert app.execute("SELECT count(*) FROM access_log WHERE client = '10.0.0.9'").fetchone() == (
            expected,
        )
