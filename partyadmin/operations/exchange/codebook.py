"""From the words of a workbook to the codes of the lists."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache

import sqlalchemy as sa
from flask_babel import get_locale
from sqlalchemy.orm import Session

from partyadmin.models import CODE_LISTS, Region
from partyadmin.workbook.cleaning import label_key
from partyadmin.workbook.synonyms import SYNONYMS

_BETWEEN_REGIONS = re.compile(r"市辖区(?=.)|[-/\\>,、·—–_.|]+")


class NotInList(LookupError):
    """A word that no code of the list has."""


class CodeBook:
    """Looks up codes by Chinese or English label, by synonym or by the code itself."""

    def __init__(self, session: Session):
        self._lists = {
            model.__tablename__: _codes_by_word(session, model)  # type: ignore[attr-defined]
            for model in CODE_LISTS
            if model is not Region
        }
        self._regions = {
            _joined(str(name)): code
            for code, name in session.execute(
                # The newest meaning of a name wins: current regions come last.
                sa.select(Region.code, Region.full_name)
                .where(Region.full_name.is_not(None))
                .order_by(Region.ended.asc().nulls_last(), Region.code)
            )
        }
        self.code = cache(self._code)

    def _code(self, list_name: str, word: str) -> str:
        """The code of a word, its broader code where the label is ambiguous.

        Raises NotInList.
        """
        codes = self._lists[list_name]
        key = label_key(word)
        if key not in codes and list_name == "ethnicity":
            key += "族"
        try:
            return codes[key]
        except KeyError:
            raise NotInList(word) from None

    def region(self, words: str) -> str | None:
        """The region whose joined names these are, None where there is no such region."""
        return self._regions.get(_joined(words))


def _joined(names: str) -> str:
    return _BETWEEN_REGIONS.sub("", label_key(names))


def code_labels(session: Session, wanted: Collection[str]) -> dict[str, dict[str, str]]:
    """Wanted code list → code → label in the reader's language; regions by their joined names."""
    language = "label_en" if str(get_locale()).startswith("en") else "label_zh"
    found: dict[str, dict[str, str]] = {}
    for model in CODE_LISTS:
        if model.__tablename__ not in wanted:  # type: ignore[attr-defined]
            continue
        shown = (
            sa.func.coalesce(Region.full_name, Region.label_zh)
            if model is Region
            else getattr(model, language)
        )
        codes = session.execute(sa.select(model.code, shown)).all()
        found[model.__tablename__] = dict(codes)  # type: ignore[attr-defined]
    return found


def _codes_by_word(session: Session, model: type) -> dict[str, str]:
    rows = session.execute(sa.select(model.code, model.label_zh, model.label_en, model.parent)).all()  # type: ignore[attr-defined]
    parents = {row.code: row.parent for row in rows}
    words: dict[str, str] = {}
    for row in rows:
        for label in (row.label_en, row.label_zh):
            key = label_key(label)
            words[key] = _common(words[key], row.code, parents) if key in words else row.code
    for label, synonyms in SYNONYMS.get(model.__tablename__, {}).items():  # type: ignore[attr-defined]
        for word in synonyms.split():
            words.setdefault(label_key(word), words[label_key(label)])
    return {row.code: row.code for row in rows} | words


def _common(one: str, other: str, parents: dict[str, str | None]) -> str:
    """The nearest code above both; the first of them where they share none."""
    above = [one]
    while (parent := parents.get(above[-1])) is not None:
        above.append(parent)
    step: str | None = other
    while step is not None:
        if step in above:
            return step
        step = parents.get(step)
    return one
