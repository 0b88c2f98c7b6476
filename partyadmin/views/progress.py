"""How far a job has come, in words and amounts, for the page that waits for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext

from partyadmin import jobs
from partyadmin.operations.change_order import progress as orders
from partyadmin.operations.exchange import progress as imports
from partyadmin.operations.exchange.progress import STORING, share_done
from partyadmin.views.choices import words

AT_WORK = ("queued", "running")
_LEAST_SHARE_TO_JUDGE_BY = 0.03
_STAGES = imports.STAGES | orders.STAGES


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
