"""Seeing what a person below sees: their scope and level, nothing of their own, and nothing written."""

from typing import Any

import psycopg
import pytest

from tests.schema.cases.account import HASH
from tests.schema.cases.draft import draft
from tests.schema.world import ACTORS, Connection, act, run

TOKEN = "c" * 64


def look(session: Connection, who: str, whose: str, world: dict[str, Any]) -> None:
    person = [world[f"{whose}_account"], world[f"{whose}_post"]]
    session.execute("SELECT look_as(%s, %s, '::1', %s, %s)", [*ACTORS[who], *person])


def one(session: Connection, query: str, *values: Any) -> Any:
    return session.execute(query.encode(), values).fetchone()


def test_a_look_has_the_level_and_the_scope_of_the_other_post(app: Connection, world: dict[str, Any]) -> None:
    look(app, "county", "branch", world)
    settings = "SELECT acting_level(), acting_station(), acting_scope(), acting_post(), acting_account()"
    place = ("branch", "001001001001", "001001001001", world["branch_post"])
    assert one(app, settings) == (*place, 0)
    assert one(app, "SELECT count(*) FROM member") == (2,)
    assert one(app, "SELECT count(*) FROM organisation") == (1,)
    assert one(app, "SELECT holds('O9', 'W')") == (False,)


def test_what_a_person_keeps_for_themselves_stays_theirs(registry: Any, world: dict[str, Any]) -> None:
    with registry.connect("app") as session:
        session.execute("SELECT enter(%s, %s)", list(ACTORS["branch"]))
        session.execute(draft().encode())
        session.execute("INSERT INTO saved_view (subject, name) VALUES ('member', '我的')")
        session.commit()
        look(session, "committee", "branch", world)
        for table in ("draft", "saved_view", "last_look", "job", "user_session", "credential"):
            try:
                with session.transaction():
                    assert session.execute(f"SELECT FROM {table}".encode()).fetchall() == [], table
            except psycopg.errors.InsufficientPrivilege:
                assert table in ("user_session", "credential")


WRITES = (
    "UPDATE member SET address = '新址' WHERE id = %(wei)s",
    "INSERT INTO access_log (kind) VALUES ('printed')",
    "INSERT INTO saved_view (subject, name) VALUES ('member', '我的')",
    "INSERT INTO last_look (organisation_id, looked_at) VALUES (%(branch_org)s, now())",
    "SELECT number_is_registered('110105199003070011')",
    "SELECT end_session(repeat('c', 64))",
    "SELECT log_sign_in('branch.sun', true, '::1')",
    "SET transaction_read_only = off; UPDATE member SET address = '新址' WHERE id = %(wei)s",
)


@pytest.mark.parametrize("statement", WRITES)
def test_nothing_is_written_in_a_look(statement: str, app: Connection, world: dict[str, Any]) -> None:
    look(app, "committee", "branch", world)
    with pytest.raises(psycopg.Error) as refusal:
        run(app, statement, world)
    assert refusal.value.sqlstate in ("25006", "25001")


def test_a_session_begins_ends_and_outlives_no_look(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, "system")
    owner.execute("SELECT set_password(%s, %s)", [world["committee_account"], HASH])
    owner.execute("SELECT start_session(%s, %s, '::1', 'test')", [TOKEN, ACTORS["committee"].login])
    looked = "SELECT name, post, level, organisation_code, is_over FROM look_of(%s)"
    assert one(owner, looked, TOKEN) is None
    assert one(owner, "SELECT looks FROM session_of(%s)", TOKEN) == (False,)
    number = act(owner, "committee", "核对支部所见")
    owner.execute("SELECT begin_look(%s, %s, %s)", [TOKEN, world["branch_account"], world["branch_post"]])
    assert one(owner, "SELECT looks FROM session_of(%s)", TOKEN) == (True,)
    branch = ("branch", "branch@001001001001", "branch", "001001001001")
    assert one(owner, looked, TOKEN) == (*branch, False)
    owner.execute("SET ROLE keeper")
    owner.execute("UPDATE user_session SET look_since = now() - interval '30 minutes'")
    owner.execute("RESET ROLE")
    assert one(owner, looked, TOKEN) == (*branch, True)
    owner.execute("SELECT end_look(%s)", [TOKEN])
    assert one(owner, looked, TOKEN) is None
    owner.execute("SELECT end_look(%s)", [TOKEN])
    log = (
        "SELECT kind, subject, subject_id, detail, place FROM access_log WHERE kind LIKE 'look%%' ORDER BY id"
    )
    about = ("account", world["branch_account"])
    assert owner.execute(log).fetchall() == [
        ("look begun", *about, f"act {number}", "001001001"),
        ("look ended", *about, None, "001001001"),
    ]


def test_a_look_is_over_when_a_post_is_given_up(app: Connection, world: dict[str, Any]) -> None:
    act(app, "system")
    app.execute("SELECT set_password(%s, %s)", [world["committee_account"], HASH])
    app.execute("SELECT start_session(%s, %s, '::1', 'test')", [TOKEN, ACTORS["committee"].login])
    act(app, "committee", "核对支部所见")
    app.execute("SELECT begin_look(%s, %s, %s)", [TOKEN, world["branch_account"], world["branch_post"]])
    run(app, "UPDATE tenure SET until = current_date - 1 WHERE id = %(branch_tenure)s", world)
    assert one(app, "SELECT is_over FROM look_of(%s)", TOKEN) == (True,)
