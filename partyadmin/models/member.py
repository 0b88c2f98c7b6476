"""Member, dated memberships, what a branch may keep itself, and confirmed exceptions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from partyadmin.db import Base
from partyadmin.models.document import CURRENT_ACT
from partyadmin.models.organisation import INTAKE, Organisation, stands_with

KEY_FIELDS = ("birth_date", "join_date", "full_date", "id_number")


class Member(Base):
    __tablename__ = "member"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("branch"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str | None] = mapped_column(Text(collation="C"))
    initials: Mapped[str | None] = mapped_column(Text(collation="C"))
    name_key: Mapped[str | None] = mapped_column(Text(collation="C"))
    sex: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("sex.code"))
    ethnicity: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("ethnicity.code"))
    id_number: Mapped[str | None] = mapped_column(Text(collation="C"))
    id_key: Mapped[str | None] = mapped_column(
        Text(collation="C"), Computed("id_number_18(id_number)", persisted=True)
    )
    birth_date: Mapped[date | None]
    birth_date_text: Mapped[str | None] = mapped_column(Text)
    education: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("education.code"))
    person_type: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("person_type.code"))
    branch_id: Mapped[int] = mapped_column(BigInteger)
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    join_date: Mapped[date | None]
    join_date_text: Mapped[str | None] = mapped_column(Text)
    full_date: Mapped[date | None]
    full_date_text: Mapped[str | None] = mapped_column(Text)
    job_post: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("job_post.code"))
    mobile: Mapped[str | None] = mapped_column(Text(collation="C"))
    landline: Mapped[str | None] = mapped_column(Text(collation="C"))
    address: Mapped[str | None] = mapped_column(Text)
    probation_until: Mapped[date | None]
    status: Mapped[str | None] = mapped_column(
        Text(collation="C"), ForeignKey("membership_status.code"), server_default="1"
    )
    since: Mapped[date | None]
    began_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("entry_reason.code"))
    ended_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("exit_reason.code"))
    lost: Mapped[bool | None]
    lost_month: Mapped[date | None]
    is_mobile: Mapped[bool | None]
    destination: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("region.code"))
    destination_text: Mapped[str | None] = mapped_column(Text)
    new_social_stratum: Mapped[str | None] = mapped_column(
        Text(collation="C"), ForeignKey("new_social_stratum.code")
    )
    remark: Mapped[str | None] = mapped_column(Text)
    intake: Mapped[str] = mapped_column(INTAKE, server_default="registered")
    ver: Mapped[int] = mapped_column(server_default="1")

    branch: Mapped[Organisation] = relationship()

    def __str__(self) -> str:
        return self.name or "–"


class MembershipSpell(Base):
    __tablename__ = "membership_spell"
    __table_args__ = (stands_with("branch"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    branch_id: Mapped[int] = mapped_column(BigInteger)
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    status: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("membership_status.code"))
    during: Mapped[Range[date]] = mapped_column(DATERANGE)
    began_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("entry_reason.code"))
    ended_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("exit_reason.code"))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=text("now()"))
    recorded_in: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)
    replaced_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    replaced_in: Mapped[int | None] = mapped_column(ForeignKey("transaction.id"))

    branch: Mapped[Organisation] = relationship()


class FieldDelegation(Base):
    __tablename__ = "field_delegation"
    __versioned__: ClassVar[dict[str, Any]] = {}
    __table_args__ = (stands_with("branch"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    branch_id: Mapped[int] = mapped_column(BigInteger)
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    field: Mapped[str] = mapped_column(Text(collation="C"))
    since: Mapped[date] = mapped_column(server_default=text("current_date"))
    until: Mapped[date | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    ver: Mapped[int] = mapped_column(server_default="1")

    branch: Mapped[Organisation] = relationship()


class RuleException(Base):
    __tablename__ = "rule_exception"
    __table_args__ = (UniqueConstraint("subject", "subject_id", "rule", "value_hash"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subject: Mapped[str] = mapped_column(Text(collation="C"))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    rule: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("rule.code"))
    value_hash: Mapped[str] = mapped_column(Text(collation="C"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)
