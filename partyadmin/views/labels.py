"""Labels of code lists in the reader's language, kept for a minute in this process."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import get_locale, gettext

from partyadmin.db import db

_KEPT_SECONDS = 60.0


class Code(NamedTuple):
    """One value of a list; an ended one stays readable and can no longer be given."""

    zh: str
    en: str
    ended: bool


_kept: dict[type[Any], tuple[float, dict[str, Code]]] = {}


def codes_of(model: type[Any]) -> dict[str, Code]:
    """All codes of a list in their order; another process's change arrives within a minute."""
    now = time.monotonic()
    read_at, codes = _kept.get(model, (0.0, {}))
    if not codes or now - read_at > _KEPT_SECONDS:
        ended = getattr(model, "ended", sa.null())
        order = getattr(model, "position", model.code)
        rows = db.session.execute(
            sa.select(model.code, model.label_zh, model.label_en, ended).order_by(order)
        )
        codes = {code: Code(zh, en, end is not None) for code, zh, en, end in rows}
        _kept[model] = (now, codes)
    return codes


def label_of(model: type[Any], code: str) -> str:
    """The label of a code in the reader's language; the code itself where the list has no such code."""
    found = codes_of(model).get(code)
    return code if found is None else word(found)


def choices_of(model: type[Any], present: str | None = None) -> list[tuple[str, str]]:
    """What can be given today, and the code that a record still carries."""
    chinese = reads_chinese()
    return [
        (code, entry.zh if chinese else entry.en)
        for code, entry in codes_of(model).items()
        if not entry.ended or code == present
    ]


def word(code: Code) -> str:
    """One code in the reader's language."""
    return code.zh if reads_chinese() else code.en


def said_of(name: str, value: str) -> str:
    """A value behind the name of what it is the value of."""
    return f"{name}：{value}" if reads_chinese() else f"{name}: {value}"


def phrase(text: str) -> str:
    """A text of the seeds in the reader's language; what somebody typed over it stays as typed."""
    return gettext(text) if text else text


def enumeration(words: Iterable[str]) -> str:
    """Words in a row, as the reader's language lists them."""
    return ("、" if reads_chinese() else ", ").join(words)


def forget(model: type[Any]) -> None:
    """Reads a list anew after one of its codes was changed here."""
    _kept.pop(model, None)


def reads_chinese() -> bool:
    """Whether the reader's language is Chinese."""
    locale = get_locale()
    return locale is not None and locale.language == "zh"
