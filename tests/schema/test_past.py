"""Nobody changes or removes what is on record: not the application, not the owner, not a superuser."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.schema.world import INSTALLER, Connection, act

FINAL_TABLES = {
    "transaction",
    "access_log",
    "document",
    "document_content",
    "evidence",
    "rule_exception",
    "time_limit",
    "organisation_code",
    "change_paper",
    "change_plan",
}
KEPT_TABLES = {
    *("draft", "job", "organisation_spell", "membership_spell", "branch_count", "saved_view", "last_look"),
    *("export_ledger", "change_place"),
}
FREE_TABLES = {
    "report_item",
    "report_step",
    "status_change",
    # written once by the installer, or the sessions themselves: no business record
    *("installation", "organisation_placement", "permission_function", "probation_period", "pinyin", "rule"),
    *("table_scope", "credential", "user_session"),
}
TABLES = """
    SELECT relname, array_remove(array_agg(tgname), NULL) FROM pg_class
      LEFT JOIN pg_trigger ON tgrelid = pg_class.oid AND tgname IN ('the_past_is_final', 'nothing_is_deleted')
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' GROUP BY relname"""
STATEMENTS = ("UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0} CASCADE")


@pytest.fixture(scope="module")
def walls(registry: Any) -> dict[str, str | None]:
    """The wall of each table: the name of its trigger."""
    with registry.connect("owner") as owner:
        return {table: names[0] if names else None for table, names in owner.execute(TABLES).fetchall()}


def first_column(session: Connection, table: str) -> str:
    found = session.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attidentity = ''"
        " ORDER BY attnum LIMIT 1",
        [table],
    ).fetchone()
    assert found
    return f'"{found[0]}"'


def tried(session: Connection, table: str) -> Iterator[tuple[str, psycopg.Error | None]]:
    """What happens to each statement that would change or remove rows."""
    for statement in STATEMENTS:
        text = statement.format(table, first_column(session, table))
        try:
            with session.transaction(force_rollback=True):
                session.execute(text.encode())
            yield statement.split()[0], None
        except psycopg.Error as error:
            yield statement.split()[0], error


def test_each_table_has_its_wall(walls: dict[str, str | None]) -> None:
    histories = {table for table in walls if table.endswith("_version")}
    subjects = {table.removesuffix("_version") for table in histories}
    assert {table for table, wall in walls.items() if wall == "the_past_is_final"} == histories | FINAL_TABLES
    assert {table for table, wall in walls.items() if wall == "nothing_is_deleted"} == subjects | KEPT_TABLES
    assert {table for table, wall in walls.items() if wall is None} == FREE_TABLES


def test_the_application_has_not_even_the_right(
    app: Connection, walls: dict[str, str | None], world: Any
) -> None:
    act(app, "city")
    for table, wall in walls.items():
        for verb, error in tried(app, table):
            if verb != "UPDATE" or wall == "the_past_is_final":
                assert isinstance(error, psycopg.errors.InsufficientPrivilege), (table, verb)


@pytest.mark.parametrize("role", ["owner", "superuser"])
def test_the_wall_stands_for_who_takes_the_right(
    role: str, registry: Any, walls: dict[str, str | None], world: Any
) -> None:
    with registry.connect(role) as session:
        act(session, INSTALLER)
        session.execute("GRANT DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO CURRENT_USER")
        for table, wall in walls.items():
            if wall is None:
                continue
            for verb, error in tried(session, table):
                if verb == "UPDATE" and wall == "nothing_is_deleted":
                    continue
                assert error is not None, (table, verb)
                # TRUNCATE reaches other tables first, and the wall of one of them answers.
                answers = {wall} if verb != "TRUNCATE" else {"the_past_is_final", "nothing_is_deleted"}
                assert error.diag.constraint_name in answers, (table, verb, error)
        session.rollback()
