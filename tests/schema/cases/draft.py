"""Drafts: what somebody typed and nobody registered."""

from tests.schema.cases import Case
from tests.schema.world import insert

SHEET, OTHER = "a" * 32, "b" * 32
KEPT = {"sheet": SHEET, "form": "member", "fields": "{}"}


def draft(**changes: object) -> str:
    return insert("draft", **(KEPT | changes))


def changed(setting: str) -> str:
    return f"{draft()}; UPDATE draft SET {setting}"


def many(count: int) -> str:
    sheets = f"SELECT md5(n::text), 'member', '{{}}' FROM generate_series(1, {count}) n"
    return f"INSERT INTO draft (sheet, form, fields) {sheets}"


REGISTERED = changed("fields = NULL, transaction_id = current_act(), registered = '7'")
ANOTHER_ACT = "current_act() + 1"

CASES = [
    Case("draft_sheet_is_drawn_at_random", draft(), draft(sheet="a1"), "committee"),
    Case("draft_names_its_form", draft(), draft(form="Member form"), "committee"),
    Case("draft_names_its_record", draft(record="7"), draft(record=""), "committee"),
    Case("draft_names_its_record", draft(record="7" * 80), draft(record="7" * 81), "committee", note="long"),
    Case("draft_is_no_longer_than_a_form", draft(), draft(fields="[]"), "committee", note="list"),
    Case(
        "draft_is_no_longer_than_a_form",
        changed("fields = jsonb_build_object('remark', repeat('x', 60000))"),
        changed("fields = jsonb_build_object('remark', repeat('x', 70000))"),
        "committee",
        note="long",
    ),
    Case(
        "draft_file_name_reads_well",
        changed("file = 'x', file_name = repeat('x', 200)"),
        changed("file = 'x', file_name = repeat('x', 201)"),
        "committee",
    ),
    Case(
        "draft_file_is_at_most_20_mb",
        changed("file = convert_to(repeat('x', 20971520), 'UTF8'), file_name = 'x'"),
        changed("file = convert_to(repeat('x', 20971521), 'UTF8'), file_name = 'x'"),
        "committee",
    ),
    Case(
        "draft_names_what_it_became",
        REGISTERED,
        REGISTERED.replace("'7'", "''"),
        "committee",
    ),
    Case("draft_is_one_sheet", f"{draft()}; {draft(sheet=OTHER)}", f"{draft()}; {draft()}", "committee"),
    Case(
        "draft_file_has_a_name",
        changed("file = 'x', file_name = 'x'"),
        changed("file = 'x'"),
        "committee",
        note="file",
    ),
    Case(
        "draft_file_has_a_name",
        changed("file = NULL, file_name = NULL"),
        changed("file_name = 'x'"),
        "committee",
        note="name",
    ),
    Case(
        "draft_is_emptied_when_registered",
        REGISTERED,
        changed("transaction_id = current_act(), registered = '7'"),
        "committee",
    ),
    Case("draft_becomes_a_record_by_an_act", REGISTERED, changed("registered = '7'"), "committee"),
    Case(
        "a_form_is_registered_once",
        REGISTERED,
        f"{REGISTERED}; UPDATE draft SET fields = '{{}}'",
        "committee",
    ),
    Case(
        "a_form_is_registered_by_its_own_act",
        REGISTERED,
        REGISTERED.replace("current_act()", ANOTHER_ACT),
        "committee",
    ),
    Case("a_draft_stays_with_its_form", changed("record = NULL"), changed("record = '8'"), "committee"),
    Case("nobody_keeps_more_than_40_drafts", many(40), many(41), "committee"),
]
