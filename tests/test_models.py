"""The mapped classes and schema.sql say the same: tables, columns, types, keys, version tables."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

import partyadmin.models  # noqa: F401  (maps everything)
from partyadmin.db import Base
from partyadmin.models.audit import Xid8

# Read only by doors of the database, so that no query of ours can name them.
UNMAPPED = {"credential", "user_session", "table_scope"}
VIEWS = {name for name, table in Base.metadata.tables.items() if table.info.get("is_view")}


@pytest.fixture(scope="module")
def database(registry: Any) -> Iterator[sa.Inspector]:
    engine = sa.create_engine(registry.url("owner").replace("postgresql://", "postgresql+psycopg://"))
    engine.dialect.ischema_names = engine.dialect.ischema_names | {"xid8": Xid8}
    with engine.connect() as connection:
        yield sa.inspect(connection)
    engine.dispose()


def test_every_table_is_mapped_or_named_here(database: sa.Inspector) -> None:
    assert set(database.get_table_names()) == set(Base.metadata.tables) - VIEWS | UNMAPPED
    assert set(database.get_view_names()) - {"organisation_directory"} == VIEWS


@pytest.mark.parametrize("name", sorted(Base.metadata.tables))
def test_columns_agree(database: sa.Inspector, name: str) -> None:
    dialect = database.dialect
    is_version = name.endswith("_version")

    def told(type_: Any) -> str:
        return str(type_.compile(dialect=dialect)).upper().split(" COLLATE")[0]

    # What a view's column may hold, the database does not say.
    is_view = name in VIEWS
    ours = {
        column.name: (
            told(column.type),
            column.nullable or is_view,
            not is_version and column.computed is not None,
        )
        for column in Base.metadata.tables[name].columns
    }
    theirs = {
        column["name"]: (told(column["type"]), column["nullable"], "computed" in column)
        for column in database.get_columns(name)
    }
    assert ours == theirs


@pytest.mark.parametrize("name", sorted(set(Base.metadata.tables) - VIEWS))
def test_keys_agree(database: sa.Inspector, name: str) -> None:
    table = Base.metadata.tables[name]
    primary = set(database.get_pk_constraint(name)["constrained_columns"])
    if name.endswith("_version"):
        # Continuum adds the act to the key it reads by; the database needs record and number alone.
        assert {column.name for column in table.primary_key} == primary | {"transaction_id"}
        return
    assert {column.name for column in table.primary_key} == primary
    ours = {
        (tuple(key.column_keys), tuple(element.target_fullname for element in key.elements), key.onupdate)
        for key in table.foreign_key_constraints
    }
    theirs = {
        (
            tuple(key["constrained_columns"]),
            tuple(f"{key['referred_table']}.{column}" for column in key["referred_columns"]),
            key["options"].get("onupdate"),
        )
        for key in database.get_foreign_keys(name)
    }
    assert ours == theirs
