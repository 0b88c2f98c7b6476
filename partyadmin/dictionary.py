"""Labels, help and refusals: every word of the schema, read from its comments and translated by gettext."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError

N_ = str  # marks a sentence for the translators where it is defined


class Refused(Exception):
    """A request that the registry refuses: one sentence for the person, and the field to point at.

    `rule` is the name of the constraint, trigger or predicate that refused; `table` the table it stands on.
    """

    def __init__(
        self, sentence: str, field: str | None = None, rule: str | None = None, table: str | None = None
    ):
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.rule = rule
        self.table = table


@dataclass(frozen=True)
class Words:
    """Comments of the database: columns by (table, column), rules by name."""

    columns: dict[tuple[str, str], str] = field(default_factory=dict)
    tables: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    rule_columns: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


_words = Words()

_COLUMNS = """
SELECT c.relname, a.attname, col_description(c.oid, a.attnum)
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
   AND a.attnum > 0 AND NOT a.attisdropped
"""
_TABLES = """
SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
"""
_RULES = """
SELECT conname, obj_description(oid, 'pg_constraint') FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'x', 'f')
UNION ALL SELECT relname, obj_description(oid, 'pg_class') FROM pg_class
 WHERE relnamespace = 'public'::regnamespace AND relkind = 'i'
UNION ALL SELECT tgname, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT proname, obj_description(oid, 'pg_proc') FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace
"""
_RULE_COLUMNS = """
SELECT c.conrelid::regclass::text, c.conname, array_agg(a.attname::text ORDER BY k.n)
  FROM pg_constraint c CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k(attnum, n)
  JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
 WHERE c.connamespace = 'public'::regnamespace GROUP BY c.conrelid, c.conname
UNION ALL
SELECT i.indrelid::regclass::text, c.relname, array_agg(a.attname::text ORDER BY k.n)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
  JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
   AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.conindid = i.indexrelid)
 GROUP BY i.indrelid, c.relname
"""


def load_words(connection: sa.Connection) -> None:
    """Reads the comments of the database once for this process."""
    global _words

    def rows(query: str) -> list[Any]:
        return list(connection.execute(sa.text(query)))

    _words = Words(
        columns={(table, column): comment for table, column, comment in rows(_COLUMNS) if comment},
        tables={table: comment for table, comment in rows(_TABLES) if comment},
        rules={name: comment for name, comment in rows(_RULES) if comment},
        rule_columns={(table, name): tuple(columns) for table, name, columns in rows(_RULE_COLUMNS)},
    )


def label(table: str, column: str) -> str:
    """Heading of a column in lists, forms and sheets, in the reader's language."""
    return str(gettext(_words.columns.get((table, column), column).split(": ", 1)[0]))


def help_text(table: str, column: str) -> str:
    """What a column holds, in the reader's language; empty where the label says it all."""
    parts = _words.columns.get((table, column), "").split(": ", 1)
    return gettext(parts[1]) if len(parts) == 2 else ""


def table_label(table: str) -> str:
    """What a table is called, in the reader's language."""
    return str(gettext(_words.tables.get(table, table).split(": ", 1)[0].removesuffix(".")))


def rule_sentence(rule: str) -> str:
    """The sentence of a rule, in the reader's language; the rule's name where it has none."""
    return str(gettext(_words.rules.get(rule, rule)))


# What PostgreSQL refuses without a rule of ours, by SQLSTATE.
_BY_STATE = {
    "23502": N_("%(field)s must be filled in."),
    "23503": N_("%(field)s: this value is not in its list; choose one that is offered."),
    "42501": N_(
        "This lies outside your scope, or your post may not write it; ask the superior organisation."
    ),
    "55P03": N_("Someone else is writing this record; wait a moment and save again."),
    "40P01": N_("Someone else is writing this record; wait a moment and save again."),
    "40001": N_("Someone else is writing this record; wait a moment and save again."),
    "57014": N_("This took too long and was stopped; nothing was written. Narrow the request and try again."),
    "22021": N_("The text holds a character that cannot be stored."),
}
# What PostgreSQL refuses for a rule of ours that holds for a whole transaction.
_RULE_OF_STATE = {"25006": "nothing_is_written_while_looking"}
_UNKNOWN = N_("The registry could not accept this; nothing was written. Check the values and try again.")


def refusal(error: DBAPIError) -> Refused:
    """Words a database error: the comment of the rule that refused, never SQL and never a value."""
    diag = getattr(error.orig, "diag", None)
    state = getattr(error.orig, "sqlstate", None) or ""
    rule = getattr(diag, "constraint_name", None) or _RULE_OF_STATE.get(state)
    table = getattr(diag, "table_name", None) or None
    column = getattr(diag, "column_name", None) or None
    if column is None and rule is not None and table is not None:
        column = next(iter(_words.rule_columns.get((table, rule), ())), None)
    known = rule is not None and rule in _words.rules and state != "23503"
    if known and rule is not None:
        return Refused(rule_sentence(rule), column, rule, table)
    heading = label(table, column) if table and column else gettext(N_("A field"))
    return Refused(gettext(_BY_STATE.get(state, _UNKNOWN), field=heading), column, rule, table)


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the database itself is away (restart, network), so that waiting helps."""
    return isinstance(error.orig, psycopg.OperationalError) and getattr(error.orig, "sqlstate", None) is None
