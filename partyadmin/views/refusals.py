"""The refused rows of an import, page by page: the database cuts the page out of the result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import abort, request
from flask_babel import gettext, lazy_gettext

from partyadmin.db import db
from partyadmin.views.labels import reads_chinese

ROWS = 50
_MOST_PAGES = 10_000
_ = lazy_gettext

# Rules of an import that the catalogue does not have.
_RULES = {
    "DAMAGED_NUMBER": _("Number damaged by the spreadsheet"),
    "UNREADABLE_DATE": _("Date that cannot be read"),
    "FORMULA": _("Formula instead of a value"),
    "UNKNOWN_BRANCH": _("Branch not found"),
    "UNKNOWN_SUPERIOR": _("Superior not found"),
    "M27": _("Value not in the code list"),
}
_PAGE = sa.text("""
    SELECT each.refusal
      FROM job, jsonb_array_elements(job.result->'refusals') WITH ORDINALITY AS each (refusal, place)
     WHERE job.id = :id AND (:rule = '' OR each.refusal->>'rule' = :rule)
     ORDER BY each.place LIMIT :rows OFFSET :skip
""")


@dataclass(frozen=True)
class Refusals:
    """One page of refused cells, those of one rule where one was chosen; numbers count from 1."""

    rows: list[dict[str, Any]]
    rule: str
    rules: list[tuple[str, str, int]]
    page: int
    total: int

    @property
    def first(self) -> int:
        return (self.page - 1) * ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def read_refusals(job_id: int, rules: list[tuple[str, int]]) -> Refusals:
    """The page that `rule` and `page` of the request ask for; 400 for what is neither."""
    rule, page = request.args.get("rule", ""), request.args.get("page", "1")
    counts = dict(rules)
    if not (page.isascii() and page.isdigit() and 0 < int(page[:9]) <= _MOST_PAGES) or len(rule) > 40:
        abort(400)
    number = int(page)
    asked = {"id": job_id, "rule": rule, "skip": (number - 1) * ROWS, "rows": ROWS}
    rows = db.session.scalars(_PAGE, asked).all()
    total = counts.get(rule, 0) if rule else sum(counts.values())
    words = _words(list(counts))
    return Refusals(list(rows), rule, [(code, words[code], count) for code, count in rules], number, total)


def _words(codes: list[str]) -> dict[str, str]:
    """What the rules are called: in the catalogue of rules, or here."""
    label = "label_zh" if reads_chinese() else "label_en"
    known = db.session.execute(
        sa.text(f"SELECT code, {label} FROM rule WHERE code = ANY(:codes)"), {"codes": codes}
    )
    named = {code: str(text) for code, text in known}
    return {code: str(_RULES.get(code) or named.get(code) or gettext("Other")) for code in codes}
