"""What an order will do: the records that change, what they are and what they become, and what is in its way.

A plan is data. The preview shows it, applying writes it, and undoing makes one from the versions that the
order wrote, so all three speak of the same thing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

EDITED = "a_later_entry_stands_on_this_one"
"""The rule by which an undoing order leaves what somebody has changed since."""

Key = int | str
"""The id of a record; of a new one its name in the plan."""


def new(name: str) -> dict[str, str]:
    """The value of a field that points to a record which the same plan makes."""
    return {"new": name}


@dataclass(frozen=True)
class Change:
    """One record: the fields that change, as they are and as they become; a new one was nothing."""

    subject: str
    key: Key
    was: dict[str, Any]
    becomes: dict[str, Any]

    @property
    def is_new(self) -> bool:
        """Whether the plan makes the record."""
        return isinstance(self.key, str)


@dataclass(frozen=True)
class Obstacle:
    """A record that is in the way, and the rule by which it is."""

    rule: str
    subject: str
    key: int


@dataclass(frozen=True)
class Kept:
    """A record that an undoing order leaves as it is, and the rule that tells why."""

    rule: str
    subject: str
    key: int
    fields: tuple[str, ...]
    by: str | None = None
    at: str | None = None

    @property
    def is_edited(self) -> bool:
        """Whether it stays since somebody changed it; otherwise it cannot go back."""
        return self.rule == EDITED


@dataclass
class Plan:
    """The changes of an order, what is in its way, and what it leaves as it is."""

    changes: list[Change] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)

    def of(self, subject: str) -> list[Change]:
        """The changes of one kind of record."""
        return [change for change in self.changes if change.subject == subject]

    def as_json(self) -> dict[str, Any]:
        """The plan as it is kept with the order: dates as text, in the order in which it was made."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), default=date.isoformat))
        return plain

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Plan:
        """The plan that as_json gave."""
        return cls(
            [Change(**change) for change in kept["changes"]],
            [Obstacle(**obstacle) for obstacle in kept["obstacles"]],
            [Kept(**{**left, "fields": tuple(left["fields"])}) for left in kept["kept"]],
        )

    def difference(self, other: Plan) -> tuple[list[Change], list[Change]]:
        """What this plan would change and the other would not, and the reverse."""
        here, there = _by_text(self.changes), _by_text(other.changes)
        return (
            [change for text, change in here.items() if text not in there],
            [change for text, change in there.items() if text not in here],
        )


def _by_text(changes: Sequence[Change]) -> dict[str, Change]:
    return {json.dumps(vars(c), sort_keys=True, default=date.isoformat): c for c in changes}
