"""Papers on A4: the card of a member, the collection form filled in or blank for signature, and rosters.

The collection form (党员基本信息采集表) has 16 items; the member confirms it, the branch checks it, the basic
committee seals it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from datetime import datetime
from typing import Any

from flask import render_template, request
from flask_admin import expose
from flask_babel import format_date, get_timezone, gettext
from flask_login import current_user
from markupsafe import Markup, escape

from partyadmin import audit
from partyadmin.db import db
from partyadmin.dictionary import label
from partyadmin.models.codes import MembershipStatus, PersonType
from partyadmin.operations.exchange import Pieces
from partyadmin.views.base import Answer
from partyadmin.views.cells import NOTHING
from partyadmin.views.choices import yes_no
from partyadmin.views.labels import choices_of
from partyadmin.workbook.layout import Cell, Layout

_ROWS = "<!-- rows -->"
ITEMS = (
    "name", "sex", "ethnicity", "id_number", "birth_date", "education", "person_type", "branch_id",
    "join_date", "full_date", "job_post", "mobile", "landline", "address", "status", "lost", "lost_month",
    "is_mobile", "destination",
)  # fmt: skip


class PaperPages:
    """The pages of a member view that are made for the printer; numbers are masked as on the screen."""

    @expose("/card/")
    def card_view(self: Any) -> Answer:
        """One member on one sheet, with memberships by date and the documents behind key fields."""
        shown = self.column_details_list
        row = self.row_of(request.args.get("id"), shown)
        return self.render(
            "partyadmin/card.html", row=row, heading=self.heading(row), entries=self.cells(row, shown),
            sections=self.extra_details(row).get("sections", []), foot=printed_by(),
        )  # fmt: skip

    @expose("/collection-form/")
    def collection_form_view(self: Any) -> Answer:
        """The collection form as the registry would fill it in, for the member to check and sign."""
        return self._collection_form(self.row_of(request.args.get("id"), ITEMS), {})

    def whole_page(self: Any, row: Any, numbers: dict[str, str | None]) -> Answer:
        """Numbers that were just revealed: on the collection form where it was asked for, else on a page."""
        if "paper" not in request.form:
            return super().whole_page(row, numbers)  # type: ignore[misc]
        audit.log(db.session(), "printed", "member", row.id)
        db.session.commit()
        return self._collection_form(row, {name: number for name, number in numbers.items() if number})

    def _collection_form(self: Any, row: Any, whole: dict[str, str]) -> Answer:
        told = zip(ITEMS, self.cells(row, ITEMS), strict=True)
        # What is unknown is left to the pen.
        cells = {name: cell.text for name, (_, cell) in told if cell.text != NOTHING}
        return self.render(
            "partyadmin/collection_form.html", **_form(row, cells | whole), heading=self.heading(row)
        )

    @expose("/collection-form/blank/")
    def blank_form_view(self: Any) -> Answer:
        """The collection form with nothing in it."""
        heading = gettext("Blank form")
        return self.render("partyadmin/collection_form.html", **_form(None, {}), heading=heading)


def roster_page(layout: Layout) -> Pieces:
    """A roster as a page for the printer; its frame is made at once, its rows follow while it is sent."""
    page = render_template("partyadmin/roster.html", layout=layout, rows=Markup(_ROWS))
    opening, ending = page.split(_ROWS)

    def pieces(rows: Iterable[tuple[Cell, ...]]) -> Generator[bytes]:
        yield opening.encode()
        for number, cells in enumerate(rows, 1):
            told = "".join(f"<td>{escape('' if value is None else value)}</td>" for value in cells)
            yield f"<tr><td>{number}</td>{told}</tr>\n".encode()
        yield ending.encode()

    return pieces


def _form(row: Any, cells: dict[str, str]) -> dict[str, Any]:
    def box(name: str, options: list[tuple[Any, str]]) -> list[tuple[bool, str]]:
        return [(row is not None and getattr(row, name) == value, word) for value, word in options]

    answers = list(yes_no().items())
    dates = {
        name: format_date(value, "long")
        for name in ("birth_date", "join_date", "full_date")
        if (value := getattr(row, name, None)) is not None
    }
    return {
        "cells": cells | dates,
        "label": lambda name: label("member", name),
        "boxes": {
            "person_type": box("person_type", choices_of(PersonType)[:2]),
            "status": box("status", choices_of(MembershipStatus)[:2]),
            "lost": box("lost", answers),
            "is_mobile": box("is_mobile", answers),
        },
        "foot": printed_by(),
    }


def printed_by() -> str:
    """The line at the foot of a paper: who printed it, and when."""
    now = f"{datetime.now(get_timezone()):%Y-%m-%d %H:%M}"
    who = f"{current_user.name} ({current_user.login})"
    return gettext("Printed by %(who)s, %(time)s", who=who, time=now)
