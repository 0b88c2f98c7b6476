"""Accounts, posts, who holds which post when, and the permission table."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base
from partyadmin.models.document import Document
from partyadmin.models.organisation import Organisation, stands_with


class Account(Base):
    __tablename__ = "account"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("organisation", match="FULL"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    login: Mapped[str] = mapped_column(Text(collation="C"), unique=True)
    name: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[int | None] = mapped_column(BigInteger)
    organisation_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    closed: Mapped[date | None]
    ver: Mapped[int] = mapped_column(server_default="1")

    organisation: Mapped[Organisation | None] = relationship()

    def __str__(self) -> str:
        return f"{self.name} ({self.login})"


class Post(Base):
    __tablename__ = "post"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("organisation"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    level: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("level.code"))
    organisation_id: Mapped[int] = mapped_column(BigInteger)
    organisation_code: Mapped[str] = mapped_column(Text(collation="C"))
    closed: Mapped[date | None]
    ver: Mapped[int] = mapped_column(server_default="1")

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.level}@{self.organisation_code}"


class Tenure(Base):
    __tablename__ = "tenure"
    __versioned__: ClassVar[dict[str, Any]] = {}

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    since: Mapped[date] = mapped_column(server_default=text("current_date"))
    until: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    ver: Mapped[int] = mapped_column(server_default="1")

    account: Mapped[Account] = relationship()
    post: Mapped[Post] = relationship()
    document: Mapped[Document | None] = relationship()


class PermissionFunction(Base):
    __tablename__ = "permission_function"
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    subsystem: Mapped[str] = mapped_column(Text)
    position: Mapped[int]


class Permission(Base):
    __tablename__ = "permission"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (UniqueConstraint("function", "level"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    function: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("permission_function.code"))
    level: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("level.code"))
    letter: Mapped[str] = mapped_column(Text(collation="C"))
    scope: Mapped[str] = mapped_column(Text)
    masked: Mapped[bool] = mapped_column(server_default="false")
    provenance: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)
    ver: Mapped[int] = mapped_column(server_default="1")


class SavedView(Base):
    __tablename__ = "saved_view"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), server_default=text("acting_account()"))
    subject: Mapped[str] = mapped_column(Text(collation="C"))
    name: Mapped[str | None] = mapped_column(Text(collation="C"))
    filters: Mapped[dict[str, str]] = mapped_column(JSONB, server_default="{}")
    shown: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    sort: Mapped[str | None] = mapped_column(Text(collation="C"))
    taken_away: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class LastLook(Base):
    __tablename__ = "last_look"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), primary_key=True, server_default=text("acting_account()")
    )
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    looked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
