"""Members: texts, places, delegation, intake, spells and counts."""

from typing import Any

from tests.schema.cases import SUPERUSER, Case, reads_well
from tests.schema.world import Ref, insert, new_member, number

TEXTS = (
    ("address_reads_well", "address", 200),
    ("remark_reads_well", "remark", 500),
)
LOADED_TEXTS = (
    # what only a loaded record could carry: the error rules are stricter than these
    ("member_name_reads_well", "name", 60),
    ("id_number_reads_well", "id_number", 40),
    ("mobile_reads_well", "mobile", 40),
    ("landline_reads_well", "landline", 40),
)
WEI_OF_15 = number(11)[:6] + number(11)[8:17]
"""The number of wei in the old form of 15 digits."""

BRANCH = "a_branch_writes_what_it_was_delegated"
PLACE = "a_member_stands_in_a_branch"
TAKEN = "a_number_is_taken_once"
LOAD = "stock_comes_by_the_initial_load"
ENDED_YESTERDAY = "UPDATE field_delegation SET until = current_date - 1; "
AS_BRANCH = "SELECT act('branch.sun', 'branch@001001001001', 'test'); "
WITH_WORKBOOK = "SELECT act('county.wang', 'county@001001', 'load', %(workbook_of_county_org)s); "
FAULTY = new_member(intake="stock", mobile="110")
LEFT = "UPDATE member SET status = '3', ended_by = '36' WHERE branch_id = %(second_branch)s; "
BACK = "status = '1', began_by = '6'"
DEAD = "status = '4', ended_by = '5'"
GONE = LEFT + "UPDATE organisation SET ended = current_date WHERE id = %(second_branch)s; "
WITHOUT_RULES = "SET LOCAL session_replication_role = replica; "
SPELL = (
    "UPDATE membership_spell SET during = '[2004-07-01,)' WHERE member_id = %(wei)s; "
    "INSERT INTO membership_spell (member_id, branch_id, branch_code, status, during)"
    " VALUES (%(wei)s, %(branch_org)s, '001001001001', '1', '[2000-01-01,{}]')"
)


def changed(name: str, assignments: str) -> str:
    return f"UPDATE member SET {assignments} WHERE id = %({name})s; "


LATER = changed("wei", "full_date = '2005-07-02'")


def suspended(name: str = "wei") -> str:
    return changed(name, "status = '2', ended_by = '43', since = '2024-01-10'")


EXTENDED_ACT = (
    "SELECT act('committee.qian', 'basic@001001001', 'test', %(approval_of_committee_org)s); "
    + changed("fang", "probation_until = '2006-01-01'")
)


def delegated(field: str = "address", branch: str = "branch_org", **changes: Any) -> str:
    values = {"branch_id": Ref(branch), "branch_code": "", "field": field, "since": "2026-01-01"}
    return insert("field_delegation", **(values | changes)) + "; "


def loaded(column: str, text: str) -> str:
    return new_member(intake="stock", **{column: text})


def twin(**changes: Any) -> str:
    """A member written past all triggers."""
    row = {"id_number": number(11), "branch_code": "001001001001", "intake": "registered"}
    return WITHOUT_RULES + new_member(**(row | changes))


CASES = [
    *(
        case
        for rule, column, most in TEXTS
        for case in reads_well(rule, "member", column, most, id="%(wei)s")
    ),
    *(
        Case(rule, loaded(column, "1" * most), loaded(column, bad), note=repr(bad[:3]))
        for rule, column, most in LOADED_TEXTS
        for bad in ("1" * (most + 1), "", " 1", "1\u3000", "1\u0007")
    ),
    *(
        Case(
            f"{field}_text_stands_for_a_date",
            new_member(intake="stock", **{field: None, f"{field}_text": "1988年"}),
            new_member(intake="stock", **{f"{field}_text": "1988年"}),
        )
        for field in ("birth_date", "join_date", "full_date")
    ),
    Case(
        "destination_text_stands_for_a_region",
        changed("wei", "destination_text = '外地'"),
        changed("wei", "destination_text = '外地', destination = '110105'"),
    ),
    Case("member_is_full_or_probationary", new_member(), new_member(person_type="5")),
    Case(
        "lost_month_is_a_month",
        changed("wei", "lost_month = '2026-01-01'"),
        changed("wei", "lost_month = '2026-01-02'"),
    ),
    Case(
        "member_stands_with_the_branch",
        changed("wei", "branch_id = %(second_branch)s"),
        changed("wei", "branch_code = '001001001002'"),
    ),
    Case(
        PLACE,
        changed("wei", "branch_id = %(second_branch)s"),
        changed("wei", "branch_id = %(general_org)s"),
        note="a general branch",
    ),
    Case(PLACE, new_member(), new_member(branch_id=Ref("committee_org")), note="a committee"),
    Case(
        PLACE,
        new_member(),
        GONE + changed("wei", "branch_id = %(second_branch)s"),
        note="an abolished branch",
    ),
    Case(
        PLACE,
        LEFT + changed("jun", BACK),
        GONE + changed("jun", BACK),
        note="returns to an abolished branch",
    ),
    Case(PLACE, GONE, new_member(branch_id=-1), note="no organisation"),
    Case(TAKEN, new_member(), new_member(id_number=number(11))),
    Case(TAKEN, new_member(), new_member(id_number=number(55)), "committee", note="out of sight"),
    Case(
        TAKEN,
        changed("jun", "address = '人民路2号'"),
        changed("jun", f"id_number = '{number(11)}'"),
        note="changed",
    ),
    Case(
        TAKEN,
        changed("wei", DEAD),
        changed("wei", DEAD) + new_member(id_number=number(11)),
        note="the dead keep theirs",
    ),
    Case("id_number_is_registered_once", twin(intake="stock"), twin(), SUPERUSER),
    Case(
        "id_number_is_registered_once",
        twin(id_number=number(13)),
        twin(id_number=WEI_OF_15),
        SUPERUSER,
        note="15 digits",
    ),
    Case(
        BRANCH,
        delegated() + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        delegated() + AS_BRANCH + changed("wei", "education = '21'"),
    ),
    Case(
        BRANCH,
        delegated() + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        AS_BRANCH + changed("wei", "address = '人民路2号'"),
        note="none",
    ),
    Case(
        BRANCH,
        delegated(until="2099-01-01") + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        delegated() + ENDED_YESTERDAY + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        note="ended yesterday",
    ),
    Case(
        BRANCH,
        delegated() + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        delegated(branch="second_branch") + AS_BRANCH + changed("wei", "address = '人民路2号'"),
        note="another branch",
    ),
    Case(BRANCH, new_member(), new_member(), "committee", "branch", note="a new member"),
    Case(
        BRANCH,
        delegated() + AS_BRANCH + changed("wei", "ver = 9"),
        AS_BRANCH + changed("wei", "status = '3'"),
        note="status",
    ),
    Case(
        "key_fields_rest_on_evidence",
        "SELECT act('committee.qian', 'basic@001001001', 'test', %(approval_of_committee_org)s); " + LATER,
        LATER,
        "committee",
    ),
    Case("delegated_field_is_no_key_field", delegated("mobile"), delegated("birth_date")),
    Case(
        "field_delegation_ends_after_it_began", delegated(until="2026-01-01"), delegated(until="2025-12-31")
    ),
    Case(
        "field_delegation_follows_the_branch",
        delegated() + "UPDATE organisation SET code = '001001001098' WHERE id = %(branch_org)s",
        "ALTER TABLE field_delegation DISABLE TRIGGER delegation_keeps_the_rules; "
        + delegated(branch_code="001"),
        SUPERUSER,
    ),
    Case("fields_are_delegated_from_above", delegated(), delegated(), "committee", "branch"),
    Case(
        "fields_are_delegated_from_above",
        delegated(),
        delegated(branch="other_branch"),
        "committee",
        note="to a branch of others",
    ),
    Case(
        "fields_are_delegated_from_above",
        delegated(),
        delegated(),
        "county",
        "auditor",
        note="the auditor changes nothing",
    ),
    Case(LOAD, WITH_WORKBOOK + FAULTY, FAULTY, "county", note="without workbook"),
    Case(LOAD, WITH_WORKBOOK + FAULTY, FAULTY, "county", "committee", note="without the right"),
    Case(
        "membership_spells_do_not_overlap", SPELL.format("2004-06-30"), SPELL.format("2004-07-01"), SUPERUSER
    ),
    Case(
        "branch_count_is_not_negative",
        "UPDATE branch_count SET kept = 3",
        "UPDATE branch_count SET counted = kept + 1",
        SUPERUSER,
    ),
    Case(
        "branch_count_follows_the_branch",
        "UPDATE organisation SET code = '001001001098' WHERE id = %(branch_org)s",
        "UPDATE branch_count SET branch_code = '001001002' WHERE branch_id = %(branch_org)s",
        SUPERUSER,
    ),
    Case(
        "status_changes_by_a_legal_event",
        suspended() + changed("wei", "status = '1', began_by = '3'"),
        changed("wei", DEAD) + changed("wei", "status = '1', began_by = '3'"),
        note="restoring only after a suspension",
    ),
    Case(
        "probationary_members_are_not_suspended",
        changed("fang", "status = '3', ended_by = '37'"),
        changed("fang", "status = '2', ended_by = '43'"),
    ),
    Case("an_exit_names_its_reason", changed("wei", DEAD), changed("wei", "status = '4'"), note="none"),
    Case(
        "an_exit_names_its_reason",
        changed("wei", DEAD),
        changed("wei", "status = '4', ended_by = '31'"),
        note="of another event",
    ),
    Case(
        "an_exit_names_its_reason",
        changed("fang", "status = '3', ended_by = '37'"),
        changed("wei", "status = '3', ended_by = '37'"),
        note="of probationary members",
    ),
    Case(
        "an_exit_names_its_reason",
        suspended() + changed("wei", "status = '3', ended_by = '351', since = '2026-01-10'"),
        suspended() + changed("wei", "status = '3', ended_by = '32', since = '2026-01-10'"),
        note="after a suspension",
    ),
    Case(
        "a_return_names_its_reason",
        suspended() + changed("wei", "status = '1', began_by = '2'"),
        suspended() + changed("wei", "status = '1', began_by = '1'"),
    ),
    Case(
        "a_change_of_status_has_happened",
        changed("wei", DEAD + ", since = current_date"),
        changed("wei", DEAD + ", since = current_date + 1"),
        note="of a member",
    ),
    Case(
        "a_spell_ends_after_it_began",
        suspended() + changed("wei", DEAD + ", since = '2024-01-10'"),
        suspended() + changed("wei", DEAD + ", since = '2024-01-09'"),
    ),
    Case(
        "probation_is_extended_once",
        changed("fang", "probation_until = '2006-01-01'"),
        changed("fang", "probation_until = '2006-07-02'"),
        note="by 12 months at most",
    ),
    Case(
        "probation_is_extended_once",
        changed("fang", "probation_until = '2006-01-01'"),
        changed("fang", "probation_until = '2006-01-01'") + changed("fang", "probation_until = '2006-07-01'"),
        note="once",
    ),
    Case(
        "conversion_waits_for_the_end_of_probation",
        EXTENDED_ACT + changed("fang", "person_type = '1', full_date = '2006-01-01'"),
        EXTENDED_ACT + changed("fang", "person_type = '1', full_date = '2005-12-31'"),
        "committee",
    ),
    Case(
        "a_look_at_the_past_is_at_a_day_that_was",
        "SELECT look_at('1921-07-01')",
        "SELECT look_at(current_date + 1)",
        "branch",
        note="tomorrow",
    ),
    Case(
        "a_look_at_the_past_is_at_a_day_that_was",
        "SELECT look_at(current_date)",
        "SELECT look_at('1921-06-30')",
        "branch",
        note="before the Party was founded",
    ),
    Case(
        "membership_spell_follows_the_branch",
        "UPDATE organisation SET code = '001001001098' WHERE id = %(branch_org)s",
        "UPDATE membership_spell SET branch_code = '001' WHERE member_id = %(wei)s",
        SUPERUSER,
    ),
    Case(
        "membership_spell_is_replaced_in_an_act",
        "UPDATE membership_spell SET replaced_at = now(), replaced_in = current_act()",
        "UPDATE membership_spell SET replaced_at = now()",
        SUPERUSER,
    ),
]
