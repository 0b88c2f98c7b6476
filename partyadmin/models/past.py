"""Members as they stood on a day: what a look at the past reads."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from partyadmin.db import Base


class PastMember(Base):
    """A view of the database, never written; it shows the day that the session looks at (`db.Past`)."""

    __tablename__ = "past_member"
    __table_args__ = ({"info": {"is_view": True}},)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    branch_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("organisation.id"))
    branch_code: Mapped[str] = mapped_column(Text(collation="C"))
    status: Mapped[str] = mapped_column(Text(collation="C"), ForeignKey("membership_status.code"))
    since: Mapped[date | None]
    until: Mapped[date | None]
    began_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("entry_reason.code"))
    ended_by: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("exit_reason.code"))
    has_left: Mapped[bool]
    branch_then: Mapped[str | None] = mapped_column(Text(collation="C"))
    branch_code_then: Mapped[str | None] = mapped_column(Text(collation="C"))
    name: Mapped[str | None] = mapped_column(Text(collation="C"))
    sex: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("sex.code"))
    ethnicity: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("ethnicity.code"))
    id_number: Mapped[str | None] = mapped_column(Text(collation="C"))
    birth_date: Mapped[date | None]
    birth_date_text: Mapped[str | None] = mapped_column(Text)
    education: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("education.code"))
    person_type: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("person_type.code"))
    join_date: Mapped[date | None]
    join_date_text: Mapped[str | None] = mapped_column(Text)
    full_date: Mapped[date | None]
    full_date_text: Mapped[str | None] = mapped_column(Text)
    job_post: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("job_post.code"))
    mobile: Mapped[str | None] = mapped_column(Text(collation="C"))
    landline: Mapped[str | None] = mapped_column(Text(collation="C"))
    address: Mapped[str | None] = mapped_column(Text)
    lost: Mapped[bool | None]
    lost_month: Mapped[date | None]
    is_mobile: Mapped[bool | None]
    destination: Mapped[str | None] = mapped_column(Text(collation="C"), ForeignKey("region.code"))
    destination_text: Mapped[str | None] = mapped_column(Text)
    new_social_stratum: Mapped[str | None] = mapped_column(
        Text(collation="C"), ForeignKey("new_social_stratum.code")
    )
    remark: Mapped[str | None] = mapped_column(Text)
