"""What a careful clerk would note of members, reports and acts, and refuse, without asking the registry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.schema.slow import add_months
from tests.schema.world import BORN

KEPT = ("1", "2")
BECOMES = {"suspension": "2", "restoration": "1", "review": "1", "death": "4", "exit": "3"}
FOLLOWS = {
    # what happens, and the status before it
    "suspension": ("1",),
    "restoration": ("2",),
    "review": ("3",),
    "death": ("1", "2"),
    "exit": ("1", "2"),
}
TYPES = {"conversion": "2", "extension": "2", "suspension": "1"}
REASONS = {"suspension": "43", "restoration": "3", "review": "6", "death": "5", "exit": "31"}
STEPS = {
    "reported": ("accepted", "returned", "paused", "entered", "withdrawn"),
    "accepted": ("returned", "paused", "entered"),
    "paused": ("accepted", "returned"),
    "returned": ("reported", "withdrawn"),
}
OPEN = tuple(STEPS)
"""The states of a report that is not settled."""


class Illegal(Exception):
    """What the clerk would not write."""


class Spell(NamedTuple):
    """A branch and a status, from a day until the day before another; without end while it lasts."""

    branch: str
    status: str
    begins: date
    ends: date | None = None


@dataclass(frozen=True)
class Person:
    """Somebody on record as known now, with the spells on a roll."""

    branch: str
    joined: date
    person_type: str = "1"
    status: str = "1"
    since: date | None = None
    full_date: date | None = None
    probation_until: date | None = None
    born: date = BORN
    spells: tuple[Spell, ...] = ()

    @property
    def last_turn(self) -> date:
        last = self.spells[-1] if self.spells else Spell("", "", self.joined)
        return last.ends or last.begins

    def turned(self, day: date, branch: str | None = None, status: str | None = None) -> Person:
        """From a day on in another branch or status."""
        after = replace(self, branch=branch or self.branch, status=status or self.status, since=day)
        spells = list(self.spells)
        if after.status in KEPT or self.status in KEPT:
            demand(day >= self.last_turn)
        if spells and spells[-1].ends is None:
            open_spell = spells.pop()
            if day > open_spell.begins:
                spells.append(open_spell._replace(ends=day))
        if after.status in KEPT:
            spells.append(Spell(after.branch, after.status, day))
        return replace(after, spells=tuple(spells))


@dataclass(frozen=True)
class Report:
    """Something that happened to a person, told by the branch."""

    kind: str
    person: int
    branch: str
    day: date
    state: str = "reported"
    has_paper: bool = False


class Act(NamedTuple):
    """An entry: who made it, and each record that it touched as it was before; nothing where it was new."""

    who: str
    before: dict[Any, Any]


def demand(is_legal: bool) -> None:
    if not is_legal:
        raise Illegal


@dataclass
class Diary:
    """The records by kind and key, who touched them last, and the acts in their order."""

    today: date
    records: dict[tuple[str, int], Any] = field(default_factory=dict)
    touched: dict[tuple[str, int], int] = field(default_factory=dict)
    acts: dict[int, Act] = field(default_factory=dict)

    @property
    def people(self) -> dict[int, Person]:
        return {key: record for (kind, key), record in self.records.items() if kind == "member"}

    @property
    def reports(self) -> dict[int, Report]:
        return {key: record for (kind, key), record in self.records.items() if kind == "report"}

    def note(self, act: int, who: str, becomes: dict[tuple[str, int], Any]) -> None:
        """An act that was written."""
        self.acts[act] = Act(who, {key: self.records.get(key) for key in becomes})
        self.records |= becomes
        self.touched |= dict.fromkeys(becomes, act)

    def is_open(self, person: int, kind: str) -> bool:
        return any((r.person, r.kind) == (person, kind) and r.state in OPEN for r in self.reports.values())

    # -- what may happen -------------------------------------------------------------------------------------

    def admitted(self, branch: str, day: date, is_new: bool) -> Person:
        demand(is_new and day <= self.today and branch != "other_branch")
        return Person(branch, day, "2", "1", day, spells=(Spell(branch, "1", day),))

    def happened(self, person: Person, kind: str, day: date, reason: str | None, months: int) -> Person:
        """A person after an event, if it is one that may happen."""
        demand(person.joined <= day <= self.today)
        demand(person.person_type == TYPES.get(kind, person.person_type))
        if kind in BECOMES:
            demand(person.status in FOLLOWS[kind] and self.is_reason(person, kind, reason))
            return person.turned(day, status=BECOMES[kind])
        demand(person.status in KEPT)
        if kind == "conversion":
            demand(day >= max(add_months(person.joined, 12), person.probation_until or date.min))
            return replace(person, person_type="1", full_date=day)
        if kind == "extension":
            demand(person.probation_until is None and 18 <= months <= 24)
            return replace(person, probation_until=add_months(person.joined, months))
        return person

    def fitting(self, person: Person) -> list[str]:
        """What may happen to somebody of this status and type on some day."""
        kinds = [kind for kind, statuses in FOLLOWS.items() if person.status in statuses]
        if person.status in KEPT:
            kinds += ["conversion", "extension"]
        return [kind for kind in kinds if person.person_type == TYPES.get(kind, person.person_type)]

    def is_reason(self, person: Person, kind: str, reason: str | None) -> bool:
        if kind != "exit":
            return reason == REASONS[kind]
        fits = {"31": True, "36": person.status == "1", "37": person.person_type == "2"}
        return reason in fits and fits[reason]

    def moved(self, person: Person, branch: str, day: date) -> Person:
        demand(branch != "other_branch" and day <= self.today)
        # A date that stays was not given, and means today.
        return person.turned(self.today if day == person.since else day, branch=branch)

    def corrected(self, person: Person, name: str, ago: int, has_paper: bool) -> Person:
        """Another birth or joining date: earlier than the first one by some days."""
        demand(has_paper)
        was = date(2004, 7, 1) if name == "joined" else BORN
        return replace(person, **{name: was - timedelta(ago)})

    # -- reports and undoing ---------------------------------------------------------------------------------

    def stepped(self, report: Report, state: str, has_paper: bool) -> dict[str, Any]:
        """The report, and the person where it is entered, after the committee's next step."""
        demand(state in STEPS.get(report.state, ()))
        has_paper = has_paper or report.has_paper
        after: dict[str, Any] = {"report": replace(report, state=state, has_paper=has_paper)}
        if state in ("reported", "accepted", "entered"):
            person = self.people[report.person]
            demand(report.branch == person.branch or person.status not in KEPT)
            entered = self.happened(person, report.kind, report.day, REASONS.get(report.kind), 0)
            demand(state != "entered" or has_paper or report.kind == "change")
            if state == "entered":
                after["member"] = entered
        return after

    def undone(self, act: int, who: str) -> dict[tuple[str, int], Any]:
        """All that an act touched as it was before; what was new is recorded in error."""
        demand(self.acts[act].who == who)
        demand(all(self.touched[key] == act for key in self.acts[act].before))
        becomes = {
            key: was if was is not None else self._in_error(self.records[key])
            for key, was in self.acts[act].before.items()
        }
        after = Diary(self.today, self.records | becomes)
        waiting = [(r.person, r.kind) for r in after.reports.values() if r.state in OPEN]
        demand(len(waiting) == len(set(waiting)))
        return becomes

    def _in_error(self, record: Any) -> Any:
        if isinstance(record, Report):
            return replace(record, state="withdrawn")
        return replace(record, status="7", since=self.today, spells=())

    # -- what the book-keeping says --------------------------------------------------------------------------

    def roll(self, inside: set[str], day: date) -> int:
        """Begin plus in minus out, from the first day on: who stands in some branches on a day."""
        balance = 0
        for person in self.people.values():
            for spell in person.spells:
                if spell.branch in inside:
                    balance += (spell.begins <= day) - (spell.ends is not None and spell.ends <= day)
        return balance
