"""Jobs: what may wait, and what the doors of workers and their people refuse."""

from hashlib import sha256
from typing import Any

from tests.schema.cases import SUPERUSER, Case
from tests.schema.world import FOUNDING, Ref, insert

DIGEST = sha256(b"x").hexdigest()
LAST = "(SELECT max(id) FROM job)"
PLAN = "(SELECT max(id) FROM change_plan)"


def job(**changes: Any) -> str:
    """A job of the county, whoever writes it."""
    values = {
        "kind": "import check", "account_id": Ref("county_account"), "post_id": Ref("county_post"),
        "language": "en", "file_name": "a.xlsx", "sha256": DIGEST,
    }  # fmt: skip
    return insert("job", **(values | changes))


def with_file(length: int) -> str:
    return job() + f"; UPDATE job SET file_in = convert_to(repeat('x', {length}), 'UTF8') WHERE id = {LAST}"


def checked(**changes: Any) -> str:
    """A job whose check has ended, with the county at work."""
    sets = {"state": "'done'", "file_in": r"'\x00'"} | changes
    return (
        job() + "; UPDATE job SET " + ", ".join(f"{name} = {value}" for name, value in sets.items())
        + f" WHERE id = {LAST}; SELECT act('county.wang', 'county@001001', 'test'); "
    )  # fmt: skip


TAKEN = job() + "; SELECT take_job(); "
NAME = "job_file_name_reads_well"
GO_ON = f"SELECT continue_job({LAST})"

CASES = [
    Case("job_kind_is_known", job(kind="import"), job(kind="lunch"), SUPERUSER),
    Case("job_state_is_known", job(state="failed"), job(state="lost"), SUPERUSER),
    Case("job_digest_is_sha256", job(), job(sha256=DIGEST.upper()), SUPERUSER),
    *(
        Case(NAME, job(file_name="文" * 200), job(file_name=bad), SUPERUSER, note=bad[:3])
        for bad in ("文" * 201, "", " 文", "文\u3000", "文\u0007")
    ),
    Case("job_takes_at_most_20_mb", with_file(1), with_file(0), SUPERUSER, note="empty"),
    Case("job_takes_at_most_20_mb", with_file(1), with_file(20_971_521), SUPERUSER, note="too large"),
    Case("job_is_tried_twice_at_most", job(attempts=2), job(attempts=3), SUPERUSER),
    Case(
        "job_says_why_it_was_refused",
        job(state="refused", sentence="No."),
        job(state="refused"),
        SUPERUSER,
        note="silent",
    ),
    Case(
        "job_says_why_it_was_refused", job(state="failed"), job(state="failed", sentence="No."), SUPERUSER
    ),
    Case(
        "job_of_an_order_has_its_plan",
        FOUNDING + job(kind="change order", plan_id=Ref("newest")).replace("%(newest)s", PLAN),
        job(kind="change order"),
        SUPERUSER,
    ),
    Case(
        "job_of_an_order_has_its_plan",
        job(),
        FOUNDING + job(plan_id=Ref("newest")).replace("%(newest)s", PLAN),
        SUPERUSER,
        note="an import",
    ),
    Case("job_is_asked_once", job(state="done") + "; " + job(), job() + "; " + job(), SUPERUSER),
    Case(
        "a_job_is_ended_by_its_worker",
        TAKEN + f"SELECT end_job({LAST}, 1, 'done')",
        TAKEN + f"SELECT end_job({LAST}, 2, 'done')",
        SUPERUSER,
        note="another attempt",
    ),
    Case(
        "a_job_is_ended_by_its_worker",
        TAKEN + f"SELECT end_job({LAST}, 1, 'failed')",
        TAKEN + f"SELECT end_job({LAST}, 1, 'running')",
        SUPERUSER,
        note="no end",
    ),
    Case("a_job_goes_on_from_its_check", checked() + GO_ON, checked(kind="'import'") + GO_ON, SUPERUSER),
    Case(
        "a_job_goes_on_from_its_check",
        checked(state="'failed'") + GO_ON,
        checked(state="'running'") + GO_ON,
        SUPERUSER,
        note="at work",
    ),
    Case(
        "a_job_goes_on_from_its_check",
        checked() + GO_ON,
        checked(handled_at="now()") + GO_ON,
        SUPERUSER,
        note="put aside",
    ),
    Case(
        "a_job_goes_on_from_its_check",
        checked() + GO_ON,
        checked(post_id="%(system_committee_post)s") + GO_ON,
        SUPERUSER,
        note="in another post",
    ),
]  # fmt: skip
