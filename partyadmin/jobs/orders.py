"""What a worker does with a large change order: it takes effect, and its job ends, in one transaction."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.jobs.task import Ending, Pulse, Task, end, finish
from partyadmin.models import ChangeOrder, ChangePlan, Job
from partyadmin.operations import acting
from partyadmin.operations.change_order import Replanned, apply, reason_of
from partyadmin.operations.change_order.plan import Plan
from partyadmin.operations.change_order.progress import SETTLING


def do_order(engine: sa.Engine, session: Session, task: Task, pulse: Pulse) -> None:
    """Applies the order of a job, without passwords; the result of a stale one says what would differ."""
    query = sa.select(ChangePlan.id, ChangePlan.order_id).join(Job, Job.plan_id == ChangePlan.id)
    plan_id, order_id = session.execute(query.where(Job.id == task.id)).one()
    order = session.get_one(ChangeOrder, order_id)
    try:
        with acting(session, reason_of(order), order.document_id):
            done = apply(session, order, {}, plan_id, pulse.tell)
            pulse.tell(SETTLING, 0, 0)
            finish(session.connection(), task, Ending("done", None, {"changes": len(done.changes)}))
    except Replanned as replanned:
        gone, come = (Plan(each).as_json()["changes"] for each in (replanned.gone, replanned.come))
        end(engine, task, Ending("refused", replanned.sentence, {"gone": gone, "come": come}))
