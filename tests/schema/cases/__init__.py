"""For each rule of the schema, what it lets pass and what it refuses; one file for each noun."""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.schema.world import INSTALLER

SUPERUSER = "superuser"
"""Bypasses rights, so that a wall behind another wall can be tried."""


@dataclass(frozen=True)
class Case:
    rule: str
    accepted: str
    refused: str
    who: str = INSTALLER
    refused_for: str | None = None
    """Who is refused, where that is the point; else the same actor."""

    note: str = ""
    """Tells several cases of one rule apart."""

    @property
    def refused_actor(self) -> str:
        return self.refused_for or self.who


def reads_well(
    rule: str, table: str, column: str, at_most: int, sound: str = "文", **keys: str
) -> Iterator[Case]:
    """A tidy text of limited length: exactly the limit passes; blank, blanks around, control signs do not."""
    where = " AND ".join(f"{key} = {value}" for key, value in (keys or {"id": f"%({table})s"}).items())

    def setting(expression: str) -> str:
        return f"UPDATE {table} SET {column} = {expression} WHERE {where}"

    longest = setting(f"repeat('{sound}', {at_most // len(sound)})")
    yield Case(rule, longest, setting(f"repeat('{sound}', {at_most // len(sound) + 1})"), note="too long")
    for note, text in TROUBLE.items():
        yield Case(rule, longest, setting(f"E'{text}'"), note=note)


TROUBLE = {
    "blank": "",
    "space before": " 文",
    "ideographic space after": "文\\u3000",
    "no-break space after": "文\\u00a0",
    "control sign": "文\\u0007文",
    "not NFC": "e\\u0301文",
}
