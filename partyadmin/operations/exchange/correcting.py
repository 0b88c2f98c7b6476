"""Corrections of many members at once: pasted from a spreadsheet, or one value for a list of people.

All of them are one act: first rehearsed, row by row, then written together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused, label, refusal
from partyadmin.models import KEY_FIELDS, Member
from partyadmin.operations import acting
from partyadmin.operations.document import prove
from partyadmin.operations.exchange.codebook import CodeBook, NotInList
from partyadmin.operations.exchange.members import CODE_FIELDS
from partyadmin.workbook.headings import field_of
from partyadmin.workbook.refusal import CellRefused
from partyadmin.workbook.rows import CLEANERS

MOST_ROWS = 500
CORRECTED = (
    "sex", "ethnicity", "birth_date", "education", "join_date", "full_date", "job_post", "mobile", "landline",
    "address", "lost", "lost_month", "is_mobile", "destination", "remark",
)  # fmt: skip
"""Fields that many members may get at once; the name and the ID number tell who is meant."""
NAMING = ("name", "id_number")
"""Fields that say which member is meant."""
_MASK = "*"


@dataclass
class Correction:
    """What one member gets: `changes` is field → (was, becomes); `faults` say why not.

    A fault stands at its field, or at "" where the row as a whole is meant.
    """

    number: int
    shown: str
    member_id: int | None = None
    typed: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def fault(self) -> str | None:
        """The first fault; None where the values can be written."""
        return next(iter(self.faults.values()), None)


def lines_of(text: str) -> list[list[str]]:
    """The cells of a block, line by line; the headings come first."""
    return [line.rstrip("\r").split("\t") for line in text.strip("\n").split("\n")]


def fields_of(headings: list[str]) -> list[str | None]:
    """The field that each heading names; None for an empty one and for what cannot be pasted."""
    found = (field_of(heading, "member") if heading.strip() else None for heading in headings)
    return [name if name in (*CORRECTED, *NAMING) else None for name in found]


def read_pasted(session: Session, text: str) -> list[Correction]:
    """Reads a block copied from a spreadsheet: headings in the first line, then one member a line.

    An empty cell leaves a field as it is. Raises Refused where the block as a whole cannot be read.
    """
    lines = lines_of(text)
    fields = fields_of(lines[0])
    unknown = [
        heading.strip()
        for heading, name in zip(lines[0], fields, strict=True)
        if heading.strip() and name is None
    ]
    if "name" not in fields and "id_number" not in fields:
        raise Refused(gettext("The first line holds the headings, among them the name or the ID number."))
    if unknown:
        sentence = gettext("These columns cannot be pasted here: %(columns)s.", columns="、".join(unknown))
        raise Refused(sentence)
    if len(lines) - 1 > MOST_ROWS:
        raise Refused(
            gettext(
                "At most %(most)s rows at once; this block has %(rows)s.", most=MOST_ROWS, rows=len(lines) - 1
            )
        )
    book = CodeBook(session)
    return [
        _read_line(session, book, number, dict(zip(fields, cells, strict=False)))
        for number, cells in enumerate(lines[1:], 2)
        if any(cell.strip() for cell in cells)
    ]


def one_for_all(session: Session, member_ids: Collection[int], name: str, text: str) -> list[Correction]:
    """The same value of one field for some members in scope.

    Raises Refused for a value that cannot be read.
    """
    try:
        value = _read_cell(CodeBook(session), name, text)
    except (CellRefused, NotInList) as error:
        raise Refused(_why(name, text, error), "value") from error
    query = (
        sa.select(Member.id, Member.name)
        .where(Member.id.in_(member_ids))
        .order_by(Member.branch_code, Member.id)
    )
    return [
        Correction(number, row.name or "–", row.id, {name: value})
        for number, row in enumerate(session.execute(query.limit(MOST_ROWS)), 1)
    ]


def rehearse(
    session: Session, corrections: Iterable[Correction], reason: str, document_id: int | None
) -> None:
    """Tries each correction by itself and notes what would change or why it is refused; writes nothing."""
    with acting(session, reason, document_id, rehearsal=True):
        for each in corrections:
            if each.member_id is not None:  # what can be read of a faulty row is tried too
                _try(session, each, document_id)


def write(
    session: Session, corrections: list[Correction], reason: str, document_id: int | None,
    demand: Callable[[], None],
) -> int:  # fmt: skip
    """Writes all corrections in one act, in which `demand` checks the rights.

    Returns how many members changed.
    Raises Refused, naming the first that is refused; then nothing was written.
    """
    with acting(session, reason, document_id):
        demand()
        for each in corrections:
            if each.fault is None:
                _try(session, each, document_id)
            if each.fault is not None:
                raise Refused(f"{each.shown}: {each.fault}")
    return sum(bool(each.changes) for each in corrections)


def _try(session: Session, correction: Correction, document_id: int | None) -> None:
    """Sets the values under a savepoint, so that what is refused takes nothing else along."""
    try:
        with session.begin_nested():
            member = session.get_one(Member, correction.member_id, with_for_update=True)
            correction.changes = {
                name: (getattr(member, name), value)
                for name, value in correction.typed.items()
                if getattr(member, name) != value
            }
            for name, (_was, value) in correction.changes.items():
                setattr(member, name, value)
                if hasattr(member, f"{name}_text"):
                    setattr(member, f"{name}_text", None)
            session.flush()
            keys = [name for name in KEY_FIELDS if name in correction.changes]
            if keys and document_id is not None:
                prove(session, member.id, keys, document_id)
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    except DBAPIError as error:
        refused = refusal(error)
        at = refused.field if refused.field in correction.typed else ""
        correction.faults[at or ""] = refused.sentence
        session.expire_all()


def _read_line(session: Session, book: CodeBook, number: int, cells: dict[str | None, str]) -> Correction:
    given = {name: cell.strip() for name, cell in cells.items() if name is not None and cell.strip()}
    shown = given.get("name") or given.get("id_number", "–")
    correction = Correction(number, shown)
    correction.member_id, nobody = _whose(session, given.get("name"), given.get("id_number"))
    if nobody is not None:
        correction.faults["name" if "name" in given else "id_number"] = nobody
    for name in CORRECTED:
        if name not in given:
            continue
        try:
            correction.typed[name] = _read_cell(book, name, given[name])
        except (CellRefused, NotInList) as error:
            correction.faults[name] = _why(name, given[name], error)
    return correction


def _whose(session: Session, name: str | None, number: str | None) -> tuple[int | None, str | None]:
    """The member in scope whom a name and a number, whole or masked, mean; else a sentence."""
    query = sa.select(Member.id)
    if name:
        query = query.where(Member.name == CLEANERS["member"]["name"](name))
    if number and _MASK in number:
        query = query.where(sa.func.id_number_masked(Member.id_number) == number)
    elif number:
        query = query.where(Member.id_key == sa.func.id_number_18(number.upper()))
    found = session.scalars(query.limit(2)).all()
    if not found:
        return None, gettext("Nobody in your scope has this name and ID number.")
    if len(found) > 1:
        return None, gettext("Several members are called so: add the column of the ID number.")
    return found[0], None


def _read_cell(book: CodeBook, name: str, text: str) -> Any:
    """The value of a cell, with codes for words. Raises CellRefused and NotInList."""
    value = CLEANERS["member"][name](text)
    if isinstance(value, str) and name in ("lost", "is_mobile"):
        raise NotInList(text)
    if isinstance(value, str) and name in ("birth_date", "join_date", "full_date"):
        raise NotInList(text)
    if isinstance(value, str) and name in CODE_FIELDS:
        return book.code(CODE_FIELDS[name], value)
    if isinstance(value, str) and name == "destination":
        return book.region(value) or _not_in_list(text)
    if isinstance(value, str) and name == "lost_month":
        return date.fromisoformat(f"{value}-01")
    return value


def _not_in_list(text: str) -> Any:
    raise NotInList(text)


def _why(name: str, text: str, error: CellRefused | NotInList) -> str:
    """What is wrong with a cell, with its heading and its value."""
    heading = label("member", name)
    if isinstance(error, CellRefused):
        return f"{heading}: {gettext(error.message_id, **error.params)}"
    if name in ("birth_date", "join_date", "full_date"):
        told = gettext('"%(value)s" is no whole date; write it like 1998-07-01.', value=text)
    else:
        told = gettext('"%(value)s" is not in the list.', value=text)
    return f"{heading}: {told}"
