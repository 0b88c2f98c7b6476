"""Reports: their steps, their contents, and what is refused before anybody enters it."""

import json
from dataclasses import replace
from typing import Any

from tests.schema.cases import SUPERUSER, Case, reads_well
from tests.schema.cases.document import KEPT, document
from tests.schema.cases.member import DEAD, changed, suspended
from tests.schema.world import Ref, insert, number

LAST = "(SELECT max(id) FROM report)"
PAPER = Ref("approval_of_committee_org")
AS_COMMITTEE = "SELECT act('committee.qian', 'basic@001001001', 'test'); "
AS_BRANCH = "SELECT act('branch.sun', 'branch@001001001001', 'test'); "
AS_COUNTY = "SELECT act('county.wang', 'county@001001', 'test'); "
NEWCOMER = {
    "name": "赵新", "sex": "1", "ethnicity": "01", "id_number": number(905), "birth_date": "1980-03-01",
    "education": "11", "job_post": "01", "mobile": "13800000001", "address": "人民路3号",
}  # fmt: skip
STEP = "a_report_takes_a_legal_step"
ITEMS = "a_report_brings_items_of_its_kind"
FINAL = "what_was_entered_is_undone_not_rewritten"
MEMBER = "a_report_is_about_a_member_of_its_branch"


def items(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False)


def report(**changes: Any) -> str:
    """A death in the branch, reported by whoever acts."""
    values = {
        "kind": "death", "member_id": Ref("wei"), "branch_id": Ref("branch_org"), "branch_code": "",
        "event_date": "2026-11-02", "ended_by": "5", "entry_from": "2026-11-02",
        "report_due": "2026-11-02", "entry_due": "2026-11-02",
    }  # fmt: skip
    return insert("report", **(values | changes)) + "; "


def of_nobody(kind: str = "admission", reason: str = "1", **changes: Any) -> str:
    """An admission into the branch."""
    brought = NEWCOMER | changes
    return report(kind=kind, member_id=None, ended_by=None, began_by=reason, items=items(**brought))


def moved(state: str, more: str = "") -> str:
    return f"UPDATE report SET state = '{state}'{more} WHERE id = {LAST}; "


def changes(**brought: Any) -> str:
    return report(kind="change", ended_by=None, items=items(**brought))


def corrected(day: str = "2026-11-02", **dates: str) -> str:
    return report(kind="key_change", ended_by=None, event_date=day, items=items(**dates))


def on_paper_of(place: str) -> str:
    paper = document(organisation_id=Ref(place)) + "; "
    return paper + report() + moved("accepted", ", document_id = (SELECT max(id) FROM document)")


EXTENDED = report(
    kind="extension", member_id=Ref("fang"), ended_by=None, items=items(probation_until="2006-01-01")
)
ENTERED = report(document_id=PAPER) + moved("entered")
RESTORED = (
    suspended()
    + report(kind="restoration", ended_by=None, began_by="3", document_id=PAPER)
    + moved("entered")
)
QUESTIONED = moved("questioned", ", answer = '日期不符'")
RETURNED = report() + moved("returned", ", answer = '缺少死亡证明'")

UNDONE = "an_entry_is_undone_by_its_author_the_same_day"
HERE = changed("wei", "remark = coalesce(remark, '') || '记'")


def undo(ago: int = 1) -> str:
    """Take back what the last act wrote, or one before it."""
    return f"SELECT undo_act((SELECT id FROM transaction ORDER BY id DESC OFFSET {ago} LIMIT 1))"


TEXTS = [
    *reads_well("report_facts_read_well", "report", "facts", 2000, id=LAST),
    *reads_well("report_answer_reads_well", "report", "answer", 500, id=LAST),
]
CASES = [
    *(replace(case, accepted=report() + case.accepted, refused=report() + case.refused) for case in TEXTS),
    Case(STEP, report(), report(), "committee", "auditor", note="an auditor"),
    Case(STEP, report() + moved("accepted"), report() + moved("accepted"), "committee", "branch", "taken up"),
    Case(STEP, report() + moved("withdrawn"), ENTERED + moved("withdrawn"), "committee", note="entered"),
    Case(
        STEP,
        RESTORED + AS_COUNTY + QUESTIONED + AS_COMMITTEE + moved("entered"),
        ENTERED + AS_COUNTY + QUESTIONED,
        "committee",
        note="who may only look on",
    ),
    Case(MEMBER, report(), report(branch_id=Ref("second_branch")), "committee", note="of another branch"),
    Case(MEMBER, report(), report(member_id=Ref("far")), "committee", note="out of sight"),
    Case(MEMBER, of_nobody(), report(member_id=None), "committee", note="nobody"),
    Case(
        ITEMS,
        changes(address="人民路9号"),
        changes(id_number=number(907)),
        "committee",
        note="of another kind",
    ),
    Case(ITEMS, changes(address="人民路9号"), changes(), "committee", note="none"),
    Case(ITEMS, of_nobody(), of_nobody(name=None), "committee", note="one that is needed"),
    Case("report_items_are_named", report(), report(items="[]"), SUPERUSER),
    Case("an_entry_rests_on_a_document", ENTERED, report() + moved("entered"), "committee"),
    Case(
        "an_act_rests_on_a_document_in_scope",
        report(document_id=PAPER),
        report(document_id=Ref("approval_of_other_committee")),
        "committee",
        note="of a report",
    ),
    Case(
        FINAL,
        report() + f"UPDATE report SET event_date = '2026-11-01' WHERE id = {LAST}",
        ENTERED + f"UPDATE report SET event_date = '2026-11-01' WHERE id = {LAST}",
        "committee",
        note="after the entry",
    ),
    Case(
        FINAL,
        report() + f"UPDATE report SET facts = '因病去世' WHERE id = {LAST}",
        report() + f"UPDATE report SET member_id = %(jun)s WHERE id = {LAST}",
        "committee",
        note="another member",
    ),
    Case(
        "a_report_fits_the_type_of_person",
        EXTENDED,
        report(kind="extension", ended_by=None, items=items(probation_until="2006-01-01")),
        "committee",
    ),
    Case(
        "a_change_of_status_has_happened",
        report(event_date="2026-11-02"),
        report(reported_on="2099-01-01"),
        "committee",
        note="of a report",
    ),
    Case(
        "probation_is_extended_once",
        EXTENDED,
        changed("fang", "probation_until = '2006-01-01'") + EXTENDED,
        "committee",
        note="to the same day again",
    ),
    Case(
        "an_event_follows_the_joining",
        report(event_date="2004-07-01"),
        report(event_date="2004-06-30"),
        "committee",
    ),
    Case(
        "an_event_follows_the_joining",
        corrected(join_date="2004-06-30"),
        corrected("2004-06-30", join_date="2004-07-02"),
        "committee",
        note="as the report corrects it",
    ),
    Case(
        "a_spell_ends_after_it_began",
        suspended() + report(event_date="2024-01-10"),
        suspended() + report(event_date="2024-01-09"),
        "committee",
        note="of a report, before it is entered",
    ),
    Case(
        "a_report_is_about_somebody_on_a_roll",
        suspended() + changes(address="人民路9号"),
        changed("wei", DEAD) + changes(address="人民路9号"),
        "committee",
    ),
    Case(
        KEPT,
        on_paper_of("branch_org"),
        on_paper_of("second_branch"),
        "committee",
        note="of a report",
    ),
    Case("a_matter_is_reported_once", report(), report() + report(), "committee"),
    Case(
        "a_matter_is_reported_once",
        report() + moved("withdrawn") + report(),
        RETURNED + report(),
        "committee",
        note="returned",
    ),
    Case(
        "a_matter_is_reported_once",
        report() + moved("withdrawn") + report(state="entered", document_id=PAPER),
        report() + report(state="entered", document_id=PAPER),
        "committee",
        note="entered on its own",
    ),
    Case(
        STEP,
        report(kind="lost", ended_by=None, items=items(lost=True, lost_month="2026-01-01"))
        + moved("withdrawn"),
        report(kind="lost", ended_by=None, items=items(lost=True, lost_month="2026-01-01"))
        + moved("accepted"),
        "branch",
        note="a branch judges its own report",
    ),
    Case(
        "status_changes_by_a_legal_event",
        RESTORED,
        report(kind="restoration", ended_by=None, began_by="3", document_id=PAPER),
        "committee",
        note="restored and never suspended",
    ),
    Case("report_follows_the_event", report(), report(reported_on="2026-11-01"), "committee"),
    Case("report_is_returned_with_a_reason", RETURNED, report() + moved("returned"), "committee"),
    Case(
        "report_is_entered_on_a_day",
        report(),
        "SET LOCAL session_replication_role = replica; "
        + report(branch_code="001001001001", state="entered"),
        SUPERUSER,
    ),
    Case(
        "report_is_paused_on_a_day",
        report(),
        "SET LOCAL session_replication_role = replica; "
        + report(branch_code="001001001001", paused_on="2026-11-02"),
        SUPERUSER,
    ),
    Case(
        "report_stands_with_the_branch",
        report() + "UPDATE organisation SET code = '001001001098' WHERE id = %(branch_org)s",
        report() + f"UPDATE report SET branch_code = '001' WHERE id = {LAST}",
        SUPERUSER,
    ),
    Case(UNDONE, HERE + AS_COMMITTEE + undo(), HERE + AS_COUNTY + undo(), "committee", note="by another"),
    Case(
        "a_later_entry_stands_on_this_one",
        HERE + AS_COMMITTEE + undo(),
        HERE + AS_COMMITTEE + HERE + AS_COMMITTEE + undo(2),
        "committee",
    ),
    Case(
        "only_entries_of_members_are_undone",
        HERE + AS_COMMITTEE + undo(),
        "UPDATE organisation SET phone = '5550100' WHERE id = %(branch_org)s; " + AS_COMMITTEE + undo(),
        "committee",
    ),
]
