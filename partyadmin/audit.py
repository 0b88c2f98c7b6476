"""The access log: what was read, looked up, exported or refused."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.models import AccessLog


def log(
    session: Session,
    kind: str,
    subject: str | None = None,
    subject_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Adds a line in the session's transaction, so that what cannot be logged does not happen.

    `detail` never holds a personal value. Raises IntegrityError for a kind that the log does not know.
    """
    session.execute(
        sa.insert(AccessLog).values(
            kind=kind, subject=subject, subject_id=subject_id, detail=detail[:500] if detail else None
        )
    )
