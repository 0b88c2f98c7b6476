"""Slow second opinions on what triggers keep: version chains, counts."""

from typing import Any

from tests.schema.world import Connection

FOLLOWING = {
    "unit": "organisation_code",
    "account": "organisation_code",
    "post": "organisation_code",
    "member": "branch_code",
    "field_delegation": "branch_code",
    "report": "branch_code",
    "change_order": "maker_code",
    "organisation_term": "organisation_code",
}
"""Columns that follow the organisation and make no version."""

SUBJECTS = """
    SELECT left(c.relname, -8), attname FROM pg_class c JOIN pg_index ON indrelid = c.oid AND indisprimary
      JOIN pg_attribute ON attrelid = c.oid AND attnum = indkey[0]
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND right(c.relname, 8) = '_version'"""
BROKEN = """
    SELECT '{table}', coalesce(r.{key}, v.{key})::text FROM {table} r
      FULL JOIN (SELECT {key}, count(*) AS n, min(ver) AS first, max(ver) AS last
                   FROM {table}_version GROUP BY {key}) v USING ({key})
      LEFT JOIN {table}_version latest ON latest.{key} = r.{key} AND latest.ver = r.ver
     WHERE r.{key} IS NULL OR (v.n, v.first, v.last) IS DISTINCT FROM (r.ver::bigint, 1, r.ver)
        OR to_jsonb(r) - '{following}' IS DISTINCT FROM
           to_jsonb(latest) - ARRAY['transaction_id', 'operation_type', '{following}']"""
RECOUNT = """
    SELECT o.id, count(*) FILTER (WHERE s.is_kept), count(*) FILTER (WHERE s.is_counted),
           count(*) FILTER (WHERE s.is_counted AND m.person_type = '2'),
           count(*) FILTER (WHERE s.is_kept AND m.intake = 'stock')
      FROM member m JOIN organisation o ON o.id = m.branch_id
      JOIN membership_status s ON s.code = coalesce(m.status, '1') GROUP BY o.id"""


def broken_chains(session: Connection) -> list[Any]:
    """Records whose versions are not 1 to n, or whose last version is not the live row."""
    broken: list[Any] = []
    for table, key in session.execute(SUBJECTS).fetchall():
        query = BROKEN.format(table=table, key=key, following=FOLLOWING.get(table, ""))
        broken += session.execute(query.encode()).fetchall()
    return broken


def versions(session: Connection, table: str) -> int:
    row = session.execute(f"SELECT count(*) FROM {table}_version".encode()).fetchone()
    assert row
    return int(row[0])


def wrong_counts(session: Connection) -> set[Any]:
    """Branches whose kept numbers differ from a recount."""
    kept = session.execute(
        "SELECT branch_id, kept, counted, probationary, incomplete FROM branch_count"
        " WHERE (kept, counted) <> (0, 0)"
    )
    recount = {row for row in session.execute(RECOUNT).fetchall() if row[1:] != (0, 0, 0, 0)}
    return set(kept.fetchall()) ^ recount
