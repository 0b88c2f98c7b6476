"""Code lists: one table each, all of one shape, and the calendar."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from partyadmin.db import Base


class CodeList:
    """A value of a list: code, two labels, the broader code, and since when it is no longer given."""

    __versioned__: ClassVar[dict[str, Any]] = {}

    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    ended: Mapped[date | None]
    ver: Mapped[int] = mapped_column(server_default="1")

    @declared_attr
    @classmethod
    def parent(cls) -> Mapped[str | None]:
        return mapped_column(Text(collation="C"), ForeignKey(f"{cls.__tablename__}.code"))  # type: ignore[attr-defined]


class Level(CodeList, Base):
    __tablename__ = "level"
    technical: Mapped[bool] = mapped_column(server_default="false")
    sees_records: Mapped[bool] = mapped_column(server_default="true")


class OrganisationKind(CodeList, Base):
    __tablename__ = "organisation_kind"
    level: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("level.code"))
    level_with_admission: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("level.code"))
    holds_members: Mapped[bool] = mapped_column(server_default="false")
    keeps_itself: Mapped[bool] = mapped_column(server_default="false")


class OrganisationPlacement(Base):
    __tablename__ = "organisation_placement"
    superior_kind: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("organisation_kind.code"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(
        Text(collation="C"), ForeignKey("organisation_kind.code"), primary_key=True
    )


class UnitSituation(CodeList, Base):
    __tablename__ = "unit_situation"


class UnitNature(CodeList, Base):
    __tablename__ = "unit_nature"


class UnitPartyStatus(CodeList, Base):
    __tablename__ = "unit_party_status"


class UnitAffiliation(CodeList, Base):
    __tablename__ = "unit_affiliation"


class DocumentKind(CodeList, Base):
    __tablename__ = "document_kind"


class Sex(CodeList, Base):
    __tablename__ = "sex"


class Ethnicity(CodeList, Base):
    __tablename__ = "ethnicity"


class Education(CodeList, Base):
    __tablename__ = "education"


class PersonType(CodeList, Base):
    __tablename__ = "person_type"


class MembershipStatus(CodeList, Base):
    __tablename__ = "membership_status"
    is_kept: Mapped[bool] = mapped_column(server_default="false")
    is_counted: Mapped[bool] = mapped_column(server_default="false")


class ReportKind(CodeList, Base):
    __tablename__ = "report_kind"
    function: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("permission_function.code"))
    becomes: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("membership_status.code"))
    person_type: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("person_type.code"))
    needs_document: Mapped[bool] = mapped_column(server_default="false")


class ReportState(CodeList, Base):
    __tablename__ = "report_state"


class ChangeKind(CodeList, Base):
    __tablename__ = "change_kind"
    function: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("permission_function.code"))


class OrderState(CodeList, Base):
    __tablename__ = "order_state"


class JobPost(CodeList, Base):
    __tablename__ = "job_post"


class NewSocialStratum(CodeList, Base):
    __tablename__ = "new_social_stratum"


class EntryReason(CodeList, Base):
    __tablename__ = "entry_reason"
    report_kind: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("report_kind.code"))
    legal_basis_zh: Mapped[str | None] = mapped_column(Text)
    legal_basis_en: Mapped[str | None] = mapped_column(Text)


class ExitReason(CodeList, Base):
    __tablename__ = "exit_reason"
    report_kind: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("report_kind.code"))
    person_type: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("person_type.code"))
    ends_suspension: Mapped[bool] = mapped_column(server_default="true")
    legal_basis_zh: Mapped[str | None] = mapped_column(Text)
    legal_basis_en: Mapped[str | None] = mapped_column(Text)


class Region(CodeList, Base):
    __tablename__ = "region"
    full_name: Mapped[str | None] = mapped_column(Text)


CODE_LISTS: tuple[type[CodeList], ...] = tuple(CodeList.__subclasses__())


class CalendarDay(Base):
    __tablename__ = "calendar_day"
    __versioned__: ClassVar[dict[str, Any]] = {}
    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    ver: Mapped[int] = mapped_column(server_default="1")


class ProbationPeriod(Base):
    __tablename__ = "probation_period"
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    applies_to: Mapped[str] = mapped_column(Text)
    length: Mapped[str] = mapped_column(Text)
    date_from: Mapped[date]
    date_to: Mapped[date | None]
    months: Mapped[str] = mapped_column(Text)
    joining_date_basis: Mapped[str] = mapped_column(Text)
    note: Mapped[str | None] = mapped_column(Text)


class Rule(Base):
    __tablename__ = "rule"
    code: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    label_zh: Mapped[str] = mapped_column(Text)
    label_en: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    condition: Mapped[str] = mapped_column(Text)
    params: Mapped[str | None] = mapped_column(Text)
    provenance: Mapped[str] = mapped_column(Text)


class Pinyin(Base):
    __tablename__ = "pinyin"
    character: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    reading: Mapped[str] = mapped_column(Text(collation="C"))
    surname: Mapped[str | None] = mapped_column(Text(collation="C"))
