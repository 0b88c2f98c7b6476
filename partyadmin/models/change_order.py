"""Change orders: what happens to organisations, whom it places where, and what was previewed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base
from partyadmin.models.document import CURRENT_ACT, Document
from partyadmin.models.organisation import Organisation, stands_with


class ChangeOrder(Base):
    __tablename__ = "change_order"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("maker"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("change_kind.code"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    superior_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    items: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    effective_on: Mapped[date]
    remark: Mapped[str | None] = mapped_column(Text)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("change_order.id"))
    state: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("order_state.code"), server_default="draft"
    )
    applied_on: Mapped[date | None]
    applied_in: Mapped[int | None] = mapped_column(ForeignKey("transaction.id"), unique=True)
    entry_due: Mapped[date]
    is_provisional: Mapped[bool] = mapped_column(server_default="false")
    maker_id: Mapped[int] = mapped_column(BigInteger)
    maker_code: Mapped[str] = mapped_column(Text(collation="C"))
    ver: Mapped[int] = mapped_column(server_default="1")

    organisation: Mapped[Organisation | None] = relationship(foreign_keys=[organisation_id])
    superior: Mapped[Organisation | None] = relationship(foreign_keys=[superior_id])
    document: Mapped[Document] = relationship()


class ChangeLine(Base):
    __tablename__ = "change_line"
    __versioned__: ClassVar[dict[str, Any]] = {}

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"))
    role: Mapped[str] = mapped_column(Text(collation="C"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    items: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    unit: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    dropped: Mapped[bool] = mapped_column(server_default="false")
    ver: Mapped[int] = mapped_column(server_default="1")

    organisation: Mapped[Organisation | None] = relationship()


def _of_a_line() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["order_id", "line_id"], ["change_line.order_id", "change_line.id"])


class ChangeAccount(Base):
    __tablename__ = "change_account"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (_of_a_line(),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"))
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    login: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str] = mapped_column(Text)
    dropped: Mapped[bool] = mapped_column(server_default="false")
    ver: Mapped[int] = mapped_column(server_default="1")


class ChangePlace(Base):
    __tablename__ = "change_place"
    __table_args__ = (_of_a_line(),)

    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"), primary_key=True)
    line_id: Mapped[int | None] = mapped_column(BigInteger)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)


class ChangePlan(Base):
    __tablename__ = "change_plan"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"))
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    planned_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)


class ChangePaper(Base):
    __tablename__ = "change_paper"
    __table_args__ = (UniqueConstraint("order_id", "document_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("change_order.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)


class OrganisationTerm(Base):
    __tablename__ = "organisation_term"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("organisation"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(BigInteger)
    organisation_code: Mapped[str] = mapped_column(Text(collation="C"))
    began: Mapped[date]
    ends: Mapped[date]
    secretary: Mapped[str | None] = mapped_column(Text)
    committee: Mapped[str | None] = mapped_column(Text)
    entitled: Mapped[int | None]
    present: Mapped[int | None]
    dropped: Mapped[bool] = mapped_column(server_default="false")
    ver: Mapped[int] = mapped_column(server_default="1")
