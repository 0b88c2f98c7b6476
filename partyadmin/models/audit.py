"""Acts, the access log, the export ledger, drafts and the installation itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import DateTime, UserDefinedType

from partyadmin.db import Base
from partyadmin.models.account import Account, Post
from partyadmin.models.document import Document

MOMENT = DateTime(timezone=True)


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "xid8"


class Transaction(Base):
    """An act; Continuum reads it as the transaction of each version."""

    __tablename__ = "transaction"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    issued_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("now()"))
    xid: Mapped[int] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    reason: Mapped[str] = mapped_column(Text)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    remote_addr: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text(collation="C"), server_default=text("acting_place()"))

    account: Mapped[Account] = relationship()
    post: Mapped[Post | None] = relationship()
    document: Mapped[Document | None] = relationship(foreign_keys=[document_id])


class KeyChange(Base):
    """A view of the database, never written: its keys are only how records are named on a page."""

    __tablename__ = "key_change"
    __table_args__ = ({"info": {"is_view": True}},)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    member_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("member.id"))
    branch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    field: Mapped[str] = mapped_column(Text(collation="C"))
    was: Mapped[str | None] = mapped_column(Text)
    becomes: Mapped[str | None] = mapped_column(Text)
    documents: Mapped[str | None] = mapped_column(Text)
    has_scan: Mapped[bool]
    account_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("account.id"))
    account_name: Mapped[str | None] = mapped_column(Text)
    level: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("level.code"))
    organisation_name: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    transaction_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("transaction.id"))
    before: Mapped[int | None]
    after: Mapped[int | None]


class AccessLog(Base):
    __tablename__ = "access_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    logged_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("clock_timestamp()"))
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id"), server_default=text("acting_account()")
    )
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"), server_default=text("acting_post()"))
    kind: Mapped[str] = mapped_column(Text(collation="C"))
    subject: Mapped[str | None] = mapped_column(Text(collation="C"))
    subject_id: Mapped[int | None] = mapped_column(BigInteger)
    detail: Mapped[str | None] = mapped_column(Text)
    client: Mapped[str | None] = mapped_column(Text)
    place: Mapped[str] = mapped_column(Text(collation="C"), server_default=text("acting_place()"))

    account: Mapped[Account | None] = relationship()
    post: Mapped[Post | None] = relationship()


class ExportLedger(Base):
    __tablename__ = "export_ledger"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    exported_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("now()"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), server_default=text("acting_account()"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), server_default=text("acting_post()"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    purpose: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    filters: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    full_numbers: Mapped[bool]
    way: Mapped[str] = mapped_column(Text)
    rows: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(Text(collation="C"))

    account: Mapped[Account] = relationship()
    post: Mapped[Post] = relationship()


class Draft(Base):
    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), server_default=text("acting_account()"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), server_default=text("acting_post()"))
    sheet: Mapped[str] = mapped_column(Text(collation="C"))
    form: Mapped[str] = mapped_column(Text(collation="C"))
    record: Mapped[str | None] = mapped_column(Text(collation="C"))
    fields: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    file_name: Mapped[str | None] = mapped_column(Text)
    file: Mapped[bytes | None] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("clock_timestamp()"))
    transaction_id: Mapped[int | None] = mapped_column(ForeignKey("transaction.id"))
    registered: Mapped[str | None] = mapped_column(Text(collation="C"))


class Installation(Base):
    __tablename__ = "installation"
    only_one: Mapped[bool] = mapped_column(primary_key=True)
    founded_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("now()"))
    demonstration: Mapped[bool] = mapped_column(server_default="false")
