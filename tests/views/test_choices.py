"""The closed lists that forms and filters offer are those that the schema allows."""

import re
from typing import Any

import pytest

from partyadmin.views.choices import CLOSED_LISTS

# A CHECK of one column, or the values of the column's type where that is an enumeration.
ALLOWED = """
    SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND ARRAY[a.attnum] = c.conkey
     WHERE c.conrelid = %(table)s::regclass AND c.contype = 'c' AND a.attname = %(column)s
     UNION ALL SELECT quote_literal(e.enumlabel)
      FROM pg_enum e JOIN pg_attribute a ON a.atttypid = e.enumtypid
     WHERE a.attrelid = %(table)s::regclass AND a.attname = %(column)s
"""


BEHIND = {"key_change": "evidence"}
"""The table whose column a view shows: a view has no constraint of its own."""


@pytest.mark.parametrize(("table", "column"), CLOSED_LISTS, ids=lambda name: name)
def test_a_closed_list_is_the_schemas(registry: Any, table: str, column: str) -> None:
    with registry.connect("owner") as owner:
        told = " ".join(
            row[0] for row in owner.execute(ALLOWED, {"table": BEHIND.get(table, table), "column": column})
        )
    assert set(re.findall(r"'([^']+)'", told)) == set(CLOSED_LISTS[table, column])
