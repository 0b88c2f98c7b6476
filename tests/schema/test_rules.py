"""Every rule lets pass what it should and refuses the rest under its own name."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests.schema.cases import (
    SUPERUSER,
    Case,
    account,
    change_order,
    code_list,
    document,
    draft,
    job,
    member,
    member_rule,
    organisation,
    report,
)
from tests.schema.world import INSTALLER, Connection, act, run

CASES: list[Case] = [
    *code_list.CASES,
    *organisation.CASES,
    *document.CASES,
    *draft.CASES,
    *account.CASES,
    *change_order.CASES,
    *job.CASES,
    *member.CASES,
    *member_rule.CASES,
    *report.CASES,
]
IDS = [f"{case.rule}-{case.note}" for case in CASES]
Settle = Callable[[Connection], None]

ELSEWHERE = {"the_past_is_final", "nothing_is_deleted"}
"""Tried on every table by test_past.py."""

UNBREAKABLE = {"organisation_id_with_code", "change_line_of_its_order"}
"""Implied by the primary key."""

NAMED_BY_THE_CATALOGUE = """
    SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
       AND (contype IN ('c', 'u', 'x') OR (contype = 'f' AND cardinality(conkey) > 1))
    UNION SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
     WHERE indisunique AND relnamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
    UNION SELECT tgname FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
     WHERE NOT tgisinternal AND prosrc LIKE '%refuse(TG_NAME%'"""
FUNCTION_BODIES = """
    SELECT pg_get_functiondef(oid) FROM pg_proc
     WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'"""
REFUSED = re.compile(r"refuse(?:_unless)?\('(\w+)'")
FAULT = re.compile(r"'([A-Z]\d\d|[a-z_]{6,})\|")


@pytest.fixture(scope="module")
def sessions(registry: Any) -> Iterator[dict[str, Connection]]:
    """One session for each role; every attempt is rolled back."""
    with (
        registry.connect("owner") as owner,
        registry.connect("app") as app,
        registry.connect("superuser") as superuser,
    ):
        yield {"owner": owner, "app": app, "superuser": superuser}


def attempt(
    sessions: dict[str, Connection], settle: Settle, world: dict[str, Any], who: str, statements: str
) -> None:
    """Do it as somebody, hear all deferred rules, and leave no trace."""
    session = sessions[{INSTALLER: "owner", SUPERUSER: "superuser"}.get(who, "app")]
    try:
        act(session, INSTALLER if who == SUPERUSER else who)
        run(session, statements, world)
        settle(session)
    finally:
        session.rollback()


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_keeps_the_rule_passes(case: Case, sessions: Any, settle: Settle, world: dict[str, Any]) -> None:
    attempt(sessions, settle, world, case.who, case.accepted)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_what_breaks_the_rule_is_refused_by_name(
    case: Case, sessions: Any, settle: Settle, world: dict[str, Any]
) -> None:
    with pytest.raises(psycopg.errors.IntegrityError) as refusal:
        attempt(sessions, settle, world, case.refused_actor, case.refused)
    answer = refusal.value.diag
    assert answer.constraint_name == case.rule, answer.message_primary
    assert answer.message_primary != case.rule, "a refusal is a sentence"
    if answer.table_name and answer.column_name:
        columns = "SELECT FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
        assert sessions["owner"].execute(columns, [answer.table_name, answer.column_name]).rowcount == 1


LISTED = """
    SELECT conrelid::regclass::text, attname, conname FROM pg_constraint
      JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
     WHERE contype = 'f' AND cardinality(conkey) = 1 AND atttypid = 'text'::regtype
       AND conrelid::regclass::text IN ('member', 'organisation', 'unit')"""
STRICTER = {"member_person_type_fkey", "member_sex_fkey", "member_status_fkey", "organisation_kind_fkey"}
"""Another rule refuses unknown codes first."""


def test_codes_come_from_their_lists(sessions: Any, settle: Settle, world: dict[str, Any]) -> None:
    columns = sessions["owner"].execute(LISTED).fetchall()
    assert len(columns) == 15
    for table, column, key in columns:
        if key not in STRICTER:
            with pytest.raises(psycopg.errors.ForeignKeyViolation) as refusal:
                attempt(sessions, settle, world, INSTALLER, f"UPDATE {table} SET {column} = 'no such code'")
            assert refusal.value.diag.constraint_name == key


def test_no_rule_is_without_its_case(owner: Connection) -> None:
    names = {name for (name,) in owner.execute(NAMED_BY_THE_CATALOGUE).fetchall()}
    for (body,) in owner.execute(FUNCTION_BODIES).fetchall():
        faults = {f"rule_{name.lower()}" if name[0].isupper() else name for name in FAULT.findall(body)}
        names |= faults | set(REFUSED.findall(body))
    assert names - UNBREAKABLE - ELSEWHERE == {case.rule for case in CASES}
