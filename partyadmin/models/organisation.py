"""Organisation, its dated spells and former codes, and the unit it stands in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base

INTAKE = Enum("stock", "registered", name="intake", create_type=False)


def stands_with(organisation: str, match: str | None = None) -> ForeignKeyConstraint:
    """The key of a record that carries a copy of its organisation's code, which follows by itself."""
    return ForeignKeyConstraint(
        [f"{organisation}_id", f"{organisation}_code"],
        ["organisation.id", "organisation.code"],
        onupdate="CASCADE",
        match=match,
    )


class Organisation(Base):
    __tablename__ = "organisation"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (UniqueConstraint("id", "code"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(Text(collation="C"))
    short_name: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("organisation_kind.code"))
    can_admit: Mapped[bool] = mapped_column(server_default="false", default=False)
    unit_situation: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("unit_situation.code"))
    secretary: Mapped[str | None] = mapped_column(Text)
    contact: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    founded: Mapped[date | None]
    founded_text: Mapped[str | None] = mapped_column(Text)
    ended: Mapped[date | None]
    external_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    intake: Mapped[str] = mapped_column(INTAKE, server_default="registered")
    ver: Mapped[int] = mapped_column(server_default="1")

    parent: Mapped[Organisation | None] = relationship(remote_side=[id])

    def __str__(self) -> str:
        return self.name


class OrganisationCode(Base):
    __tablename__ = "organisation_code"
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    given_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class OrganisationSpell(Base):
    __tablename__ = "organisation_spell"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str] = mapped_column(Text(collation="C"))
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("organisation_kind.code"))
    during: Mapped[Range[date]] = mapped_column(DATERANGE)
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_in: Mapped[int] = mapped_column(ForeignKey("transaction.id"))
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replaced_in: Mapped[int | None] = mapped_column(ForeignKey("transaction.id"))


class Lineage(Base):
    """A view of the database, never written: what came out of what, by applied orders."""

    __tablename__ = "lineage"
    __table_args__ = ({"info": {"is_view": True}},)

    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"), primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("change_kind.code"))
    effective_on: Mapped[date]


class Unit(Base):
    __tablename__ = "unit"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("organisation"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger)
    organisation_code: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str] = mapped_column(Text(collation="C"))
    credit_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    nature: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("unit_nature.code"))
    is_legal_entity: Mapped[bool | None]
    party_status: Mapped[str | None] = mapped_column(
        Text(collation="C"), ForeignKey("unit_party_status.code")
    )
    affiliation: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("unit_affiliation.code"))
    ended: Mapped[date | None]
    intake: Mapped[str] = mapped_column(INTAKE, server_default="registered")
    ver: Mapped[int] = mapped_column(server_default="1")

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name


class BranchCount(Base):
    __tablename__ = "branch_count"
    __table_args__ = (stands_with("branch"),)

    branch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    kept: Mapped[int] = mapped_column(server_default="0")
    counted: Mapped[int] = mapped_column(server_default="0")
    probationary: Mapped[int] = mapped_column(server_default="0")
    incomplete: Mapped[int] = mapped_column(server_default="0")
