"""Any size and seed: the same wish makes the same city."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from partyadmin.demonstration import found_demonstration
from tests.conftest import Registry

Connection = psycopg.Connection[Any]

# All but the keys: what was rolled back before has used some up.
CONTENT = """
    SELECT md5(string_agg(row, E'\\n' ORDER BY row)) FROM (
      SELECT (to_jsonb(o) - '{id,parent_id}'::text[])::text AS row FROM organisation o
      UNION ALL SELECT (to_jsonb(u) - '{id,organisation_id}'::text[])::text FROM unit u
      UNION ALL SELECT (to_jsonb(m) - '{id,branch_id}'::text[])::text FROM member m) AS rows
"""


def content(connection: Connection, members: int, seed: int) -> Any:
    with connection.transaction(force_rollback=True):
        found_demonstration(connection, members, seed, print)
        (digest,) = connection.execute(CONTENT).fetchone() or (None,)
    return digest


def test_the_same_wish_makes_the_same_city(registry: Registry) -> None:
    with registry.connect("owner") as connection:
        first, again, other = (content(connection, 300, seed) for seed in (7, 7, 8))
    assert first == again != other


@pytest.mark.parametrize("members", [1, 25, 500])
def test_a_small_city_has_its_members_too(
    registry: Registry, settle: Callable[[Connection], None], members: int
) -> None:
    with registry.connect("owner") as connection, connection.transaction(force_rollback=True):
        found_demonstration(connection, members, 7, print)
        settle(connection)
        assert connection.execute("SELECT count(*) FROM member").fetchone() == (members,)


def test_a_city_without_members_is_none(owner: Connection) -> None:
    with pytest.raises(ValueError):
        found_demonstration(owner, 0, 7, print)
