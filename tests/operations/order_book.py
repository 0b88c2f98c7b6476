"""What a careful clerk would say of a change order: whether it may be, and what stands where afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

SELVES = frozenset({"X10", "X20", "X30", "X40", "X50", "X51"})
"""Kinds that keep their own record."""

BRANCHES = frozenset({"631", "632", "931", "932"})


class Illegal(Exception):
    """What the clerk would not order, and why not."""


def demand(is_legal: bool, why: str) -> None:
    if not is_legal:
        raise Illegal(why)


@dataclass(frozen=True)
class Place:
    """An organisation on record."""

    key: int
    parent: int | None
    code: str
    kind: str
    admits: bool
    name: str
    founded: date | None
    ended: date | None

    @property
    def keeps(self) -> bool:
        return self.kind in SELVES or self.admits


@dataclass(frozen=True)
class Said:
    """An order as it is drawn: whom it is about, where to, since when, and by whose hand."""

    kind: str
    day: date
    about: int | None = None
    superior: int | None = None
    joins: tuple[int, ...] = ()
    founds: tuple[tuple[str, str], ...] = ()
    """Name and kind of each new organisation."""

    goes: dict[int, int | None] = field(default_factory=dict)
    """Which of the new ones each placed member goes to; None for who stays."""

    items: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """All organisations, the branch of each member on a roll, and the day of each member's last turn."""

    today: date
    places: dict[int, Place]
    roll: dict[int, int | str]
    turned: dict[int, date | None]
    may_stand_under: frozenset[tuple[str, str]]
    """Superior's kind and kind."""

    stood: dict[int, date] = field(default_factory=dict)
    """Since when each organisation stands without a gap, where not since ever."""

    was_branch: dict[int, date] = field(default_factory=dict)
    """Since when it may hold members, where not since ever."""

    left: dict[int, date] = field(default_factory=dict)
    """The last day on which one below it that is there no longer went away."""

    emptied: dict[int, date] = field(default_factory=dict)
    """The last day on which a member who is there no longer went away."""

    # -- looking ---------------------------------------------------------------------------------------------

    def above(self, key: int | None) -> Iterator[Place]:
        """The organisation and all above it, upwards."""
        while key is not None:
            yield self.places[key]
            key = self.places[key].parent

    def below(self, key: int) -> list[Place]:
        """In being, directly below."""
        return [place for place in self.places.values() if place.parent == key and place.ended is None]

    def members(self, key: int) -> list[int]:
        return [member for member, branch in self.roll.items() if branch == key]

    def nearest(self, key: int | None) -> int | None:
        return next((place.key for place in self.above(key) if place.keeps), None)

    def maker(self, said: Said) -> int | None:
        """Who makes an order: the nearest above that keeps records, for a move the one above both ends."""
        if said.kind == "establish":
            return self.nearest(said.superior)
        assert said.about is not None
        about = self.places[said.about]
        if said.kind in ("change", "term") and about.kind in SELVES:
            return about.key
        if said.kind == "move":
            here = {place.key for place in self.above(about.parent)}
            common = next((place.key for place in self.above(said.superior) if place.key in here), None)
            return self.nearest(common)
        return self.nearest(about.parent)

    # -- ordering --------------------------------------------------------------------------------------------

    def after(self, said: Said) -> Book:
        """The book once an order is applied.

        Raises Illegal for one that may not be.
        """
        demand(said.day <= self.today, "ahead")
        for key in (said.about, said.superior, *said.joins):
            if key is not None:
                place = self.places[key]
                demand((place.ended is None) != (said.kind == "restore"), "in being")
                demand(place.founded is None or place.founded <= said.day, "founded")
        if said.superior is not None:
            demand(self._stands_since(said.superior) <= said.day, "superior's day")
        return _KINDS[said.kind](self, said)

    def _stands_since(self, key: int) -> date:
        return self.stood.get(key, date.min)

    def _placed(self, *places: Place) -> Book:
        """With some organisations as they are now, each where and under which name it may be."""
        book = replace(self, places=self.places | {place.key: place for place in places})
        for place in places:
            if place.ended is None:
                book._check(place)
        return book

    def _check(self, place: Place) -> None:
        if place.parent is not None:
            above = self.places[place.parent]
            demand(above.ended is None, "superior in being")
            demand((above.kind, place.kind) in self.may_stand_under, "where it may")
        for below in self.below(place.key):
            demand((place.kind, below.kind) in self.may_stand_under, "what stands below")
        demand(place.kind in BRANCHES or not self.members(place.key), "holds members")
        demand(not place.admits or place.kind == "611", "admission")
        same = [each for each in self.places.values() if each.name == place.name and each.ended is None]
        demand(len(same) == 1, "name")

    def _founded(self, said: Said, superior: int) -> Book:
        book = self
        for number, (name, kind) in enumerate(said.founds, 1):
            place = Place(-number, superior, "", kind, False, name, said.day, None)
            book = book._placed(place)
        return book

    def _go(self, members: list[int], to: int, day: date) -> Book:
        demand(not members or self.was_branch.get(to, date.min) <= day, "branch since")
        for member in members:
            turned = self.turned[member]
            demand(turned is None or turned <= day, "spells")
        return replace(
            self,
            roll=self.roll | dict.fromkeys(members, to),
            turned=self.turned | dict.fromkeys(members, day),
        )

    def _ended(self, key: int, day: date) -> Book:
        place = self.places[key]
        demand(not self.below(key) and not self.members(key), "empty")
        demand(place.founded is None or place.founded <= day, "founded")
        demand(max(each.get(key, date.min) for each in (self.left, self.emptied)) <= day, "left later")
        return self._placed(replace(place, ended=day))

    def _items(self, said: Said) -> Book:
        assert said.about is not None
        names = {"kind": "kind", "can_admit": "admits", "name": "name"}
        changes = {names[name]: value for name, value in said.items.items() if name in names}
        book = self._since(said) if said.items.get("kind") in BRANCHES else self
        return book._placed(replace(book.places[said.about], **changes)) if changes else book

    def _since(self, said: Said) -> Book:
        """A new kind holds from the day of the order on, whatever the kind was in the meantime."""
        assert said.about is not None
        since = min(said.day, self.was_branch.get(said.about, date.min))
        return replace(self, was_branch=self.was_branch | {said.about: since})

    def _establish(self, said: Said) -> Book:
        assert said.superior is not None
        return self._founded(said, said.superior)

    def _merge(self, said: Said) -> Book:
        assert said.about is not None
        kept = self.places[said.about]
        demand(kept.kind in BRANCHES and bool(said.joins), "branches")
        book = self._items(said)
        for key in said.joins:
            joins = self.places[key]
            demand(joins.kind in BRANCHES and joins.parent == kept.parent and key != kept.key, "siblings")
            book = book._go(book.members(key), kept.key, said.day)._ended(key, said.day)
        return book

    def _divided(self, said: Said, book: Book) -> Book:
        assert said.about is not None
        members = self.members(said.about)
        demand(set(said.goes) == set(members), "placed")
        stay = [member for member, new in said.goes.items() if new is None]
        demand(bool(stay) == (said.kind == "split"), "who stays")
        for number in range(len(said.founds)):
            going = [member for member, new in said.goes.items() if new == number]
            demand(bool(going), "empty side")
            book = book._go(going, -number - 1, said.day)
        return book

    def _split(self, said: Said) -> Book:
        assert said.about is not None
        place = self.places[said.about]
        demand(place.kind in BRANCHES and place.parent is not None and bool(said.founds), "branch")
        assert place.parent is not None
        return self._divided(said, self._founded(said, place.parent))

    def _upgrade(self, said: Said) -> Book:
        assert said.about is not None
        place = self.places[said.about]
        demand(len(said.founds) != 1, "not into one")
        demand(self.emptied.get(place.key, date.min) <= said.day, "left later")
        below = replace(place, kind=said.items["kind"])
        empty = replace(self, roll={m: b for m, b in self.roll.items() if b != said.about})
        founded = empty._placed(below)._founded(said, place.key)
        return self._divided(said, replace(founded, roll=self.roll))

    def _downgrade(self, said: Said) -> Book:
        assert said.about is not None
        if said.items["kind"] not in BRANCHES:
            return self._items(said)
        book = self._since(said)
        branches = [place.key for place in self.below(said.about)]
        for key in branches:
            book = book._go(book.members(key), said.about, said.day)
        for key in branches:
            book = book._ended(key, said.day)
        return book._items(said)

    def _abolish(self, said: Said) -> Book:
        assert said.about is not None
        demand(self.places[said.about].parent is not None, "root")
        return self._ended(said.about, said.day)

    def _restore(self, said: Said) -> Book:
        assert said.about is not None
        return self._placed(replace(self.places[said.about], ended=None))

    def _move(self, said: Said) -> Book:
        assert said.about is not None and said.superior is not None
        place = self.places[said.about]
        inside = {each.key for each in self.above(said.superior)}
        demand(said.about not in inside and place.parent != said.superior, "outside")
        return self._placed(replace(place, parent=said.superior))


_KINDS = {
    "establish": Book._establish,
    "merge": Book._merge,
    "split": Book._split,
    "upgrade": Book._upgrade,
    "downgrade": Book._downgrade,
    "abolish": Book._abolish,
    "restore": Book._restore,
    "change": Book._items,
    "term": Book._items,
    "move": Book._move,
}
