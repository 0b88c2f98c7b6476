"""What a member's row would break, told before it is written; and whole numbers, revealed with a reason."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin import audit
from partyadmin.access import holds_unmasked
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import Member
from partyadmin.operations import acting


class Fault(NamedTuple):
    """A broken rule: its number, the field to point at, and its sentence (empty for a missing item)."""

    rule: str
    field: str
    sentence: str


class Examined(NamedTuple):
    """A row that nobody has written yet: its faults, what it holds, and what its ID number says."""

    faults: list[Fault]
    held: frozenset[str]
    number_birth: date | None
    number_sex: str | None
    birth_date: date | None


_EXAMINE = sa.text("""
WITH typed AS (
  SELECT m AS present, jsonb_populate_record(m, CAST(:typed AS jsonb)) AS candidate
    FROM (SELECT 1) AS one LEFT JOIN member m ON m.id = :id
), told AS (
  SELECT present, candidate,
         CASE WHEN rule_m05((candidate).id_number) AND rule_m06((candidate).id_number)
              THEN (candidate).id_number END AS sound_number,
         CASE WHEN (present).id IS NULL THEN ARRAY[]::text[]
              ELSE member_faults(present, current_date) END AS old_faults
    FROM typed
)
SELECT ARRAY(SELECT fault FROM unnest(member_faults(candidate, current_date)) WITH ORDINALITY AS f(fault, n)
              WHERE fault <> ALL (old_faults) ORDER BY n) AS faults,
       ARRAY(SELECT key FROM jsonb_each(to_jsonb(candidate)) WHERE value <> 'null') AS held,
       id_number_birth(sound_number) AS number_birth,
       id_number_sex(sound_number) AS number_sex,
       (candidate).birth_date AS birth_date
  FROM told""")
_POINTED_AT = sa.text("""
SELECT upper(right(proname, 3)), proname, proargnames[1] FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace AND proname ~ '^rule_m[0-9]{2}$'""")


def examine(session: Session, member_id: int | None, typed: dict[str, Any]) -> Examined:
    """What the rules say of a member's row with some columns typed over; None for a new one.

    Old faults of a stock record are not told again.
    """
    row = session.execute(_EXAMINE, {"id": member_id, "typed": json.dumps(typed, default=str)}).one()
    rules = {number: (name, field) for number, name, field in session.execute(_POINTED_AT)}
    faults = []
    for number, _, values in (fault.partition("|") for fault in row.faults):
        name, field = rules[number]
        missing = number == "M14"
        faults.append(Fault(number, values if missing else field, "" if missing else rule_sentence(name)))
    return Examined(faults, frozenset(row.held), row.number_birth, row.number_sex, row.birth_date)


def mandatory_items(session: Session) -> frozenset[str]:
    """The columns that no member may lack, as the rule about mandatory items has them."""
    missing = session.scalar(sa.text("SELECT missing_items(CAST(NULL AS member))"))
    items = {item.partition("|")[2] for item in missing or ()}
    return frozenset(items - {"phone"} | ({"mobile"} if "phone" in items else set()))


def is_registered(session: Session, number: str) -> tuple[bool, int | None]:
    """Whether a number is registered anywhere, and the member if in scope; the question is logged."""
    found = session.execute(sa.text("SELECT * FROM number_is_registered(:number)"), {"number": number}).one()
    return found.registered, found.member_id


def reveal_numbers(
    session: Session, member_id: int, names: Sequence[str], reason: str, rights: Collection[tuple[str, str]]
) -> dict[str, str | None]:
    """Some numbers of one member in full, once an act with its reason and a line in the log are committed.

    Raises Refused for a post without one of the rights unmasked, and for a member out of scope.
    """
    columns = [sa.inspect(Member).columns[name] for name in names]
    with acting(session, reason) as act:
        if not holds_unmasked(session, rights):
            raise Refused(masked_only(), rule="permission")
        row = session.execute(sa.select(*columns).where(Member.id == member_id)).one_or_none()
        if row is None:
            raise Refused(gettext("This member does not exist, or lies outside your scope."))
        audit.log(session, "number revealed", "member", member_id, f"act {act}")
    return dict(row._mapping)


def masked_only() -> str:
    """Why a post cannot see a number in full."""
    return str(
        gettext("Posts of this level see and export numbers masked; who keeps key fields sees them whole.")
    )


def undo(session: Session, act: int) -> int:
    """Takes back in the open act what an act of the same person and day wrote of members and reports.

    Returns how many records were written. Raises IntegrityError for what the schema refuses.
    """
    return int(session.scalar(sa.select(sa.func.undo_act(act))) or 0)


_DELEGATE = sa.text("""
INSERT INTO field_delegation (branch_id, branch_code, field, since, until, document_id)
SELECT b.id, b.code, f, CAST(:since AS date), CAST(:until AS date), CAST(:document_id AS bigint)
  FROM organisation place
  JOIN organisation b ON b.code >= place.code AND b.code < place.code || '~' AND b.ended IS NULL
  JOIN organisation_kind k ON k.code = b.kind AND k.holds_members
 CROSS JOIN unnest(CAST(:fields AS text[])) AS f
 WHERE place.id = :place
   AND NOT EXISTS (SELECT FROM field_delegation d WHERE d.branch_id = b.id AND d.field = f
                      AND d.since <= coalesce(CAST(:until AS date), 'infinity')
                      AND coalesce(d.until, 'infinity') >= CAST(:since AS date))
 ORDER BY b.code, f
RETURNING id
""")


def delegate(
    session: Session, place: int, fields: list[str], since: date, until: date | None, document_id: int | None
) -> list[int]:
    """Lets the branches at and below an organisation keep some fields, in the open act.

    What a branch may keep in those days already is left alone. Returns the keys of what was entered.
    Raises IntegrityError for what the schema refuses.
    """
    values = {"since": since, "until": until, "document_id": document_id}
    return list(session.scalars(_DELEGATE, {"place": place, "fields": fields, **values}))
