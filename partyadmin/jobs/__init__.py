"""Long work outside the web server: a row that waits, and what the person who asked may do with it.

A worker (jobs/worker.py) does it as that person. The work and the end of its row are one transaction, so a
worker that dies in the middle leaves nothing half-written, and its job is taken again.
"""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.access import demand
from partyadmin.dictionary import Refused
from partyadmin.models import Job
from partyadmin.operations import acting
from partyadmin.workbook.cleaning import plain_text

CHECK = "import check"
"""The kind of a job that is undone at its end; the same job goes on as "import"."""
ORDER = "change order"
"""The kind of a job that puts a change order in force."""
IMPORTERS = ("E1", "W")


def ask_for_import(session: Session, file_name: str, content: bytes, language: str) -> int:
    """Queues the check of a workbook; returns the job, the present one where the same file is worked on.

    Raises Refused without the right to load, and for what the schema refuses.
    """
    file_name = plain_text(file_name)[-200:].strip() or gettext("Workbook")
    digest = hashlib.sha256(content).hexdigest()
    try:
        with acting(session, gettext("Upload of the workbook %(file)s to be checked", file=file_name)):
            demand(session, *IMPORTERS)
            values = {"file_name": file_name, "sha256": digest, "file_in": content, "language": language}
            queued = session.scalar(sa.insert(Job).values(kind=CHECK, **values).returning(Job.id))
    except Refused as refused:
        if refused.rule != "job_is_asked_once":
            raise
        at_work = Job.state.in_(("queued", "running"))
        queued = session.scalar(
            sa.select(Job.id).where(Job.sha256 == digest, at_work).order_by(Job.id.desc())
        )
        if queued is None:  # it has just ended
            return ask_for_import(session, file_name, content, language)
    assert isinstance(queued, int)
    return queued


def ask_for_order(session: Session, plan_id: int, title: str, language: str) -> None:
    """Queues in the open act that an order takes effect as it was previewed by a plan.

    Raises DBAPIError for what the schema refuses, job_is_asked_once where it is on its way already.
    """
    digest = hashlib.sha256(f"plan {plan_id}".encode()).hexdigest()
    values = {"plan_id": plan_id, "file_name": title[:200].strip(), "sha256": digest, "language": language}
    session.execute(sa.insert(Job).values(kind=ORDER, **values))


def go_on(session: Session, job: Job) -> None:
    """The named button: what was checked is written, and what failed is tried once more.

    Raises Refused where the job does not wait for that.
    """
    with acting(session, gettext("Import of the workbook %(file)s after its check", file=job.file_name)):
        demand(session, *IMPORTERS)
        session.execute(sa.text("SELECT continue_job(:id)"), {"id": job.id})


def put_aside(session: Session, job: Job) -> bool:
    """The person has dealt with a job of theirs; False where there was nothing to put aside."""
    with acting(session, gettext("Import of the workbook %(file)s put aside", file=job.file_name)):
        return bool(session.scalar(sa.text("SELECT put_job_aside(:id)"), {"id": job.id}))
