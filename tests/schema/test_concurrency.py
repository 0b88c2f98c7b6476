"""Several sessions at once, committed: chains stay whole, a number goes to one, a code is given once."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from typing import Any

import psycopg
import pytest

from tests.schema.chains import broken_chains, wrong_counts
from tests.schema.world import (
    FOUNDING,
    Connection,
    Ref,
    act,
    insert,
    new_member,
    new_organisation,
    number,
    run,
)

PATIENCE = 10
"""Seconds. Longer than any lock here is held."""

WRITERS, WRITES = 4, 8


def write_often(registry: Any, world: dict[str, Any], start: Barrier, writer: int) -> None:
    """Change one member and move another again and again; after a deadlock, try once more."""
    branches = ("branch_org", "second_branch", "empty_branch")
    with registry.connect("app") as session:
        start.wait(PATIENCE)
        for turn in range(WRITES):
            values = world | {"to": world[branches[(writer + turn) % 3]], "remark": f"{writer}.{turn}"}
            while True:
                try:
                    act(session, "committee")
                    run(session, "UPDATE member SET remark = %(remark)s WHERE id = %(wei)s", values)
                    run(session, "UPDATE member SET branch_id = %(to)s WHERE id = %(jun)s", values)
                    session.commit()
                    break
                except psycopg.errors.DeadlockDetected:
                    session.rollback()


def test_many_writers_keep_the_chain_whole(registry: Any, world: dict[str, Any]) -> None:
    start = Barrier(WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        for done in [pool.submit(write_often, registry, world, start, writer) for writer in range(WRITERS)]:
            done.result(PATIENCE * 3)
    with registry.connect("superuser") as session:
        assert broken_chains(session) == []
        assert wrong_counts(session) == set()
        assert run(session, "SELECT ver FROM member WHERE id = %(wei)s", world) == [(1 + WRITERS * WRITES,)]
        open_spells = "SELECT count(*) FROM membership_spell WHERE member_id = %(jun)s AND upper_inf(during)"
        open_spells += " AND replaced_at IS NULL"
        assert run(session, open_spells, world) == [(1,)]


def is_waiting(session: Connection) -> bool:
    row = session.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return bool(row and row[0])


def meanwhile(
    registry: Any, first: Connection, second: Callable[[], Any], pool: ThreadPoolExecutor
) -> Future[Any]:
    """Start the second and return once it waits for the first."""
    future = pool.submit(second)
    with registry.connect("superuser") as watcher:
        watcher.autocommit = True
        deadline = time.monotonic() + PATIENCE
        while not is_waiting(watcher):
            assert time.monotonic() < deadline, "the second never waited"
            assert not future.done(), future.result()
            time.sleep(0.01)
    assert first.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
    return future


def registered(registry: Any, world: dict[str, Any], who: str, **changes: Any) -> str | None:
    """Register somebody; the name of the refusal."""
    with registry.connect("app") as session:
        try:
            act(session, who)
            run(session, new_member(**changes), world)
            session.commit()
        except psycopg.errors.IntegrityError as refusal:
            return refusal.diag.constraint_name
    return None


FAR = {"branch_id": Ref("other_branch")}


@pytest.mark.parametrize(
    ("sequence", "first_ends", "answer"),
    [(911, "commit", "a_number_is_taken_once"), (913, "rollback", None)],
)
def test_a_number_taken_by_two_at_once_goes_to_one(
    sequence: int, first_ends: str, answer: str | None, registry: Any, world: dict[str, Any]
) -> None:
    taken = {"id_number": number(sequence)}
    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        act(first, "committee")
        run(first, new_member(**taken), world)
        second = meanwhile(
            registry, first, lambda: registered(registry, world, "neighbour", **taken, **FAR), pool
        )
        getattr(first, first_ends)()
        assert second.result(PATIENCE) == answer
    with registry.connect("superuser") as session:
        assert session.execute(
            "SELECT count(*) FROM member WHERE id_number = %s", [taken["id_number"]]
        ).fetchone() == (1,)


def test_a_number_that_a_load_brings_at_once_is_held_by_the_index(
    registry: Any, world: dict[str, Any]
) -> None:
    taken = {"id_number": number(915)}
    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        act(first, "county", "load", world["workbook_of_county_org"])
        run(first, new_member(**taken, intake="stock"), world)
        second = meanwhile(
            registry, first, lambda: registered(registry, world, "neighbour", **taken, **FAR), pool
        )
        first.commit()
        assert second.result(PATIENCE) == "id_number_is_registered_once"


def test_who_looks_a_number_up_waits_for_who_registers_it(registry: Any, world: dict[str, Any]) -> None:
    taken = {"id_number": number(917)}

    def look_up() -> Any:
        with registry.connect("app") as session:
            act(session, "neighbour")
            return session.execute(
                "SELECT registered, member_id FROM number_is_registered(%s)", list(taken.values())
            ).fetchone()

    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        act(first, "committee")
        run(first, new_member(**taken), world)
        second = meanwhile(registry, first, look_up, pool)
        first.commit()
        assert second.result(PATIENCE) == (True, None)


def test_two_new_organisations_get_two_codes(registry: Any, world: dict[str, Any]) -> None:
    def found(session: Connection, name: str) -> str:
        code = run(session, "SELECT next_code(%(committee_org)s)", world)[0][0]
        run(session, FOUNDING + new_organisation(code=code, name=name), world)
        return str(code)

    def found_later() -> str:
        with registry.connect("app") as session:
            act(session, "committee")
            return found(session, "乙")

    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        act(first, "committee")
        code = found(first, "甲")
        second = meanwhile(registry, first, found_later, pool)
        first.commit()
        assert second.result(PATIENCE) == f"{code[:-3]}{int(code[-3:]) + 1:03}"


@pytest.mark.parametrize(
    ("account", "posts", "answer"),
    [
        ("newcomer", ("branch_post", "branch_post"), "tenures_of_a_post_do_not_overlap"),
        ("clerk", ("audit_post", "system_post"), "technical_posts_stand_alone"),
    ],
)
def test_two_tenures_given_at_once_see_each_other(
    account: str, posts: tuple[str, str], answer: str, registry: Any, world: dict[str, Any]
) -> None:
    def give(session: Connection, post: str) -> None:
        act(session, "security" if account == "clerk" else "committee")
        run(session, insert("tenure", account_id=Ref(account), post_id=Ref(post), since="2026-01-01"), world)

    def given_later() -> str | None:
        with registry.connect("app") as session:
            try:
                give(session, posts[1])
                session.commit()
            except psycopg.errors.IntegrityError as refusal:
                return refusal.diag.constraint_name
        return None

    with registry.connect("app") as first, ThreadPoolExecutor(1) as pool:
        give(first, posts[0])
        second = meanwhile(registry, first, given_later, pool)
        first.commit()
        assert second.result(PATIENCE) == answer
