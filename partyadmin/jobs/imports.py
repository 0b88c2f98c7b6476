"""What a worker does with an uploaded workbook: check it without writing, or load it."""

from __future__ import annotations

import tempfile

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.jobs import CHECK
from partyadmin.jobs.task import Ending, Pulse, Task, end, finish
from partyadmin.models import Job
from partyadmin.operations.exchange import ImportResult, importing
from partyadmin.operations.exchange.outcome import outcome_of
from partyadmin.operations.exchange.progress import ANSWERING


def do_import(engine: sa.Engine, session: Session, task: Task, pulse: Pulse, limit: int) -> None:
    """Checks or loads the workbook of a job; the load and the end of its job are one transaction."""
    query = sa.select(Job.file_in, Job.file_name, Job.result).where(Job.id == task.id)
    content, file_name, checked = session.execute(query).one()
    assert content is not None
    rehearsal = task.kind == CHECK
    with importing(session, content, file_name, limit, pulse.tell, rehearsal=rehearsal) as result:
        outcome = outcome_of(result)
        # The check has written the same answer already, unless the registry changed in between.
        same = checked is not None and checked["refusals"] == outcome["refusals"]
        answer = None if same or not outcome["refused"] else _answer(result, pulse)
        ending = Ending("done", None, outcome, answer, keeps_answer=same)
        if not rehearsal:
            outcome["document"] = result.document_id
            finish(session.connection(), task, ending)
    if rehearsal:
        end(engine, task, ending)


def _answer(result: ImportResult, pulse: Pulse) -> bytes:
    pulse.tell(ANSWERING, 0, 0)
    with tempfile.TemporaryFile() as file:
        result.write_report(file)
        file.seek(0)
        return file.read()
