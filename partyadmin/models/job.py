"""Long work that waits for a worker, runs, or has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from partyadmin.db import Base
from partyadmin.models.audit import MOMENT
from partyadmin.models.document import CURRENT_ACT


class Job(Base):
    __tablename__ = "job"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str] = mapped_column(Text(collation="C"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("change_plan.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), server_default=text("acting_account()"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), server_default=text("acting_post()"))
    transaction_id: Mapped[int] = mapped_column(ForeignKey("transaction.id"), server_default=CURRENT_ACT)
    language: Mapped[str] = mapped_column(Text(collation="C"))
    asked_at: Mapped[datetime] = mapped_column(MOMENT, server_default=text("now()"))
    file_name: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text(collation="C"))
    file_in: Mapped[bytes | None] = mapped_column(deferred=True)
    state: Mapped[str] = mapped_column(Text(collation="C"), server_default="queued")
    stage: Mapped[str | None] = mapped_column(Text(collation="C"))
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int] = mapped_column(server_default="0")
    attempts: Mapped[int] = mapped_column(server_default="0")
    started_at: Mapped[datetime | None] = mapped_column(MOMENT)
    heartbeat: Mapped[datetime | None] = mapped_column(MOMENT)
    ended_at: Mapped[datetime | None] = mapped_column(MOMENT)
    rows_read: Mapped[int | None]
    rows_accepted: Mapped[int | None]
    rows_refused: Mapped[int | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB, deferred=True)
    sentence: Mapped[str | None] = mapped_column(Text)
    file_out: Mapped[bytes | None] = mapped_column(deferred=True)
    handled_at: Mapped[datetime | None] = mapped_column(MOMENT)
    emptied_at: Mapped[datetime | None] = mapped_column(MOMENT)
