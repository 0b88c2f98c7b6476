"""The organisations of a workbook on their way into the registry: checked, then stored level by level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from partyadmin.dictionary import refusal, rule_sentence
from partyadmin.models import Organisation, Unit
from partyadmin.operations.exchange.batch import NOT_IN_CODE_LIST, Batch
from partyadmin.operations.exchange.codebook import CodeBook
from partyadmin.operations.exchange.placing import place, read_nodes
from partyadmin.operations.exchange.staging import Staging
from partyadmin.operations.exchange.tree import Node, Tree
from partyadmin.workbook.rows import Row, Skipped

COLUMNS = (
    "code", "parent_id", "name", "short_name", "kind", "can_admit", "unit_situation", "secretary", "contact",
    "phone", "founded", "founded_text", "external_code",
)  # fmt: skip
UNIT_COLUMNS = ("organisation_id", "name", "credit_code", "nature", "is_legal_entity", "party_status")
# The rule of the catalogue that a broken CHECK comes nearest to, and the field of the workbook, by column.
RULES_OF_COLUMNS = {"secretary": "O05", "contact": "O05", "phone": "O05", "external_code": "O04"}
RULES_OF_UNIT_COLUMNS = {"name": "O03", "credit_code": "O01"}
FIELDS_OF_UNIT_COLUMNS = {"name": "unit_name"}


def load_organisations(
    session: Session, batch: Batch, book: CodeBook, tree: Tree, rows: Iterator[Row | Skipped]
) -> None:
    """Stores the rows as stock, and the workbook's own row of the station; refuses what has no place."""
    nodes = _storable(session, batch, read_nodes(batch, book, rows))
    levels = place(batch, tree, nodes)
    if tree.station is not None and tree.station.row is not None:
        _update_station(session, batch, tree.station, tree.station.row)
    for level in levels:
        _store_level(session, level)
    _store_units(session, [node for level in levels for node in level])


def _storable(session: Session, batch: Batch, nodes: list[Node]) -> list[Node]:
    """The nodes that no CHECK of the tables refuses; the other rows are refused."""
    staging = Staging(session, "organisation", COLUMNS)
    staging.copy(_lines(nodes))
    broken = _refuse_broken(batch, staging, RULES_OF_COLUMNS, {})
    units = Staging(session, "unit", UNIT_COLUMNS)
    units.copy(_unit_lines(nodes))
    broken |= _refuse_broken(batch, units, RULES_OF_UNIT_COLUMNS, FIELDS_OF_UNIT_COLUMNS)
    return [node for node in nodes if node.row and (node.row.sheet, node.row.number) not in broken]


def _refuse_broken(
    batch: Batch, staging: Staging, rules: dict[str, str], fields: dict[str, str]
) -> set[tuple[str, int]]:
    broken = set()
    for sheet, row, column, constraint in staging.broken_checks():
        rule, field_name = rules.get(column, "O03"), fields.get(column, column)
        batch.refuse(batch.organisations, sheet, row, field_name, rule, rule_sentence(constraint))
        broken.add((sheet, row))
    return broken


def _lines(nodes: list[Node]) -> Iterator[tuple[Any, ...]]:
    for node in nodes:
        if node.row is not None:
            yield (node.row.sheet, node.row.number, *(_column(node, name) for name in COLUMNS))


def _column(node: Node, name: str) -> Any:
    if name == "code":
        return node.code or None
    if name == "parent_id":
        return node.parent.id if node.parent else None
    if name == "can_admit":
        return bool(node.values.get("can_admit"))
    if name == "external_code" and node.values.get(name) == node.code:
        return None
    return node.values.get(name)


def _unit_lines(nodes: list[Node]) -> Iterator[tuple[Any, ...]]:
    for node in nodes:
        values = node.values
        if node.row is not None and (values.get("unit_name") or values.get("credit_code")):
            yield (
                node.row.sheet, node.row.number, node.id, values.get("unit_name") or node.name,
                values.get("credit_code"), values.get("unit_nature"), values.get("is_legal_entity"),
                values.get("unit_party_status"),
            )  # fmt: skip


def _store_level(session: Session, level: list[Node]) -> None:
    staging = Staging(session, "organisation", COLUMNS)
    staging.copy(_lines(level))
    staging.insert("code")
    codes = [node.code for node in level]
    stored = sa.select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes))
    ids = dict(session.execute(stored).all())
    for node in level:
        node.id = ids[node.code]


def _store_units(session: Session, nodes: list[Node]) -> None:
    staging = Staging(session, "unit", UNIT_COLUMNS)
    staging.copy(_unit_lines(nodes))
    staging.insert("organisation_id")


def _update_station(session: Session, batch: Batch, station: Node, row: Row) -> None:
    """Writes the workbook's row over the station, which keeps all rules; a row that does not is refused."""
    names = set(COLUMNS) - {"code", "parent_id", "kind"}
    values = {name: value for name in sorted(names) if (value := _column(station, name)) is not None}
    if station.values.get("can_admit") is None:
        values.pop("can_admit")
    try:
        with session.connection().begin_nested():
            session.execute(sa.update(Organisation).where(Organisation.id == station.id).values(**values))
            if not session.scalar(sa.select(sa.exists().where(Unit.organisation_id == station.id))):
                _store_units(session, [station])
            session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    except DBAPIError as error:
        reason = refusal(error)
        message = gettext(
            "%(organisation)s is kept as it was: %(reason)s",
            organisation=station.name,
            reason=reason.sentence,
        )
        count, column = batch.organisations, reason.field
        batch.refuse(count, row.sheet, row.number, column, NOT_IN_CODE_LIST, message)
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
