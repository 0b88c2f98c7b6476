"""Change orders, their lines, accounts and places, and the terms that they enter."""

from typing import Any

from tests.schema.cases import SUPERUSER, Case
from tests.schema.slow import credit_check_character
from tests.schema.world import (
    APPLIED,
    CREDIT_CODE,
    FOUNDING,
    LAST_ORDER,
    Ref,
    act_text,
    insert,
    line,
    new_organisation,
    of_the_order,
    order,
    ordered,
)

TERM: dict[str, Any] = {
    "organisation_id": Ref("branch_org"), "began": "2026-11-01", "ends": "2029-11-01", "secretary": "王伟",
    "committee": "王伟、张芳", "entitled": 10, "present": 8,
}  # fmt: skip
EMPTY = Ref("empty_branch")
ABOLISHED = order("abolish", organisation_id=EMPTY)
SPLIT = order("split", organisation_id=Ref("branch_org")) + line()
MERGED = order("merge", organisation_id=Ref("branch_org"))
FOUNDED = order("establish", superior_id=Ref("committee_org")) + line()
MOVED = order("move", organisation_id=Ref("general_org"), superior_id=Ref("second_county_committee"))
NEXT = act_text("committee") + "; "
COMMITTEE, COUNTY = "committee", "county"
MADE = "an_order_is_made_by_the_maintainer"
FINAL = "what_was_ordered_is_undone_not_rewritten"
BEING = "an_order_is_about_an_organisation_in_being"
GRANTED = "nobody_is_granted_while_it_moves"
WHOLE = "no_side_is_left_empty"
UNPLACED = "nobody_is_left_unplaced"


def account(**values: Any) -> str:
    return of_the_order(insert("change_account", **({"login": "tenth", "name": "赵十"} | values)))


def placed(name: str, line_id: str = "NULL") -> str:
    return (
        "INSERT INTO change_place (order_id, member_id, line_id)"
        f" VALUES ({LAST_ORDER}, %({name})s, {line_id}); "
    )


def term(**values: Any) -> str:
    return insert("organisation_term", **(TERM | values))


LINE = "(SELECT max(id) FROM change_line)"
FIRST_LINE = f"(SELECT min(id) FROM change_line WHERE order_id = {LAST_ORDER})"
TENTH = account(name="赵十") + f"UPDATE change_account SET line_id = {LINE} WHERE order_id = {LAST_ORDER}; "
PLACED = placed("wei") + placed("fang", LINE)
ELECTED = ordered("branch_org")
RAW = "SET LOCAL session_replication_role = replica; "
BY_HAND = {"maker_id": Ref("committee_org"), "maker_code": "001001001", "entry_due": "2026-12-01"}
UNDO = order("undo", organisation_id=EMPTY, undoes=0).replace("0)", f"{LAST_ORDER})")
NEW_TENURE = insert("tenure", account_id=Ref("clerk"), post_id=Ref("branch_post"), since="2026-11-01")
TO_GENERAL = order("move", organisation_id=Ref("branch_org"), superior_id=Ref("general_org"))

REOPENED = "".join(
    f"UPDATE post SET closed = {day} WHERE id = %(branch_post)s; " for day in ("current_date", "NULL")
)
ENDED = "UPDATE organisation SET ended = current_date WHERE id = %(empty_branch)s; "
GONE = ABOLISHED + APPLIED + ENDED + NEXT
ALONE = insert("unit", organisation_id=EMPTY, organisation_code="", name="铜陵单位", ended="2026-11-01")
LEFT_LATE = "UPDATE member SET branch_id = %(branch_org)s, since = '2026-11-10' WHERE id = %(jun)s; "
FOUNDED_LATE = (
    FOUNDED.replace("2026-11-02", "2026-11-01") + APPLIED + new_organisation(founded="2026-11-02") + "; "
)


def ended_on(day: str) -> str:
    said = order("abolish", organisation_id=Ref("second_branch"), effective_on=day) + APPLIED
    return LEFT_LATE + said + f"UPDATE organisation SET ended = '{day}' WHERE id = %(second_branch)s"


def came_on(day: str) -> str:
    to = f"branch_id = (SELECT max(id) FROM organisation), since = '{day}'"
    return FOUNDED_LATE + f"UPDATE member SET {to} WHERE id = %(jun)s"


PLACE = "an_order_leaves_nobody_without_a_place"
NAMESAKE = {"name": "中共branch_org", "kind": "631"}

PAPER = of_the_order(insert("change_paper", document_id=Ref("approval_of_committee_org")))
BODY = "91340700123456789"
OTHER_CODE = BODY + credit_check_character(BODY)
WITH_UNIT = order("establish", superior_id=Ref("committee_org")) + line(
    items={"name": "中共第十支部", "kind": "631", "unit_situation": "2"},
    unit={"name": "铜陵分公司", "credit_code": OTHER_CODE},
)
BOTH = "(%(general_org)s, %(second_county_committee)s)"
SUPERIORS_UNIT = (
    f"UPDATE organisation SET unit_situation = '2' WHERE id IN {BOTH}; "
    "UPDATE unit SET ended = current_date WHERE id = %(unit)s; "
    "UPDATE organisation SET unit_situation = '1' WHERE id = %(committee_org)s; "
) + "; ".join(
    (
        insert(
            "unit", organisation_id=Ref("second_county_committee"), organisation_code="", name="甲单位",
            credit_code=CREDIT_CODE,
        ),
        insert(
            "unit", organisation_id=Ref("general_org"), organisation_code="", name="乙单位", credit_code="{}",
        ),
        "",
    )
)  # fmt: skip

CASES = [
    Case(
        "order_items_are_named",
        order("change", organisation_id=EMPTY, items={"phone": "1"}),
        order("abolish", organisation_id=EMPTY, items="[]"),
    ),
    Case(
        "order_remark_reads_well",
        order("abolish", organisation_id=EMPTY, remark="文" * 500),
        order("abolish", organisation_id=EMPTY, remark="文" * 501),
    ),
    Case(
        "an_act_applies_one_order",
        ABOLISHED
        + APPLIED
        + NEXT
        + order("restore", organisation_id=EMPTY).replace("restore", "abolish")
        + APPLIED,
        ABOLISHED + APPLIED + order("abolish", organisation_id=Ref("second_branch")) + APPLIED,
        COMMITTEE,
    ),
    Case("an_order_names_what_it_is_about", FOUNDED, order("establish")),
    Case(
        "an_order_names_what_it_is_about",
        ABOLISHED,
        order("abolish", organisation_id=EMPTY, superior_id=Ref("committee_org")),
        note="a superior too many",
    ),
    Case(
        "an_undoing_order_names_the_undone",
        ABOLISHED + APPLIED + UNDO,
        ABOLISHED + APPLIED + UNDO.replace("'undo'", "'abolish'"),
    ),
    Case(
        "an_order_is_applied_on_a_day",
        ABOLISHED + APPLIED,
        RAW + order("abolish", organisation_id=EMPTY, state="applied", **BY_HAND),
        SUPERUSER,
    ),
    Case(
        "change_order_stands_with_its_maker",
        ABOLISHED + "UPDATE organisation SET code = code || '' WHERE id = %(committee_org)s",
        ABOLISHED + f"UPDATE change_order SET maker_code = '001' WHERE id = {LAST_ORDER}",
        SUPERUSER,
    ),
    Case(
        "an_order_is_undone_once",
        ABOLISHED + APPLIED + UNDO,
        ABOLISHED + APPLIED + UNDO + UNDO.replace(LAST_ORDER, "(SELECT max(undoes) FROM change_order)"),
    ),
    Case("line_role_is_known", SPLIT, SPLIT + line(role="guest")),
    Case("line_items_are_named", SPLIT, order("split", organisation_id=Ref("branch_org")) + line(items="[]")),
    Case(
        "line_unit_items_are_named",
        SPLIT + line(items={"name": "中共第十一支部", "kind": "631"}, unit={"name": "铜陵单位"}),
        SPLIT + line(items={"name": "中共第十一支部", "kind": "631"}, unit="[]"),
    ),
    Case(
        "what_joins_is_there_already",
        MERGED + line(role="joins", organisation_id=EMPTY, items={}),
        MERGED + line(role="joins", organisation_id=EMPTY),
    ),
    Case(
        "an_organisation_joins_once",
        MERGED + line(role="joins", organisation_id=EMPTY, items={}),
        MERGED + line(role="joins", organisation_id=EMPTY, items={}) * 2,
    ),
    Case("ordered_login_is_plain", SPLIT + account(), SPLIT + account(login="A b")),
    Case("ordered_account_name_reads_well", SPLIT + account(), SPLIT + account(name=" 赵")),
    Case("an_order_opens_a_login_once", SPLIT + account(), SPLIT + account() * 2),
    Case("login_is_taken_once", SPLIT + account(), SPLIT + account(login="clerk"), note="of an order"),
    Case(
        "change_account_line_fkey",
        SPLIT + TENTH,
        SPLIT + account() + f"UPDATE change_account SET line_id = 0 WHERE order_id = {LAST_ORDER}",
    ),
    Case("change_place_line_fkey", SPLIT + placed("wei", LINE), SPLIT + placed("wei", "0")),
    Case(MADE, ABOLISHED, ABOLISHED, COMMITTEE, COUNTY, note="by the nearest keeper"),
    Case(
        MADE,
        order("abolish", organisation_id=Ref("committee_org"), document_id=Ref("workbook_of_county_org")),
        order("abolish", organisation_id=Ref("committee_org")),
        COUNTY,
        COMMITTEE,
        note="never by itself",
    ),
    Case(MADE, MOVED, MOVED, COUNTY, COMMITTEE, note="above both ends"),
    Case(
        MADE,
        order("change", organisation_id=Ref("county_org"), items={"phone": "1"}),
        order("abolish", organisation_id=Ref("county_org")),
        COUNTY,
        note="own items only",
    ),
    Case(BEING, ABOLISHED, order("restore", organisation_id=EMPTY)),
    Case(
        BEING,
        ABOLISHED + APPLIED + ENDED + NEXT + order("restore", organisation_id=EMPTY),
        ABOLISHED + APPLIED + ENDED + NEXT + ABOLISHED,
        COMMITTEE,
        note="ended",
    ),
    Case(
        "a_target_stands_outside_what_moves",
        MOVED,
        order(
            "move",
            organisation_id=Ref("committee_org"),
            superior_id=Ref("general_org"),
            document_id=Ref("workbook_of_county_org"),
        ),
        COUNTY,
    ),
    Case(
        "a_target_stands_outside_what_moves",
        MOVED,
        order("move", organisation_id=Ref("general_org"), superior_id=Ref("committee_org")),
        note="where it stands already",
    ),
    Case(
        "organisation_sits_where_it_may",
        MOVED,
        order("move", organisation_id=EMPTY, superior_id=Ref("second_branch")),
        note="moved under a branch",
    ),
    Case(
        "what_moves_brings_no_unit_of_its_new_superior",
        SUPERIORS_UNIT.format(OTHER_CODE) + MOVED,
        SUPERIORS_UNIT.format(CREDIT_CODE) + MOVED,
    ),
    Case("what_is_merged_or_split_has_members", SPLIT, order("split", organisation_id=Ref("general_org"))),
    Case(
        "branches_merge_under_one_superior",
        MERGED + line(role="joins", organisation_id=EMPTY, items={}),
        MERGED + line(role="joins", organisation_id=Ref("general_branch"), items={}),
    ),
    Case(
        "an_order_takes_effect_after_the_founding",
        "UPDATE organisation SET founded = '2026-11-02' WHERE id = %(empty_branch)s; " + ABOLISHED,
        "UPDATE organisation SET founded = '2026-11-03' WHERE id = %(empty_branch)s; " + ABOLISHED,
    ),
    Case(
        "an_order_takes_effect_after_the_founding",
        "UPDATE organisation SET founded = '2026-11-02' WHERE id = %(committee_org)s; " + FOUNDED,
        "UPDATE organisation SET founded = '2026-11-03' WHERE id = %(committee_org)s; " + FOUNDED,
        note="of the superior",
    ),
    Case(PLACE, ended_on("2026-11-10"), ended_on("2026-11-09")),
    Case(PLACE, came_on("2026-11-02"), came_on("2026-11-01"), note="not there yet"),
    Case(
        "an_order_takes_effect_on_its_day",
        ABOLISHED + APPLIED,
        order("abolish", organisation_id=EMPTY, effective_on="2099-01-01") + APPLIED,
    ),
    Case(
        "an_order_is_previewed_before_it_is_applied",
        ABOLISHED + APPLIED,
        ABOLISHED + f"UPDATE change_order SET state = 'applied' WHERE id = {LAST_ORDER}",
    ),
    Case(
        FINAL,
        ABOLISHED + f"UPDATE change_order SET remark = '改' WHERE id = {LAST_ORDER}",
        ABOLISHED + APPLIED + f"UPDATE change_order SET remark = '改' WHERE id = {LAST_ORDER}",
    ),
    Case(
        FINAL,
        ABOLISHED + f"UPDATE change_order SET state = 'withdrawn' WHERE id = {LAST_ORDER}",
        ABOLISHED + f"UPDATE change_order SET state = 'undone' WHERE id = {LAST_ORDER}",
        note="undone by hand",
    ),
    Case(FINAL, SPLIT + PLACED, SPLIT + PLACED + APPLIED + line(), note="a line after it"),
    Case(
        "an_order_is_undone_where_it_was_made",
        ABOLISHED + APPLIED + UNDO,
        ABOLISHED + APPLIED + act_text(COUNTY) + "; " + UNDO,
        COMMITTEE,
    ),
    Case("an_order_brings_items_of_its_kind", ELECTED, order("change", organisation_id=EMPTY)),
    Case(
        "an_order_brings_items_of_its_kind",
        ELECTED,
        order("change", organisation_id=EMPTY, items={"code": "001"}),
        note="no item of an order",
    ),
    Case("a_line_fits_the_kind_of_its_order", SPLIT, MERGED + line()),
    Case(
        "a_new_organisation_is_named",
        SPLIT,
        order("split", organisation_id=Ref("branch_org")) + line(items={"kind": "631"}),
    ),
    Case(
        "organisation_name_is_unique",
        SPLIT,
        order("split", organisation_id=Ref("branch_org")) + line(items=NAMESAKE),
        note="of a line",
    ),
    Case("rule_o01", WITH_UNIT, WITH_UNIT.replace(OTHER_CODE, OTHER_CODE[:-1] + "0"), note="of a line"),
    Case("rule_o02", WITH_UNIT, WITH_UNIT.replace(OTHER_CODE, CREDIT_CODE), note="of a line"),
    Case("an_order_opens_accounts_with_the_right_to", SPLIT + account(), ABOLISHED + account()),
    Case("who_is_placed_stands_in_the_source", SPLIT + placed("wei"), SPLIT + placed("jun")),
    Case(UNPLACED, SPLIT + PLACED + APPLIED, SPLIT + placed("fang", LINE) + APPLIED),
    Case(WHOLE, SPLIT + PLACED + APPLIED, SPLIT + placed("wei", LINE) + placed("fang", LINE) + APPLIED),
    Case("a_merger_has_who_joins", FOUNDED + APPLIED, MERGED + APPLIED),
    Case(
        "structure_changes_by_an_order",
        ELECTED + "UPDATE organisation SET name = '中共新名支部' WHERE id = %(branch_org)s",
        "UPDATE organisation SET name = '中共新名支部' WHERE id = %(branch_org)s",
        COMMITTEE,
    ),
    Case(
        "structure_changes_by_an_order",
        FOUNDING + new_organisation(),
        new_organisation(),
        COMMITTEE,
        note="founded",
    ),
    Case("structure_changes_by_an_order", ELECTED + term(), term(), COMMITTEE, note="a term"),
    Case(
        "an_order_changes_what_it_is_about",
        ELECTED + "UPDATE organisation SET phone = '5550100' WHERE id = %(branch_org)s",
        ELECTED + "UPDATE organisation SET phone = '5550100' WHERE id = %(second_branch)s",
        COMMITTEE,
    ),
    Case(
        "what_is_abolished_is_read_only",
        "UPDATE organisation SET phone = '5550100' WHERE id = %(empty_branch)s",
        GONE + "UPDATE organisation SET phone = '5550100' WHERE id = %(empty_branch)s",
        COMMITTEE,
    ),
    Case(
        "what_is_abolished_is_read_only",
        ALONE,
        GONE + ALONE,
        COMMITTEE,
        note="its unit",
    ),
    Case(
        "reports_are_settled_before_a_member_moves",
        ELECTED + "UPDATE member SET branch_id = %(second_branch)s WHERE id = %(wei)s",
        insert(
            "report",
            kind="lost",
            member_id=Ref("wei"),
            branch_id=Ref("branch_org"),
            event_date="2026-11-02",
            reported_on="2026-11-02",
            items={"lost": True, "lost_month": "2026-01-01"},
        )
        + "; "
        + ELECTED
        + "UPDATE member SET branch_id = %(second_branch)s WHERE id = %(wei)s",
        COMMITTEE,
    ),
    Case(GRANTED, NEW_TENURE, TO_GENERAL + NEW_TENURE, COMMITTEE),
    Case(
        GRANTED,
        REOPENED,
        TO_GENERAL + REOPENED,
        COMMITTEE,
        note="a post",
    ),
    Case(
        "a_post_has_the_level_of_its_organisation",
        ordered("general_org") + "UPDATE organisation SET kind = '611' WHERE id = %(general_org)s",
        ordered("committee_org") + "UPDATE organisation SET can_admit = false WHERE id = %(committee_org)s",
        note="after a change of kind",
    ),
    Case("a_paper_is_added_once", ABOLISHED + PAPER, ABOLISHED + PAPER * 2),
    Case("a_term_ends_after_it_began", term(), term(ends="2026-11-01")),
    *(
        case
        for rule, column, most in (
            ("term_secretary_reads_well", "secretary", 60),
            ("term_committee_reads_well", "committee", 300),
        )
        for case in (
            Case(rule, term(**{column: "文" * most}), term(**{column: "文" * (most + 1)})),
            Case(rule, term(**{column: "文"}), term(**{column: " 文"}), note="space before"),
        )
    ),
    Case("a_vote_has_voters", term(), term(entitled=0, present=0)),
    Case("a_vote_has_a_quorum", term(), term(present=7)),
    Case("a_vote_has_a_quorum", term(present=10), term(present=11), note="more than all"),
    Case(
        "organisation_term_stands_with_its_organisation",
        term() + "; UPDATE organisation SET code = '001001001098' WHERE id = %(branch_org)s",
        RAW + term(organisation_code="001001001001") + "; SET LOCAL session_replication_role = origin; "
        "ALTER TABLE organisation_term DISABLE TRIGGER term_keeps_the_rules; "
        "UPDATE organisation_term SET organisation_code = '001'",
        SUPERUSER,
    ),
]
