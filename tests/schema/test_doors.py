"""The doors that see wider than the scope: the right caller gets the answer, the wrong one none."""

from typing import Any

import psycopg
import pytest

from tests.schema.cases.account import HASH
from tests.schema.world import ACTORS, FOUNDING, INSTALLER, Connection, Ref, act, insert, number, ordered, run

TOKEN = "a" * 64


def one(session: Connection, query: str, *values: Any) -> Any:
    row = session.execute(query.encode(), values).fetchone()
    return row[0] if row and len(row) == 1 else row


def enter(session: Connection, who: str) -> None:
    session.execute("SELECT enter(%s, %s, '10.0.0.1')", list(ACTORS[who]))


def sign_in(session: Connection, world: dict[str, Any], account: str = "branch_account") -> None:
    act(session, "system")
    session.execute("SELECT set_password(%s, %s)", [world[account], HASH])
    session.execute("SELECT start_session(%s, %s, '::1', %s)", [TOKEN, ACTORS["branch"].login, "x" * 300])


@pytest.mark.usefixtures("world")
def test_an_act_says_who_where_and_why(app: Connection) -> None:
    enter(app, "committee")
    number_of_act = act(app, "committee", "年度核对")
    row = one(
        app, "SELECT account_id, post_id, reason, remote_addr FROM transaction WHERE id = %s", number_of_act
    )
    assert row == (
        one(app, "SELECT acting_account()"),
        one(app, "SELECT acting_post()"),
        "年度核对",
        "10.0.0.1",
    )
    settings = "SELECT acting_level(), acting_station(), acting_scope(), current_act()"
    assert one(app, settings) == ("basic", "001001001", "001001001", number_of_act)


def test_an_act_ends_with_its_database_transaction(registry: Any, world: dict[str, Any]) -> None:
    with registry.connect("app") as session:
        number_of_act = act(session, "committee")
        session.commit()
        for setting, value in (
            ("app.account", world["committee_account"]),
            ("app.transaction", number_of_act),
        ):
            session.execute("SELECT set_config(%s, %s, true)", [setting, str(value)])
        with pytest.raises(psycopg.errors.CheckViolation) as refusal:
            session.execute("SELECT current_act()")
        assert refusal.value.diag.constraint_name == "every_write_stands_in_an_act"


def test_an_act_may_rest_on_a_document_in_scope(app: Connection, world: dict[str, Any]) -> None:
    assert act(app, "committee", document_id=world["approval_of_committee_org"])
    with pytest.raises(psycopg.errors.CheckViolation):
        act(app, "committee", document_id=10**9)


@pytest.mark.usefixtures("world")
def test_the_application_does_not_install(app: Connection, owner: Connection) -> None:
    assert act(owner, INSTALLER)
    assert one(owner, "SELECT installs()") is True
    with pytest.raises(psycopg.errors.CheckViolation):
        act(app, INSTALLER)


def test_entering_reads_and_does_not_write(app: Connection, world: dict[str, Any]) -> None:
    enter(app, "branch")
    assert one(app, "SELECT count(*) FROM member") == 2
    with pytest.raises(psycopg.errors.CheckViolation) as refusal:
        run(app, "UPDATE member SET address = '新址' WHERE id = %(wei)s", world)
    assert refusal.value.diag.constraint_name


@pytest.mark.parametrize(("who", "member"), [("committee", "wei"), ("city", "wei"), ("neighbour", None)])
def test_a_number_is_known_to_all_and_its_member_inside(
    who: str, member: str | None, app: Connection, world: dict[str, Any]
) -> None:
    enter(app, who)
    found = one(app, "SELECT registered, member_id FROM number_is_registered(%s)", number(11))
    assert found == (True, world[member] if member else None)
    old_form = number(11)[:6] + number(11)[8:17]
    assert one(app, "SELECT registered FROM number_is_registered(%s)", old_form) is True
    assert one(app, "SELECT registered, member_id FROM number_is_registered(%s)", number(999)) == (
        False,
        None,
    )
    logged = app.execute("SELECT kind, subject_id, client FROM access_log ORDER BY id").fetchall()
    assert logged[-3:] == [("number looked up", found[1], "10.0.0.1")] * 2 + [
        ("number looked up", None, "10.0.0.1")
    ]


def test_who_acts_not_asks_no_numbers(app: Connection) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        app.execute("SELECT number_is_registered('1')")


def test_the_acts_behind_a_record_are_told_inside_its_scope(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee", "更正", world["approval_of_committee_org"])
    run(app, "UPDATE member SET address = '新址' WHERE id = %(wei)s", world)
    for who in ("branch", "city", "auditor"):
        enter(app, who)
        acts = app.execute(
            "SELECT account_name, post, reason, document_number FROM acts_of('member', %s)", [world["wei"]]
        )
        assert acts.fetchall() == [
            ("安装程序", None, "world", None),
            ("committee", "basic@001001001", "更正", "〔2026〕committee_org"),
        ]
    for who in ("neighbour", "audit"):
        enter(app, who)
        assert app.execute("SELECT * FROM acts_of('member', %s)", [world["wei"]]).fetchall() == []
    enter(app, "city")
    for subject in ("credential", "member_version", "member; --", "sex", "transaction"):
        assert app.execute("SELECT * FROM acts_of(%s, 1)", [subject]).fetchall() == []


WRITTEN = "SELECT * FROM written_by(%s, %s)"


def test_what_an_act_wrote_is_told_to_those_who_see_it(app: Connection, world: dict[str, Any]) -> None:
    change = act(app, "committee", "更正")
    run(app, "UPDATE member SET address = '新址' WHERE branch_id = %(branch_org)s", world)
    written = {("member", str(world["wei"]), 2), ("member", str(world["fang"]), 2)}
    for who in ("committee", "county", "auditor", "audit", "security"):
        enter(app, who)
        assert set(app.execute(WRITTEN, [change, 9]).fetchall()) == written, who
    for who in ("branch", "neighbour", "system_committee"):
        enter(app, who)
        assert app.execute(WRITTEN, [change, 9]).fetchall() == [], who
    enter(app, "auditor")
    assert len(app.execute(WRITTEN, [change, 1]).fetchall()) == 1
    assert app.execute(WRITTEN, [987654321, 9]).fetchall() == []


def test_ones_own_act_tells_nothing_beyond_the_present_scope(registry: Any, world: dict[str, Any]) -> None:
    """Somebody with two posts sees acts of both, and in each the records of one."""
    with registry.connect("superuser") as superuser:
        superuser.execute("SET ROLE partyadmin_app")
        change = act(superuser, "neighbour", "更正")
        run(superuser, "UPDATE member SET address = '新址' WHERE id = %(far)s", world)
        enter(superuser, "neighbour")
        assert superuser.execute(WRITTEN, [change, 9]).fetchall() == [("member", str(world["far"]), 2)]
        superuser.execute("RESET ROLE")
        superuser.execute("SET session_replication_role = replica")
        moved = "UPDATE tenure SET post_id = %(committee_post)s WHERE id = %(neighbour_tenure)s"
        run(superuser, moved, world)
        superuser.execute("SET session_replication_role = origin")
        superuser.execute("SET ROLE partyadmin_app")
        superuser.execute("SELECT enter('neighbour.li', 'basic@001001001', '10.0.0.1')")
        seen = superuser.execute("SELECT FROM transaction WHERE id = %s", [change]).fetchall()
        assert len(seen) == 1 and superuser.execute(WRITTEN, [change, 9]).fetchall() == []
        superuser.rollback()


def test_the_next_code_is_told_inside_the_scope(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    assert one(app, "SELECT next_code(%s)", world["committee_org"]) == "001001001005"
    assert one(app, "SELECT next_code(%s)", world["empty_branch"]) == "001001001004001"
    assert one(app, "SELECT next_code(%s)", world["other_committee"]) is None
    act(app, "system")
    assert one(app, "SELECT next_code(%s)", world["committee_org"]) is None


@pytest.mark.parametrize(
    ("last", "following"), [("998", "999"), ("999", "A00"), ("A09", "A10"), ("A99", "B00"), ("C00", "C01")]
)
def test_the_next_code_counts_past_999(
    last: str, following: str, app: Connection, world: dict[str, Any]
) -> None:
    act(app, "committee")
    place = {"parent_id": Ref("committee_org"), "name": "新支部", "kind": "631"}
    run(app, FOUNDING + insert("organisation", code=f"001001001{last}", **place), world)
    assert one(app, "SELECT next_code(%s)", world["committee_org"]) == f"001001001{following}"


def test_the_next_code_was_never_given(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    run(app, ordered("empty_branch"), world)
    run(app, "UPDATE organisation SET code = '001001001900' WHERE id = %(empty_branch)s", world)
    run(app, "UPDATE organisation SET code = '001001001800' WHERE id = %(empty_branch)s", world)
    assert one(app, "SELECT next_code(%s)", world["committee_org"]) == "001001001901"


def test_a_session_is_its_person_in_a_post(app: Connection, world: dict[str, Any]) -> None:
    sign_in(app, world)
    found = app.execute(
        "SELECT login, post, level, organisation_code, sees_records FROM session_of(%s)", [TOKEN]
    )
    assert found.fetchall() == [("branch.sun", "branch@001001001001", "branch", "001001001001", True)]
    assert app.execute("SELECT * FROM session_of(%s)", ["b" * 64]).fetchall() == []
    app.execute("SELECT end_session(%s)", [TOKEN])
    assert app.execute("SELECT * FROM session_of(%s)", [TOKEN]).fetchall() == []
    assert one(app, "SELECT switch_post(%s, %s)", TOKEN, world["branch_post"]) is False


def aged(session: Connection, assignment: str) -> None:
    session.execute("SET ROLE keeper")
    session.execute(f"UPDATE user_session SET {assignment}".encode())
    session.execute("RESET ROLE")


@pytest.mark.parametrize(
    ("assignment", "alive"),
    [
        ("seen_at = now() - interval '29 minutes'", True),
        ("seen_at = now() - interval '31 minutes'", False),
        ("created_at = now() - interval '11 hours'", True),
        ("created_at = now() - interval '13 hours'", False),
    ],
)
def test_a_session_grows_old(assignment: str, alive: bool, owner: Connection, world: dict[str, Any]) -> None:
    sign_in(owner, world)
    aged(owner, assignment)
    for _ in range(2):
        assert (one(owner, "SELECT login FROM session_of(%s)", TOKEN) is not None) is alive


def test_a_session_switches_to_a_post_of_its_person(app: Connection, world: dict[str, Any]) -> None:
    sign_in(app, world)
    assert one(app, "SELECT switch_post(%s, %s)", TOKEN, world["committee_post"]) is False
    act(app, "county")
    deputy = {"account_id": Ref("branch_account"), "post_id": Ref("committee_post"), "since": "2026-01-01"}
    run(app, insert("tenure", **deputy), world)
    posts = app.execute("SELECT post FROM posts_of_session(%s)", [TOKEN]).fetchall()
    assert posts == [("basic@001001001",), ("branch@001001001001",)]
    assert one(app, "SELECT switch_post(%s, %s)", TOKEN, world["committee_post"]) is True
    assert one(app, "SELECT post FROM session_of(%s)", TOKEN) == "basic@001001001"
    run(
        app,
        "UPDATE tenure SET until = '2026-01-31' WHERE post_id = %(committee_post)s AND since = '2026-01-01'",
        world,
    )
    assert one(app, "SELECT login, post FROM session_of(%s)", TOKEN) == ("branch.sun", None)
    assert one(app, "SELECT switch_post(%s, %s)", "b" * 64, world["branch_post"]) is False


def test_a_closed_account_is_signed_out(app: Connection, world: dict[str, Any]) -> None:
    sign_in(app, world)
    assert one(app, "SELECT password_hash, wait_seconds FROM sign_in('branch.sun')") == (HASH, 0)
    act(app, "committee")
    app.execute("UPDATE account SET closed = current_date WHERE login = 'branch.sun'")
    assert app.execute("SELECT * FROM session_of(%s)", [TOKEN]).fetchall() == []
    assert app.execute("SELECT * FROM sign_in('branch.sun')").fetchall() == []


def test_a_password_set_by_another_ends_the_sessions(app: Connection, world: dict[str, Any]) -> None:
    sign_in(app, world)
    act(app, "branch")
    app.execute("SELECT set_password(%s, %s)", [world["branch_account"], HASH])
    assert one(app, "SELECT login FROM session_of(%s)", TOKEN) == "branch.sun"
    act(app, "committee")
    app.execute("SELECT set_password(%s, %s)", [world["branch_account"], HASH])
    assert one(app, "SELECT login FROM session_of(%s)", TOKEN) is None


@pytest.mark.usefixtures("world")
def test_a_password_needs_an_act(app: Connection, world: dict[str, Any]) -> None:
    enter(app, "branch")
    with pytest.raises(psycopg.errors.CheckViolation) as refusal:
        app.execute("SELECT set_password(%s, %s)", [world["branch_account"], HASH])
    assert refusal.value.diag.constraint_name == "every_write_stands_in_an_act"


def test_wrong_passwords_slow_the_account_down(app: Connection, world: dict[str, Any]) -> None:
    sign_in(app, world)
    waits = []
    for _ in range(14):
        app.execute("SELECT log_sign_in('branch.sun', false, '::1')")
        waits.append(one(app, "SELECT wait_seconds FROM sign_in('branch.sun')"))
    assert waits[:4] == [0] * 4
    assert waits[4:] == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    app.execute("SELECT log_sign_in('branch.sun', true, '::1')")
    assert one(app, "SELECT wait_seconds FROM sign_in('branch.sun')") == 0
    assert app.execute("SELECT * FROM sign_in('nobody')").fetchall() == []
    app.execute("SELECT log_sign_in('nobody', false, '::1')")


@pytest.mark.parametrize(("who", "found"), [("committee", (False, True)), ("neighbour", (None, None))])
def test_whether_a_password_was_set_is_told_of_accounts_in_scope(
    who: str, found: tuple[bool | None, ...], app: Connection, world: dict[str, Any]
) -> None:
    asked = "SELECT has_password(%s)"
    enter(app, who)
    before = one(app, asked, world["newcomer"])
    act(app, "committee")
    app.execute("SELECT set_password(%s, %s)", [world["newcomer"], HASH])
    act(app, who)
    assert (before, one(app, asked, world["newcomer"])) == found
