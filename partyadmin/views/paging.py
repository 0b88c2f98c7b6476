"""Pages by key: the next page begins after the last row seen, at any depth for the same price."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from flask import abort, request

from partyadmin.db import db

ROWS = 50
_LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Page:
    """The rows of one page, and the tokens of its neighbours where there are any."""

    rows: list[Any]
    before: str | None
    after: str | None
    is_first: bool
    is_last: bool = False


def read_page(
    query: sa.Select[Any], order: tuple[Any, ...], newest_first: bool = False, start: Any = None
) -> Page:
    """The page that `after`, `before` or `last` of the request asks for; 400 for a broken token.

    `start` is a value of the first column of the order: the page begins with the first row at or after it.
    """
    after, before, last = (request.args.get(name) for name in ("after", "before", "last"))
    if after and before:
        abort(400)
    backward = bool(before or last)
    token = before if before else after
    if start is not None and not token and not last:
        query = query.where(order[0] <= start if newest_first else order[0] >= start)
    descending = newest_first != backward
    if token:
        key, place = sa.tuple_(*order), _read(token, order)
        query = query.where(key < place if descending else key > place)
    query = query.order_by(*(column.desc() if descending else column.asc() for column in order))
    rows = list(db.session.execute(query.limit(ROWS + 1)))
    more = len(rows) > ROWS
    rows = rows[:ROWS]
    if backward:
        rows.reverse()
    inside = bool(token) or start is not None
    has_before, has_after = (more, bool(rows) and not last) if backward else (inside, more)
    return Page(
        rows,
        _write(rows[0], order) if rows and has_before else None,
        _write(rows[-1], order) if rows and has_after else None,
        not inside and not last,
        bool(rows) and not has_after,
    )


def _write(row: Any, order: tuple[Any, ...]) -> str:
    values = json.dumps([getattr(row, column.key) for column in order], default=str, ensure_ascii=False)
    return base64.urlsafe_b64encode(values.encode()).decode().rstrip("=")


def _read(token: str, order: tuple[Any, ...]) -> Any:
    try:
        values = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError
        typed = [
            sa.bindparam(None, _typed(value, column.type.python_type), column.type)
            for value, column in zip(values, order, strict=True)
        ]
    except (ValueError, binascii.Error, RecursionError):
        abort(400)
    return sa.tuple_(*typed)


def _typed(value: Any, wanted: type[Any]) -> Any:
    if wanted is date and isinstance(value, str):
        return date.fromisoformat(value)
    if wanted is datetime and isinstance(value, str) and (moment := datetime.fromisoformat(value)).tzinfo:
        return moment
    if type(value) is not wanted or (wanted is int and abs(value) > _LARGEST):
        raise ValueError
    if wanted is str and ("\x00" in value or not value.isprintable()):
        raise ValueError
    return value
