"""Places by worksheet: what a filled one says of the members of a divided branch, whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from partyadmin.dictionary import Refused, label
from partyadmin.operations.change_order.world import Task, members_of
from partyadmin.workbook.refusal import WorkbookRefused
from partyadmin.workbook.worksheet import Filled, Worksheet, read_worksheet


class WorksheetRefused(Refused):
    """A worksheet of which nothing was taken: each row that is in the way with its value, and why.

    Row 0 stands for members who are in no row.
    """

    def __init__(self, rows: Sequence[tuple[int, str, str]]):
        super().__init__(
            gettext("Nothing was taken from the worksheet: put these rows right and upload it again."),
            "file",
        )
        self.rows = rows


def targets_of(task: Task) -> dict[str, int | None]:
    """Where members may be placed: the name of each choice with its line, None for who stays."""
    targets: dict[str, int | None] = {}
    if task.order.kind == "split":
        targets[gettext("stays in %(name)s", name=task.subject.name)] = None
    return targets | {str(line.items["name"]): line.id for line in task.lines}


def headings() -> tuple[str, str, str]:
    """What stands over the key, the name and the choice."""
    return gettext("Member key (leave as it is)"), label("member", "name"), gettext("Where to")


def stamp_of(task: Task, member_ids: Iterable[int]) -> str:
    """What a worksheet is recognised by: its order, and a digest of the members it was made of."""
    listed = " ".join(str(member_id) for member_id in sorted(member_ids))
    return f"{task.order.id}-{hashlib.sha256(listed.encode()).hexdigest()[:16]}"


def places_in(task: Task, content: bytes) -> dict[int, int | None]:
    """Where a filled worksheet places each member of the branch; all of them, or none.

    Raises WorksheetRefused with the rows that are in the way, Refused for a file that is no such worksheet or
    that of another order.
    """
    try:
        sheet = read_worksheet(content, headings())
    except WorkbookRefused as refused:
        raise Refused(gettext(refused.message_id, **refused.params), "file") from refused
    if sheet.order != task.order.id:
        raise Refused(
            gettext(
                "This is the worksheet of order %(other)s, not of order %(number)s: download the one of this"
                " order and fill that in.",
                other=sheet.order, number=task.order.id,
            ),
            "file",
        )  # fmt: skip
    members = {member.id: member.name or "" for member in members_of(task, task.subject.id)}
    is_present = stamp_of(task, members) == f"{sheet.order}-{sheet.digest}"
    check = _Check(members, targets_of(task), task.subject.name, is_present)
    return check.whole(sheet)


@dataclass(frozen=True)
class _Check:
    """What rows are held against; `is_present` tells that nobody joined or left since the download."""

    members: dict[int, str]
    targets: dict[str, int | None]
    source: str
    is_present: bool

    def whole(self, sheet: Worksheet) -> dict[int, int | None]:
        """The places of all rows. Raises WorksheetRefused."""
        places: dict[int, int | None] = {}
        seen: dict[int, int] = {}
        faults: list[tuple[int, str, str]] = []
        choices = ({self.source: None} if None in self.targets.values() else {}) | self.targets
        for row in sheet.rows:
            key = int(row.key) if re.fullmatch(r"[0-9]{1,18}", row.key) else 0
            name = self.members.get(key)
            if name is None or row.name not in ("", name):
                faults.append((row.number, f"{row.name} {row.key}".strip(), self._nobody(name)))
            elif key in seen:
                faults.append((row.number, name, _twice(name, seen[key])))
            elif row.choice in choices:
                places[key] = choices[row.choice]
            else:
                faults.append((row.number, row.choice or "–", self._no_choice(row, name)))
            seen.setdefault(key, row.number)
        absent = [name for key, name in self.members.items() if key not in seen]
        faults += [(0, name, self._absent()) for name in absent]
        if faults:
            raise WorksheetRefused(faults)
        return places

    def _nobody(self, name: str | None) -> str:
        """Why a row is about nobody; with a name, about somebody else than it says."""
        if name is not None:
            said = gettext(
                "The key of this row is that of %(name)s: the columns were sorted apart from each other."
                " Download the worksheet anew, and sort whole rows.",
                name=name,
            )
        elif self.is_present:
            said = gettext(
                "Nobody in %(branch)s has this key: take the row out, or download the worksheet anew.",
                branch=self.source,
            )
        else:
            said = gettext(
                "Stands in %(branch)s no longer: the members have changed since the download. Take the row"
                " out, or download the worksheet anew.",
                branch=self.source,
            )
        return str(said)

    def _no_choice(self, row: Filled, name: str) -> str:
        listed = "、".join(self.targets)
        if not row.choice:
            said = gettext("%(name)s is not allocated: choose one of %(choices)s.", name=name, choices=listed)
        else:
            said = gettext(
                '"%(value)s" is no target of this order: choose one of %(choices)s.',
                value=row.choice, choices=listed,
            )  # fmt: skip
        return str(said)

    def _absent(self) -> str:
        if self.is_present:
            said = gettext("Is in no row: put the row back, or download the worksheet anew.")
        else:
            said = gettext(
                "Is in no row, having joined %(branch)s since the download: download the worksheet anew.",
                branch=self.source,
            )
        return str(said)


def _twice(name: str, first: int) -> str:
    said = gettext("%(name)s stands in row %(row)s already: keep one of the two rows.", name=name, row=first)
    return str(said)
