"""Rows on their way in: a temporary table of the session, checked as a set, then one INSERT … SELECT.

COPY is refused on tables with row security, so the bulk goes through the session's own temporary tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session


def take_the_time(session: Session, longest_pause: int = 0) -> None:
    """Lets the open transaction of a large load or export run for minutes, and pause in between.

    A pause of more than so many seconds ends it; 0 is without end.
    """
    session.execute(sa.text("SET LOCAL statement_timeout = 0"))
    session.execute(sa.text(f"SET LOCAL idle_in_transaction_session_timeout = {1000 * longest_pause:d}"))


_ROWS_TO_A_STATEMENT = 2000


class Staging:
    """A temporary copy of a table's columns, with the sheet and row that each line came from."""

    def __init__(self, session: Session, table: str, columns: Sequence[str]):
        self.session = session
        self.table = table
        self.name = f"staged_{table}"
        self.columns = list(columns)
        chosen = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        self._run(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(self.name)))
        self._run(
            sql.SQL(
                "CREATE TEMP TABLE {} ON COMMIT DROP AS"
                " SELECT NULL::text AS sheet, NULL::int AS row, {} FROM {} WITH NO DATA"
            ).format(sql.Identifier(self.name), chosen, sql.Identifier(table))
        )

    def copy(self, rows: Iterable[Sequence[Any]]) -> None:
        """Takes rows of (sheet, row, *columns)."""
        columns = sql.SQL(", ").join(map(sql.Identifier, ["sheet", "row", *self.columns]))
        command = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), columns)
        try:
            with self._driver().cursor().copy(command) as copy:
                for row in rows:
                    copy.write_row(row)
        except psycopg.Error as error:  # the driver is asked directly, so it answers directly too
            raise DBAPIError("COPY", None, error) from error

    def broken_checks(self) -> list[tuple[str, int, str, str]]:
        """(sheet, row, column, constraint) for each CHECK of the table that a staged row breaks."""
        checks = self.session.execute(
            sa.text(
                "SELECT c.conname, pg_get_expr(c.conbin, c.conrelid), array_agg(a.attname::text ORDER BY k.n)"
                "  FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(attnum, n)"
                "  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum"
                " WHERE c.conrelid = CAST(:table AS regclass) AND c.contype = 'c'"
                " GROUP BY c.oid ORDER BY c.conname"
            ),
            {"table": self.table},
        ).all()
        known = set(self.columns)
        each = [
            sql.SQL("SELECT sheet, row, {}, {} FROM {} WHERE NOT ({})").format(
                sql.Literal(columns[0]), sql.Literal(name), sql.Identifier(self.name), sql.SQL(condition)
            )
            for name, condition, columns in checks
            if known.issuperset(columns)
        ]
        found: Iterable[Any] = self._run(sql.SQL(" UNION ALL ").join(each)).all() if each else []
        return [(str(sheet), int(row), str(column), str(name)) for sheet, row, column, name in found]

    def discard(self, rows: Iterable[tuple[str, int]]) -> None:
        """Leaves out refused rows."""
        self._driver().cursor().executemany(
            sql.SQL("DELETE FROM {} WHERE sheet = %s AND row = %s").format(sql.Identifier(self.name)),
            list(rows),
        )

    def count(self) -> int:
        """The number of staged rows."""
        return int(
            self._run(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(self.name))).scalar_one()
        )

    def insert(self, order_by: str) -> int:
        """Moves the staged rows into the table as stock, in one statement; returns their number."""
        return self._insert(sql.Identifier(self.name), order_by)

    def insert_in_parts(self, order_by: str) -> Iterator[int]:
        """Moves them in that order in several statements, so that a long load can tell how far it has come.

        Yields the number of rows that each has moved.
        """
        names = {"staged": sql.Identifier(self.name), "ordered": sql.Identifier(f"{self.name}_ordered")}
        self._run(
            sql.SQL(
                "CREATE TEMP TABLE {ordered} ON COMMIT DROP AS"
                " SELECT *, row_number() OVER (ORDER BY {order_by}) AS place FROM {staged}"
            ).format(order_by=sql.SQL(order_by), **names)
        )
        self._run(sql.SQL("CREATE INDEX ON {ordered} (place)").format(**names))
        for before in range(0, self.count(), _ROWS_TO_A_STATEMENT):
            part = sql.SQL("{ordered} WHERE place > {before} AND place <= {last}").format(
                before=before, last=before + _ROWS_TO_A_STATEMENT, **names
            )
            yield self._insert(part, "place")

    def _insert(self, rows: sql.Composable, order_by: str) -> int:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        command = sql.SQL("INSERT INTO {} ({}, intake) SELECT {}, 'stock' FROM {} ORDER BY {}").format(
            sql.Identifier(self.table), columns, columns, rows, sql.SQL(order_by)
        )
        return self._run(command).rowcount

    def _run(self, command: sql.Composed) -> sa.CursorResult[Any]:
        return self.session.connection().exec_driver_sql(command.as_string(self._driver()))

    def _driver(self) -> Any:
        return self.session.connection().connection.dbapi_connection
