"""What waits below an organisation, told by the organisation directly below it."""

from datetime import date, timedelta
from typing import Any

from tests.schema.chains import wrong_counts
from tests.schema.world import APPLIED, INSTALLER, Connection, Ref, act, new_member, number, order, run

TODAY = date(2026, 10, 12)


def waiting(session: Connection, code: str, matter: str, today: date = TODAY) -> dict[str, int]:
    rows = session.execute("SELECT * FROM waiting_below(%s, %s)", [code, today]).fetchall()
    return {below: count for found, below, count in rows if found == matter}


def test_members_to_be_completed_are_counted_by_their_branches(
    app: Connection, world: dict[str, Any]
) -> None:
    act(app, "county", "load", world["workbook_of_county_org"])
    run(app, new_member(intake="stock", mobile="110"), world)
    world["old"] = run(app, "SELECT max(id) FROM member", world)[0][0]
    act(app, "committee", "completed")
    assert waiting(app, "001001", "incomplete") == {"001001001": 1}
    assert waiting(app, "001001001001", "incomplete") == {"001001001001": 1}
    run(app, "UPDATE member SET branch_id = %(second_branch)s WHERE id = %(old)s", world)
    assert waiting(app, "001001001", "incomplete") == {"001001001002": 1}
    assert wrong_counts(app) == set()
    run(app, "UPDATE member SET mobile = '13900000000' WHERE id = %(old)s", world)
    assert waiting(app, "001001", "incomplete") == {}
    assert wrong_counts(app) == set()


def test_probations_that_are_over(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    young = {"person_type": "2", "full_date": None, "join_date": date(2025, 10, 12)}
    run(owner, new_member(**young, id_number=number(77)), world)
    assert waiting(owner, "001001001", "probation over", date(2026, 10, 11)) == {"001001001001": 1}
    assert waiting(owner, "001001001", "probation over", date(2026, 10, 12)) == {"001001001001": 2}
    run(owner, "UPDATE member SET status = '3', ended_by = '37' WHERE person_type = '2'", world)
    assert waiting(owner, "001", "probation over") == {}


def test_keeping_committees_without_an_administrator(owner: Connection, world: dict[str, Any]) -> None:
    act(owner, INSTALLER)
    ((today,),) = owner.execute("SELECT current_date").fetchall()  # of the registry, not of this machine
    found = waiting(owner, "001", "administrator missing", today)
    assert found == {"001001": 1, "001003": 1}, "the second committee, and the other county itself"
    post = "(SELECT id FROM post WHERE level = 'basic' AND organisation_id = %(committee_org)s)"
    run(owner, f"UPDATE tenure SET until = current_date WHERE post_id = {post}", world)
    assert waiting(owner, "001001", "administrator missing", today) == {"001001002": 1}
    tomorrow = today + timedelta(days=1)
    assert waiting(owner, "001001", "administrator missing", tomorrow) == {"001001001": 1, "001001002": 1}


def test_orders_wait_for_who_made_them(app: Connection, world: dict[str, Any]) -> None:
    act(app, "committee")
    run(app, order("abolish", organisation_id=Ref("empty_branch")), world)
    ((due,),) = app.execute("SELECT max(entry_due) FROM change_order").fetchall()
    assert waiting(app, "001001", "order open", due) == {"001001001": 1}
    assert waiting(app, "001001", "order overdue", due + timedelta(days=1)) == {"001001001": 1}
    run(app, APPLIED, world)
    assert waiting(app, "001001", "order open", due) == {}


def test_nothing_waits_outside_the_scope(app: Connection, world: dict[str, Any]) -> None:
    act(app, "neighbour")
    rows = app.execute("SELECT code FROM waiting_below('001', %s)", [TODAY]).fetchall()
    assert {code for (code,) in rows} <= {"001003"}
    assert app.execute("SELECT * FROM waiting_below('001001', %s)", [TODAY]).fetchall() == []
