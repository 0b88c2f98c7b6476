"""Documents, their bytes, and which change each of them proves."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Identity, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base
from partyadmin.models.organisation import Organisation

CURRENT_ACT = text("current_act()")


class Document(Base):
    __tablename__ = "document"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("document_kind.code"))
    number: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str | None] = mapped_column(Text)
    dated: Mapped[date | None]
    pages: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(Text(collation="C"))
    file_name: Mapped[str | None] = mapped_column(Text)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("document.id"), unique=True)

    organisation: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return f"{self.number} {self.title}" if self.number else self.title


class DocumentContent(Base):
    __tablename__ = "document_content"
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), primary_key=True, autoincrement=False)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes]


class Evidence(Base):
    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("subject_id", "transaction_id", "field", "document_id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)
    subject: Mapped[str] = mapped_column(Text(collation="C"), server_default="member")
    subject_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    field: Mapped[str] = mapped_column(Text(collation="C"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    written_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), server_default=text("acting_account()"))

    document: Mapped[Document] = relationship()


class OwedScan(Base):
    """A view of the database, never written: a document without its scan, for one branch."""

    __tablename__ = "owed_scan"
    __table_args__ = ({"info": {"is_view": True}},)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    document_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("document_kind.code"))
    number: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    dated: Mapped[date | None]
    branch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    members: Mapped[int] = mapped_column(BigInteger)
    owed_since: Mapped[datetime] = mapped_column(DateTime(timezone=True))
