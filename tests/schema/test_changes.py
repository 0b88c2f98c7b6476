"""What changed below an organisation since somebody last looked, and the mark of that look."""

from typing import Any

import psycopg
import pytest

from tests.schema.world import ACTORS, INSTALLER, Connection, act, run

BELOW = (
    "SELECT act, account_name, post, reason, subject, key, before, after"
    " FROM changes_below(%s, now() - interval '1 hour', %s, %s, %s) WHERE reason <> 'world'"
)
MARK = "INSERT INTO last_look (organisation_id, looked_at) VALUES (%s, now() - interval '1 day')"


def below(
    session: Connection, code: str, before: int | None = None, few: int = 9, most: int = 99
) -> list[Any]:
    return session.execute(BELOW, [code, before, few, most]).fetchall()


def enter(session: Connection, who: str) -> None:
    session.execute("SELECT enter(%s, %s)", list(ACTORS[who]))


def test_an_act_is_told_below_every_organisation_that_holds_its_records(
    app: Connection, world: dict[str, Any]
) -> None:
    number = act(app, "committee", "更正")
    run(app, "UPDATE member SET address = '新址' WHERE id = %(wei)s", world)
    run(app, "UPDATE member SET address = '更新的址' WHERE id = %(wei)s", world)
    told = [(number, "committee", "basic@001001001", "更正", "member", world["wei"], 1, 3)]
    for who, codes in (
        ("city", ("001", "001001")),
        ("auditor", ("001001001",)),
        ("branch", ("001001001001",)),
    ):
        enter(app, who)
        for code in codes:
            assert below(app, code) == told, (who, code)
        assert below(app, "001001001002") == [], "another branch"
    for who in ("neighbour", "audit"):
        enter(app, who)
        for code in ("001001001001", "001"):
            assert below(app, code) == [], (who, code)


def test_what_a_superior_and_the_installer_wrote_is_told_too(app: Connection, world: dict[str, Any]) -> None:
    act(app, "county", "更名")
    run(app, "UPDATE organisation SET phone = '0562-2222222' WHERE id = %(committee_org)s", world)
    enter(app, "committee")
    ((_, *rest),) = below(app, "001001001")
    assert rest == ["county", "county@001001", "更名", "organisation", world["committee_org"], 1, 2]
    everything = "SELECT DISTINCT subject FROM changes_below('001001001', '-infinity', NULL, 99, 999)"
    assert {subject for (subject,) in app.execute(everything)} >= {"member", "organisation", "unit"}


def test_few_records_of_an_act_are_told_and_pages_go_on(app: Connection, world: dict[str, Any]) -> None:
    first = act(app, "committee", "先")
    run(app, "UPDATE member SET address = '新址' WHERE branch_code LIKE '001001001%%'", world)
    second = act(app, "committee", "后")
    run(app, "UPDATE member SET address = '另址' WHERE id = %(jun)s", world)
    assert [row[0] for row in below(app, "001001001")] == [second, first, first, first]
    assert [row[0] for row in below(app, "001001001", few=1)] == [second, first]
    assert [row[0] for row in below(app, "001001001", few=0)] == [second, first]
    assert [row[0] for row in below(app, "001001001", most=2)] == [second, first]
    assert {row[0] for row in below(app, "001001001", before=second)} == {first}
    later = "SELECT FROM changes_below('001001001', now() + interval '1 s', NULL, 9, 9)"
    assert app.execute(later).fetchall() == []


def test_changes_of_an_organisation_that_moved_are_found_by_its_former_code(
    owner: Connection, world: dict[str, Any]
) -> None:
    act(owner, "committee", "搬家")
    run(owner, "UPDATE member SET address = '新址' WHERE id = %(wei)s", world)
    act(owner, INSTALLER, "移动")
    moved = (
        "UPDATE organisation SET parent_id = %(second_county_committee)s, code = '001001002001'"
        " WHERE id = %(branch_org)s"
    )
    run(owner, moved, world)
    enter(owner, "county")
    assert [row[3] for row in below(owner, "001001002001")] == ["移动", "搬家"]
    assert below(owner, "001001001001") == []


def test_a_last_look_is_its_persons_alone(app: Connection, world: dict[str, Any]) -> None:
    looks = "SELECT organisation_id FROM last_look"
    enter(app, "committee")
    app.execute(MARK, [world["branch_org"]])
    for other in ("branch", "city", "auditor", "system"):
        enter(app, other)
        assert app.execute(looks).fetchall() == []
        assert app.execute("UPDATE last_look SET looked_at = now()").rowcount == 0
        with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
            app.execute(
                "INSERT INTO last_look (account_id, organisation_id, looked_at) VALUES (%s, %s, now())",
                [world["committee_account"], world["branch_org"]],
            )
    enter(app, "committee")
    assert app.execute(looks).fetchall() == [(world["branch_org"],)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), app.transaction():
        app.execute(MARK, [world["other_branch"]])


def test_an_act_that_still_writes_holds_the_moment_back(registry: Any, world: dict[str, Any]) -> None:
    until = "SELECT everything_is_written_until()"
    with registry.connect("app") as writing, registry.connect("app") as reading:
        act(writing, "committee", "长")
        ((begun,),) = writing.execute("SELECT now()").fetchall()
        assert reading.execute(until).fetchone() == (begun,)
        writing.commit()
        reading.commit()
        assert reading.execute("SELECT everything_is_written_until() = now()").fetchone() == (True,)
