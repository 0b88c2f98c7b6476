"""The demonstration city: invented people and organisations, made in the database by the SQL files here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from flask_babel import gettext

from partyadmin.dictionary import Refused

HERE = Path(__file__).parent

PLAN = {
    "draws.sql": "preparing the draws",
    "tree.sql": "planning the organisations",
    "lives.sql": "planning the members",
    "faults.sql": "choosing the faults",
    "people.sql": "filling in the records",
    "spoil.sql": "planting the faults",
    "organisations.sql": "registering the organisations",
    "units.sql": "registering the units",
}
BATCH = 20_000
"""Members to a statement: the tables are analysed between them, and progress is told."""


def found_demonstration(
    connection: psycopg.Connection[Any], members: int, seed: int, progress: Callable[[str], None]
) -> None:
    """Fill an empty registry with a city of exactly that many members and mark it as a demonstration.

    The connection is the owner's. All is one act of the installer in one transaction; 1,000 members take
    about 0.4 seconds. The same members and seed make the same people, whatever the day (none may be before
    2026-11-01, the date that ages and terms are counted to); reports follow the day.
    Raises Refused where there is an organisation already, ValueError for fewer than one member.
    """
    if members < 1:
        raise ValueError("a city has at least one member")
    with connection.transaction():
        connection.execute("SELECT act('installation', NULL, '建立演示数据：人员和组织均为虚构')")
        if connection.execute("SELECT FROM organisation LIMIT 1").fetchone() is not None:
            raise Refused(
                gettext("The registry already holds organisations; a demonstration needs an empty one.")
            )
        connection.execute(
            "SELECT set_config('demonstration.' || name, value, true)"
            "  FROM unnest(ARRAY['members', 'seed'], %s::text[]) AS wish (name, value)",
            [[str(members), str(seed)]],
        )
        for file, step in PLAN.items():
            progress(step)
            connection.execute((HERE / file).read_bytes())
        _register_members(connection, members, progress)
        progress("reporting what happened")
        connection.execute((HERE / "reports.sql").read_bytes())
        connection.execute("UPDATE installation SET demonstration = true")
        progress("committing")


def _register_members(
    connection: psycopg.Connection[Any], members: int, progress: Callable[[str], None]
) -> None:
    batch = (HERE / "members.sql").read_bytes()
    for after in range(0, members, BATCH):
        progress(f"registering members: {after:,} of {members:,}")
        connection.execute(batch, {"after": after, "batch": BATCH})
        # The rules look rows up while the tables fill: plans made for the empty tables must not stay.
        connection.execute("ANALYZE member, membership_spell, member_version")
