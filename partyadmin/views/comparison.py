"""Two versions of a record side by side: what changed first, and only the changed part of a value marked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import sqlalchemy as sa

from partyadmin.db import Base, db
from partyadmin.dictionary import label
from partyadmin.models import KEY_FIELDS, Document, Evidence, Member
from partyadmin.operations.document import newest_document
from partyadmin.views.cells import NOTHING, Cell, cell, names_of
from partyadmin.views.columns import column_of
from partyadmin.views.history import DIGEST, Version

# Numbers and Latin words change as a whole; everything else sign by sign.
_TOKENS = re.compile(r"[0-9]+|[A-Za-z]+|.", re.DOTALL)
_JOINS = re.compile(r"[\W_]*")


class Part(NamedTuple):
    """A piece of a value, and whether it is what changed."""

    text: str
    changed: bool


class Proof(NamedTuple):
    """A document by name, and its number where the reader may see more of it."""

    text: str
    number: int | None


@dataclass(frozen=True)
class Difference:
    """One field in two versions; `hidden` where a masked value changed in the part that is not shown."""

    name: str
    label: str
    is_key: bool
    changed: bool
    was: list[Part]
    becomes: list[Part]
    hidden: bool = False
    proofs: list[Proof] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether neither version holds a value."""
        return all(part.text == NOTHING for part in (*self.was, *self.becomes))


def differences(model: type[Base], names: tuple[str, ...], old: Any, new: Any) -> list[Difference]:
    """Each field of two states of a record, in the order of its page; old is None before version 1."""
    columns = [column_of(model, name) for name in names]
    known = names_of(columns, [state for state in (old, new) if state is not None])
    found = []
    for column in columns:
        told = [cell(column, getattr(state, column.name, None), known).text for state in (old, new)]
        held = [getattr(s, column.name + DIGEST, getattr(s, column.name, None)) for s in (old, new)]
        changed = held[0] != held[1]
        was, becomes = parts(*told) if changed else ([Part(told[0], False)], [Part(told[1], False)])
        found.append(
            Difference(
                column.name,
                label(column.table, column.name),
                model is Member and column.name in KEY_FIELDS,
                changed,
                was,
                becomes,
                changed and told[0] == told[1],
            )
        )
    return found


def parts(was: str, becomes: str) -> tuple[list[Part], list[Part]]:
    """Two values cut where they part: the pieces of each, those that the other has not marked.

    Punctuation between two changed pieces goes with them.
    """
    tokens = _TOKENS.findall(was), _TOKENS.findall(becomes)
    old: list[Part] = []
    new: list[Part] = []
    steps = SequenceMatcher(None, *tokens, autojunk=False).get_opcodes()
    for number, (kind, a, b, c, d) in enumerate(steps):
        taken, given = "".join(tokens[0][a:b]), "".join(tokens[1][c:d])
        between = 0 < number < len(steps) - 1 and _JOINS.fullmatch(taken) is not None
        changed = kind != "equal" or between
        _append(old, taken, changed)
        _append(new, given, changed)
    return old, new


def _append(pieces: list[Part], text: str, changed: bool) -> None:
    if pieces and pieces[-1].changed == changed:
        text = pieces.pop().text + text
    if text:
        pieces.append(Part(text, changed))


def papers_of(model: type[Base], key: Any, versions: list[Version]) -> dict[str | None, list[int]]:
    """The documents behind some versions of a record by field; under None those of the acts as a whole."""
    found: dict[str | None, list[int]] = {None: []}
    for version in versions:
        if version.act is not None and version.act.document_id is not None:
            found[None].append(version.act.document_id)
    if model is Member:
        proofs = db.session.execute(
            sa.select(Evidence.field, Evidence.document_id)
            .where(
                Evidence.subject_id == key, Evidence.transaction_id.in_([v.transaction_id for v in versions])
            )
            .order_by(Evidence.id)
        )
        for name, document_id in proofs:
            found.setdefault(name, []).append(document_id)
    return {name: list(dict.fromkeys(ids)) for name, ids in found.items()}


@dataclass(frozen=True)
class Paper:
    """A document beside the fields that rest on it."""

    id: int
    title: str
    facts: list[tuple[str, Cell]]
    is_picture: bool
    has_file: bool
    is_unchanged: bool


_PAPER = (
    "kind",
    "number",
    "issuer",
    "dated",
    "pages",
    "organisation_id",
    "supersedes",
    "transaction_id",
    "sha256",
)
_CONTENT = sa.text(
    "SELECT media_type, encode(sha256(content), 'hex') AS digest"
    " FROM document_content WHERE document_id = :id"
)


def paper_of(document_id: int) -> Paper | None:
    """A document with its facts and whether its file is still the one that was filed; None out of scope.

    Of one that got its scan later, or a better copy, it is the newest that the reader sees.
    """
    newest = newest_document(db.session(), document_id)
    document = db.session.get(Document, newest) or db.session.get(Document, document_id)
    if document is None:
        return None
    columns = [column_of(Document, name) for name in _PAPER]
    known = names_of(columns, [document])
    content = db.session.execute(_CONTENT, {"id": document.id}).one_or_none()
    return Paper(
        document.id,
        document.title,
        [(label("document", c.name), cell(c, getattr(document, c.name), known)) for c in columns],
        content is not None and content.media_type.startswith("image/"),
        content is not None,
        content is not None and content.digest == document.sha256,
    )
