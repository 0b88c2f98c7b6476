"""The page of versions: two side by side with the document, or the record as it stood at a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import abort, request
from flask_babel import gettext

from partyadmin.db import Base
from partyadmin.dictionary import label
from partyadmin.models import Document
from partyadmin.models.codes import Level
from partyadmin.views import comparison, history
from partyadmin.views.cells import cell, may_open, moment, names_in, names_of
from partyadmin.views.columns import column_of
from partyadmin.views.labels import label_of
from partyadmin.views.periods import localized

MOST_LISTED = 200
_MOST_DIGITS = 9


class Versions:
    """What the address asks of a record's versions, read for one reader.

    `names` are the fields of its page; `link(**values)` is the address of the same page with other choices.
    Wrong numbers are a 400, versions that there are not a 404.
    """

    def __init__(
        self,
        model: type[Base],
        key: Any,
        names: tuple[str, ...],
        masked: dict[str, str],
        link: Callable[..., str],
    ) -> None:
        self.model, self.key, self.names, self.masked = model, key, names, masked
        self.link = link
        self.all = history.versions_of(model, key)
        self.is_full = request.args.get("view") == "full"

    def template_values(self) -> tuple[dict[str, Any], int]:
        """What versions.html shows, and the status of the answer."""
        asked = request.args.get("at", "").strip()
        common = {
            "versions": self.all[:MOST_LISTED],
            "more": max(0, len(self.all) - MOST_LISTED),
            "link": self.link,
            "level_of": level_of,
            "asked": asked,
            "is_full": self.is_full,
        }
        if asked:
            shown, status = self._at(_moment_in(asked))
            return {**common, "left": None, "right": None, **shown}, status
        return {**common, **self._compared()}, 200

    def _compared(self) -> dict[str, Any]:
        newest = self.all[0].number
        right = _number("right", newest)
        left = _number("left", right - 1)
        left, right = sorted((left, right))
        if right > newest or right < 1:
            abort(404)
        states = history.states_of(self.model, self.key, self.names, self.masked, (left, right))
        if right not in states or (left and left not in states):
            abort(404)
        found = comparison.differences(self.model, self.names, states.get(left), states[right])
        between = [version for version in self.all if left < version.number <= right]
        self._name_papers(found, between)
        changed = [difference for difference in found if difference.changed]
        shown = next((proof.number for each in changed for proof in each.proofs if proof.number), 0)
        return {
            "left": left,
            "right": right,
            "version": next(version for version in between if version.number == right),
            "changed": changed,
            "same": [difference for difference in found if not difference.changed],
            "all_fields": found,
            "newest": newest,
            "paper": self._paper(_number("document", shown)),
        }

    def _name_papers(self, found: list[comparison.Difference], between: list[history.Version]) -> None:
        """Puts beside each changed field the documents that it rests on, by name."""
        papers = comparison.papers_of(self.model, self.key, between)
        known = names_in(Document, {number for numbers in papers.values() for number in numbers})
        told = {v.act.document_id: v.act for v in between if v.act is not None}
        for difference in (each for each in found if each.changed):
            for number in papers.get(difference.name, papers[None]):
                if (Document, number) in known:
                    opened = number if may_open("document") else None
                    proof = comparison.Proof(known[Document, number], opened)
                elif number in told:
                    # The door to the acts names the documents of a superior, which the reader may not open.
                    named = (told[number].document_number, told[number].document_title)
                    proof = comparison.Proof(" ".join(filter(None, named)), None)
                else:
                    proof = comparison.Proof(gettext("outside your scope"), None)
                difference.proofs.append(proof)

    def _paper(self, number: int) -> comparison.Paper | None:
        return comparison.paper_of(number) if number and may_open("document") else None

    def _at(self, at: datetime) -> tuple[dict[str, Any], int]:
        """The version in force at a moment; a sentence where there was none yet."""
        known = [version for version in self.all if version.act is not None]
        version = next((version for version in known if version.act.issued_at < at), None)
        unknown = len(known) < len(self.all)
        if version is None:
            first = self.all[-1]
            if unknown or first.act is None:
                sentence = gettext("When this record was written lies outside your scope.")
            else:
                sentence = gettext(
                    "This record did not exist yet: its first version was written at %(moment)s.",
                    moment=moment(first.act.issued_at),
                )
            return {"sentence": sentence}, 404
        states = history.states_of(self.model, self.key, self.names, self.masked, (version.number,))
        columns, state = [column_of(self.model, name) for name in self.names], states[version.number]
        known_names = names_of(columns, [state])
        entries = [(label(c.table, c.name), cell(c, getattr(state, c.name), known_names)) for c in columns]
        return {"sentence": None, "version": version, "entries": entries, "unknown": unknown}, 200


def level_of(post: str | None) -> str:
    """The level of a post written LEVEL@CODE, in words; empty for none."""
    return label_of(Level, post.partition("@")[0]) if post else ""


def _number(name: str, usual: int) -> int:
    raw = request.args.get(name, "")
    if not raw:
        return usual
    if not (raw.isascii() and raw.isdigit()) or len(raw) > _MOST_DIGITS:
        abort(400)
    return int(raw)


def _moment_in(text: str) -> datetime:
    """A moment as the browser's field writes it; a minute counts to its end, since pages show no seconds."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        abort(400)
    if at.tzinfo is not None or not 1900 < at.year < 9999:
        abort(400)
    return localized(at) + timedelta(minutes=1 if len(text) <= 16 else 0)
