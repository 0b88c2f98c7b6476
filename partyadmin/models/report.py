"""What happens to members: reports with their clocks, the steps they may take, the items they may bring."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import BigInteger, ForeignKey, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base
from partyadmin.models.document import Document
from partyadmin.models.member import Member
from partyadmin.models.organisation import Organisation, stands_with


class Report(Base):
    __tablename__ = "report"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("branch"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("report_kind.code"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("member.id"))
    branch_id: Mapped[int] = mapped_column(BigInteger)
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    event_date: Mapped[date]
    began_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("entry_reason.code"))
    ended_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("exit_reason.code"))
    items: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    facts: Mapped[str | None] = mapped_column(Text)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    reported_on: Mapped[date] = mapped_column(server_default=text("current_date"))
    by_branch: Mapped[bool] = mapped_column(server_default="false")
    state: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("report_state.code"), server_default="reported"
    )
    answer: Mapped[str | None] = mapped_column(Text)
    paused_on: Mapped[date | None]
    paused_days: Mapped[int] = mapped_column(server_default="0")
    entry_from: Mapped[date]
    report_due: Mapped[date]
    entry_due: Mapped[date]
    is_provisional: Mapped[bool] = mapped_column(server_default="false")
    entered_on: Mapped[date | None]
    ver: Mapped[int] = mapped_column(server_default="1")

    member: Mapped[Member | None] = relationship()
    branch: Mapped[Organisation] = relationship()
    document: Mapped[Document | None] = relationship()


class ReportItem(Base):
    __tablename__ = "report_item"
    report_kind: Mapped[str] = mapped_column(ForeignKey("report_kind.code"), primary_key=True)
    field: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    position: Mapped[int]
    needed: Mapped[bool] = mapped_column(server_default="false")


class ReportStep(Base):
    __tablename__ = "report_step"
    was: Mapped[str] = mapped_column(ForeignKey("report_state.code"), primary_key=True)
    becomes: Mapped[str] = mapped_column(ForeignKey("report_state.code"), primary_key=True)
    letter: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)


class StatusChange(Base):
    __tablename__ = "status_change"
    was: Mapped[str] = mapped_column(ForeignKey("membership_status.code"), primary_key=True)
    becomes: Mapped[str] = mapped_column(ForeignKey("membership_status.code"), primary_key=True)
    report_kind: Mapped[str | None] = mapped_column(ForeignKey("report_kind.code"))


class TimeLimit(Base):
    __tablename__ = "time_limit"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    code: Mapped[str] = mapped_column(Text(collation="C"))
    valid_from: Mapped[date]
    number: Mapped[int]
    legal_basis_zh: Mapped[str] = mapped_column(Text)
    legal_basis_en: Mapped[str] = mapped_column(Text)
