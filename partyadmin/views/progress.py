"""How far a job has come, in words and amounts, for the page that waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext
from sqlalchemy.orm import aliased

from partyadmin import jobs
from partyadmin.db import db
from partyadmin.models import ChangeOrder, ChangePlan, Job
from partyadmin.operations.change_order import progress as orders
from partyadmin.operations.exchange import progress as imports
from partyadmin.operations.exchange.progress import STORING, share_done
from partyadmin.views.choices import words
from partyadmin.views.rights import ORDERERS, holds

AT_WORK = ("queued", "running")
_LEAST_SHARE_TO_JUDGE_BY = 0.03
_STAGES = imports.STAGES | orders.STAGES


class Waiting(NamedTuple):
    """One line of what waits for a person: what it is about, how it stands, and its page."""

    name: str
    words: str
    href: str
    at: datetime


def standing_of(job: Any) -> str:
    """How a job stands that is not done, in words that say what to do."""
    if job.state in AT_WORK:
        return str(progress_of(job)["summary"])
    if job.state == "refused":
        return gettext("Refused as a whole")
    return gettext("Broke off; nothing was written")


def progress_of(job: Any) -> dict[str, Any]:
    """How far a job has come: `percent` of all its stages, the amounts of this one, the time that is left."""
    shares = orders.SHARES if job.kind == jobs.ORDER else imports.SHARES
    share = share_done(shares, job.stage, job.done, job.total)
    if job.state not in AT_WORK:
        return {"over": True}
    if job.state == "queued":
        stage, amount = gettext("Waiting for a worker"), ""
    else:
        stage = _stage_words(job)
        amount = (
            gettext("%(done)s of %(total)s rows", done=f"{job.done:,}", total=f"{job.total:,}")
            if job.total
            else ""
        )
    return {
        "over": False,
        "percent": round(100 * share),
        "stage": stage,
        "amount": amount,
        "left": _time_left(job, share),
        "summary": gettext(
            "%(work)s, now: %(stage)s",
            work=words("job", "kind")[job.kind],
            stage=f"{stage} {amount}".rstrip(),
        ),
    }


def _stage_words(job: Any) -> str:
    if job.stage == STORING and job.kind == jobs.CHECK:
        return gettext("Trying out the rows, without keeping them")
    return str(_STAGES[job.stage]) if job.stage in _STAGES else gettext("Beginning")


def _time_left(job: Any, share: float) -> str:
    """The time that is left at the pace measured so far; nothing while that cannot be judged."""
    if job.started_at is None or share < _LEAST_SHARE_TO_JUDGE_BY or job.state != "running":
        return ""
    passed: timedelta = datetime.now(job.started_at.tzinfo) - job.started_at
    seconds = max(0.0, passed.total_seconds()) * (1 - share) / share
    if seconds < 50:
        tens = max(10, round(seconds / 10 + 0.5) * 10)
        return gettext("about %(seconds)s s left", seconds=tens)
    return gettext("about %(minutes)s min left", minutes=max(1, round(seconds / 60)))


def waiting_orders() -> list[Waiting]:
    """One's own orders that a worker is to put in force, or could not, until they are previewed anew."""
    if not holds(ORDERERS):
        return []
    newer = aliased(ChangePlan)
    is_newest = ~sa.exists().where(newer.order_id == ChangePlan.order_id, newer.id > ChangePlan.id)
    query = (
        sa.select(Job, ChangePlan.order_id)
        .join(ChangePlan, ChangePlan.id == Job.plan_id)
        .join(ChangeOrder, ChangeOrder.id == ChangePlan.order_id)
        .where(ChangeOrder.state == "draft", Job.state != "done", is_newest)
        .order_by(Job.id.desc())
        .limit(20)
    )
    return [
        Waiting(job.file_name, standing_of(job), url_for("change_order.details_view", id=key), job.asked_at)
        for job, key in db.session.execute(query)
    ]
