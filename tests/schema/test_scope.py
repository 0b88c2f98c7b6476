"""Who sees what: row security against plain questions, and writes that leave the subtree."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.schema.cases.change_order import PLACED, TENTH, TERM
from tests.schema.cases.draft import draft
from tests.schema.cases.member import delegated
from tests.schema.cases.report import report
from tests.schema.test_catalogue import OPEN_TO_ALL, TABLES, names
from tests.schema.world import (
    ACTORS,
    INSTALLER,
    LAST_ORDER,
    MEMBERS,
    ORGANISATIONS,
    TECHNICAL,
    Connection,
    Ref,
    act,
    insert,
    line,
    new_member,
    of_the_order,
    order,
    ordered,
    run,
)

IN_MEMBER = "(SELECT branch_code FROM member m WHERE m.id = {})"
IN_ORGANISATION = "(SELECT code FROM organisation o WHERE o.id = {})"
IN_ORDER = "(SELECT maker_code FROM change_order o WHERE o.id = t.order_id)"
PLACES = {
    # how the place of a row is found, said plainly; version tables through their record
    "organisation": "code",
    "unit": "organisation_code",
    "member": "branch_code",
    "branch_count": "branch_code",
    "field_delegation": "branch_code",
    "report": "branch_code",
    "organisation_code": IN_ORGANISATION.format("t.organisation_id"),
    "organisation_spell": IN_ORGANISATION.format("t.organisation_id"),
    "membership_spell": "branch_code",
    "document": IN_ORGANISATION.format("t.organisation_id"),
    "evidence": IN_MEMBER.format("t.subject_id"),
    "rule_exception": IN_MEMBER.format("t.subject_id"),
    "organisation_version": IN_ORGANISATION.format("t.id"),
    "member_version": IN_MEMBER.format("t.id"),
    "unit_version": "organisation_code",
    "field_delegation_version": "branch_code",
    "report_version": "branch_code",
    "organisation_term": "organisation_code",
    "organisation_term_version": "organisation_code",
    "change_order": "maker_code",
    "change_order_version": "maker_code",
    **dict.fromkeys(
        ("change_line", "change_account", "change_place", "change_plan", "change_paper"), IN_ORDER
    ),
    "change_line_version": IN_ORDER,
    "change_account_version": IN_ORDER,
}
SCOPES = sorted({code for code, *_ in ORGANISATIONS.values()} | {"002", "00100", "001001A00"})
PAPERS = {"wei": "approval_of_committee_org", "far": "approval_of_other_committee"}


@pytest.fixture(scope="module", autouse=True)
def filled(registry: Any, world: dict[str, Any]) -> None:
    """Rows in all tables that have a place, on both sides of the border."""
    with registry.connect("owner") as owner:
        act(owner, INSTALLER)
        for member, paper in PAPERS.items():
            proof = {"subject_id": Ref(member), "document_id": Ref(paper)}
            run(owner, insert("evidence", field="birth_date", **proof), world)
            run(
                owner,
                insert("rule_exception", subject="member", rule="M04", value_hash="0" * 64, **proof),
                world,
            )
        for branch in ("branch_org", "other_branch"):
            run(owner, delegated(branch=branch), world)
        run(owner, report(), world)
        run(owner, report(member_id=Ref("far"), branch_id=Ref("other_branch")), world)
        run(owner, order("split", organisation_id=Ref("branch_org")) + line() + TENTH + PLACED, world)
        run(owner, f"INSERT INTO change_plan (order_id, plan) VALUES ({LAST_ORDER}, '{{}}')", world)
        run(owner, of_the_order(insert("change_paper", document_id=Ref("approval_of_committee_org"))), world)
        run(owner, insert("organisation_term", **TERM), world)


@pytest.fixture
def superuser(registry: Any) -> Iterator[Connection]:
    with registry.connect("superuser") as session:
        yield session


def seen(session: Connection, table: str, condition: str = "true") -> set[str]:
    return names(session, f"SELECT row_to_json(t)::text FROM {table} t WHERE {condition}")


def tables_with_rows(session: Connection) -> set[str]:
    tables = names(session, TABLES + " AND has_table_privilege('partyadmin_app', oid, 'SELECT')")
    return {table for table in tables if names(session, f"SELECT 1 FROM {table} LIMIT 1")}


def open_tables(session: Connection) -> set[str]:
    return OPEN_TO_ALL | ({f"{table}_version" for table in OPEN_TO_ALL} & names(session, TABLES))


def test_who_does_not_act_sees_what_is_open_to_all(app: Connection) -> None:
    assert tables_with_rows(app) <= open_tables(app)
    assert seen(app, "organisation_directory") == set()
    assert names(app, "SELECT 1 FROM pg_class WHERE relname = 'member'")


def test_an_empty_setting_sees_nothing(app: Connection) -> None:
    act(app, "city")
    assert set(PLACES) <= tables_with_rows(app)
    app.rollback()
    assert app.execute("SELECT current_setting('app.scope')").fetchone() == ("",)
    assert tables_with_rows(app) <= open_tables(app)


def test_the_owner_who_does_not_act_sees_no_more(owner: Connection) -> None:
    assert tables_with_rows(owner) <= open_tables(owner)


@pytest.mark.parametrize("who", [who for who in ACTORS if who != INSTALLER])
def test_one_sees_the_members_of_the_own_subtree(who: str, app: Connection) -> None:
    act(app, who)
    code = (ACTORS[who].post or "").split("@")[1]
    inside = {name for name, (branch, *_) in MEMBERS.items() if ORGANISATIONS[branch][0].startswith(code)}
    assert len(seen(app, "member")) == (0 if who in TECHNICAL else len(inside))


@pytest.mark.parametrize("who", TECHNICAL)
def test_technical_administrators_see_no_record(who: str, app: Connection) -> None:
    act(app, who)
    assert not tables_with_rows(app) & set(PLACES)
    for table in ("account", "post", "tenure", "transaction", "account_version"):
        assert len(seen(app, table)) > 4, "they watch the accounts of all"


@pytest.mark.parametrize("scope", SCOPES)
def test_row_security_agrees_with_a_plain_question(
    scope: str, app: Connection, superuser: Connection
) -> None:
    app.execute("SELECT set_config('app.scope', %s, true)", [scope])
    for table, place in PLACES.items():
        assert seen(app, table) == seen(superuser, table, f"starts_with({place}, '{scope}')"), table


def test_every_table_with_a_place_was_asked(owner: Connection, superuser: Connection) -> None:
    personal = {
        "account",
        "post",
        "tenure",
        "transaction",
        "access_log",
        "export_ledger",
        "draft",
        "job",
        "credential",
        "user_session",
    }
    personal |= {"account_version", "post_version", "tenure_version", "document_content", "saved_view"}
    personal |= {"last_look"}
    assert names(owner, TABLES) - open_tables(owner) - personal == set(PLACES)
    for table, place in PLACES.items():
        assert seen(superuser, table, f"{place} IS NOT NULL"), table


def test_accounts_are_seen_by_who_keeps_them(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    assert names(app, "SELECT login FROM account") == {"committee.qian", "branch.sun", "clerk", "newcomer"}
    assert names(app, "SELECT level FROM post") == {"basic", "branch"}
    act(app, "branch")
    assert names(app, "SELECT login FROM account") == {"branch.sun", "clerk", "newcomer"}
    assert seen(app, "tenure", "true") == seen(app, "tenure", f"account_id = {world['branch_account']}")


def test_a_draft_is_seen_and_written_by_its_person_in_its_post_alone(
    app: Connection, world: dict[str, Any]
) -> None:
    act(app, "committee")
    app.execute(draft().encode())
    assert names(app, "SELECT form FROM draft") == {"member"}
    for who in ("city", "branch", "auditor", "audit"):
        act(app, who)
        assert names(app, "SELECT form FROM draft") == set(), who
        assert app.execute("UPDATE draft SET fields = NULL").rowcount == 0, who
        owner = {"account_id": Ref("committee_account"), "post_id": Ref("committee_post")}
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            run(app, draft(sheet="c" * 32, **owner), world)
    act(app, "committee")
    app.execute("SELECT set_config('app.post', %s, true)", [str(world["city_post"])])
    assert names(app, "SELECT form FROM draft") == set(), "the same person in another post"


@pytest.mark.parametrize("table", ["credential", "user_session"])
def test_secrets_are_seen_by_nobody(table: str, app: Connection) -> None:
    act(app, "system")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(f"SELECT FROM {table}".encode())


OUTSIDE = {
    "member": new_member(branch_id=Ref("other_branch")),
    "member moved away": "UPDATE member SET branch_id = %(other_branch)s WHERE id = %(wei)s",
    "organisation moved away": ordered("branch_org")
    + "UPDATE organisation SET code = '001003009' WHERE id = %(branch_org)s",
    "document": insert(
        "document", kind="other", number="1", title="x", organisation_id=Ref("other_committee")
    ),
    "evidence": insert(
        "evidence", subject_id=Ref("far"), field="join_date", document_id=Ref("approval_of_committee_org")
    ),
    "evidence on a paper out of sight": insert(
        "evidence", subject_id=Ref("wei"), field="join_date", document_id=Ref("approval_of_other_committee")
    ),
    "exception": insert(
        "rule_exception",
        subject="member",
        subject_id=Ref("far"),
        rule="M05",
        value_hash="0" * 64,
        document_id=Ref("approval_of_committee_org"),
    ),
    "account": insert("account", login="spy", name="间谍", organisation_id=Ref("other_branch")),
    "code list": "INSERT INTO sex (code, label_zh, label_en) VALUES ('3', '三', 'three')",
    "level": "INSERT INTO level (code, label_zh, label_en) VALUES ('3', '三', 'three')",
    "log of another": insert("access_log", kind="refused", account_id=Ref("neighbour_account")),
    "act by hand": insert("transaction", account_id=Ref("committee_account"), reason="x"),
    "version by hand": "INSERT INTO member_version SELECT * FROM member_version",
    "count by hand": "UPDATE branch_count SET kept = 0",
    "spell by hand": "UPDATE membership_spell SET during = 'empty'",
}


@pytest.mark.parametrize("statement", OUTSIDE.values(), ids=OUTSIDE)
def test_a_write_does_not_leave_the_subtree(statement: str, app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(app, statement, world)


def test_a_row_out_of_sight_is_not_changed(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    for table, name in (
        ("member", "far"),
        ("organisation", "other_branch"),
        ("account", "neighbour_account"),
    ):
        assert (
            app.execute(f"UPDATE {table} SET name = '改名' WHERE id = {world[name]}".encode()).rowcount == 0
        )
    assert app.execute("UPDATE sex SET label_en = 'x'").rowcount == 0


@pytest.mark.parametrize("who", ["auditor", *TECHNICAL])
def test_who_checks_writes_no_record(who: str, app: Connection, world: dict[str, Any]) -> None:
    act(app, who)
    for table in ("organisation", "unit", "member"):
        assert app.execute(f"UPDATE {table} SET name = name || '某'").rowcount == 0
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        run(app, new_member(), world)


def test_accounts_are_opened_by_who_may(app: Connection, world: dict[str, Any]) -> None:
    statement = insert("account", login="novice", name="新手", organisation_id=Ref("branch_org"))
    for who in ("system", "committee"):
        act(app, who)
        run(app, statement, world)
        app.rollback()
    for who in ("security", "audit", "auditor", "branch"):
        act(app, who)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            run(app, statement, world)
        app.rollback()


def test_rights_are_not_widened_by_upkeep_of_code_lists(app: Connection) -> None:
    act(app, "city")
    assert app.execute("UPDATE sex SET label_en = label_en || '.'").rowcount > 0
    for table in ("level", "organisation_kind", "membership_status"):
        assert app.execute(f"UPDATE {table} SET label_en = label_en || '.'".encode()).rowcount == 0


def test_the_directory_shows_receivers_and_superiors(app: Connection) -> None:
    keepers = {
        name for name, (_, kind, can_admit, _) in ORGANISATIONS.items() if can_admit or kind.startswith("X")
    }
    act(app, "branch")
    listed = names(app, "SELECT name FROM organisation_directory")
    assert listed == {f"中共{name}" for name in keepers | {"branch_org"}}
    act(app, "neighbour")
    assert names(app, "SELECT name FROM organisation_directory") == {f"中共{name}" for name in keepers}
    columns = (
        "SELECT attname FROM pg_attribute WHERE attrelid = 'organisation_directory'::regclass AND attnum > 0"
    )
    assert names(app, columns) == {"id", "code", "name", "kind", "phone"}


def test_the_sign_in_of_others_is_watched_by_the_audit_administrator(app: Connection) -> None:
    app.execute("SELECT log_sign_in('nobody', false, '::1')")
    act(app, "branch")
    assert seen(app, "access_log") == set()
    act(app, "audit")
    assert len(seen(app, "access_log")) == 1


def test_a_saved_view_is_its_owners_alone(app: Connection) -> None:
    def enter(who: str) -> None:
        app.execute("SELECT enter(%s, %s)", list(ACTORS[who]))

    enter("committee")
    row = app.execute(
        "INSERT INTO saved_view (subject, name) VALUES ('member', '我的') RETURNING account_id"
    ).fetchone()
    assert row
    owner = row[0]
    for other in ("branch", "city", "auditor", "system"):
        enter(other)
        assert names(app, "SELECT name FROM saved_view") == set()
        assert app.execute("UPDATE saved_view SET taken_away = now()").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute("INSERT INTO saved_view (account_id, subject) VALUES (%s, 'member')", [owner])
    enter("committee")
    assert names(app, "SELECT name FROM saved_view") == {"我的"}
