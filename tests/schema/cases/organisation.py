"""Organisations and units."""

from tests.schema.cases import SUPERUSER, Case, reads_well
from tests.schema.world import CREDIT_CODE, FOUNDING, Ref, insert, new_organisation

TEXTS = (
    ("organisation_name_reads_well", "name", 120),
    ("organisation_short_name_reads_well", "short_name", 60),
    ("secretary_reads_well", "secretary", 60),
    ("contact_reads_well", "contact", 60),
    ("office_phone_reads_well", "phone", 60),
    ("external_code_reads_well", "external_code", 60),
)


def changed(name: str, assignments: str) -> str:
    return f"UPDATE organisation SET {assignments} WHERE id = %({name})s; "


def recoded(name: str, code: str) -> str:
    return changed(name, f"code = '{code}'")


def unit(name: str, **values: object) -> str:
    return (
        insert("unit", organisation_id=Ref(name), organisation_code="", **({"name": "铜陵单位"} | values))
        + "; "
    )


FREED = recoded("empty_branch", "001001001099")
ENDED = changed("empty_branch", "ended = current_date")
OWN_UNIT = changed("second_county_committee", "unit_situation = '2'")
TOUCHED = "UPDATE {} SET {} = '5550100' WHERE id = %({})s"
KEPT = "records_are_kept_by_the_maintainer"
DATED = "UPDATE organisation_spell SET during = '[2000-01-01,)' WHERE organisation_id = %(empty_branch)s; "
SECOND_SPELL = (
    "INSERT INTO organisation_spell (organisation_id, code, name, kind, during)"
    " VALUES (%(empty_branch)s, '001001001004', '旧名', '631', '[1990-01-01, {})')"
)

CASES = [
    *(
        case
        for rule, column, most in TEXTS
        for case in reads_well(rule, "organisation", column, most, id="%(empty_branch)s")
    ),
    Case(
        "code_has_three_characters_per_level",
        new_organisation(code="001001001A00"),
        new_organisation(code="001001001a00"),
    ),
    Case(
        "code_has_three_characters_per_level",
        new_organisation(code="001001001999"),
        new_organisation(code="0010010019"),
    ),
    Case("organisation_code_is_its_own", new_organisation(), new_organisation(code="001001001001")),
    Case(
        "there_is_one_root", new_organisation(), new_organisation(code="001999", parent_id=None, kind="X30")
    ),
    Case(
        "organisation_name_is_unique",
        ENDED + new_organisation(name="中共empty_branch"),
        new_organisation(name="中共empty_branch"),
    ),
    Case(
        "founded_text_stands_for_a_date",
        changed("empty_branch", "founded_text = '1998年春'"),
        changed("empty_branch", "founded_text = '1998年春', founded = '1998-04-01'"),
    ),
    Case(
        "organisation_ends_after_founding",
        changed("empty_branch", "founded = current_date, ended = current_date"),
        changed("empty_branch", "founded = current_date, ended = current_date - 1"),
    ),
    Case("organisation_sits_where_it_may", new_organisation(kind="611"), new_organisation(kind="X40")),
    Case(
        "organisation_sits_where_it_may",
        new_organisation(code="001001001003009", parent_id=Ref("general_org")),
        new_organisation(code="001001001001009", parent_id=Ref("branch_org")),
        note="under a branch",
    ),
    Case(
        "organisation_sits_where_it_may",
        changed("general_org", "kind = '611'"),
        changed("committee_org", "kind = '631', can_admit = false"),
        note="what stands below stays allowed",
    ),
    Case(
        "a_member_stands_in_a_branch",
        changed("empty_branch", "kind = '621'"),
        changed("second_branch", "kind = '621'"),
    ),
    Case(
        "admission_is_for_committees",
        new_organisation(kind="611", can_admit=True),
        new_organisation(can_admit=True),
    ),
    Case("organisation_names_its_unit", OWN_UNIT + unit("second_county_committee"), OWN_UNIT, note="none"),
    Case(
        "organisation_names_its_unit",
        changed("second_county_committee", "unit_situation = '3'") + unit("second_county_committee") * 2,
        OWN_UNIT + unit("second_county_committee") * 2,
        note="two",
    ),
    Case(
        "organisation_names_its_unit",
        "UPDATE unit SET ended = current_date; " + changed("committee_org", "unit_situation = '1'"),
        "UPDATE unit SET ended = current_date",
        note="ended",
    ),
    Case(
        "organisation_names_its_unit",
        OWN_UNIT + unit("second_county_committee"),
        unit("empty_branch"),
        note="one too many",
    ),
    Case(
        "organisation_names_its_unit",
        OWN_UNIT
        + "UPDATE unit SET organisation_id = %(second_county_committee)s; "
        + changed("committee_org", "unit_situation = '1'"),
        OWN_UNIT + "UPDATE unit SET organisation_id = %(second_county_committee)s",
        note="moved away",
    ),
    Case("an_organisation_ends_empty", ENDED, changed("branch_org", "ended = current_date"), note="members"),
    Case(
        "an_organisation_ends_empty",
        ENDED,
        changed("general_org", "ended = current_date"),
        note="a branch below",
    ),
    Case(
        "an_organisation_ends_empty",
        new_organisation(code="001001001003009", parent_id=Ref("general_org")),
        changed("general_branch", "ended = current_date")
        + changed("general_org", "ended = current_date")
        + new_organisation(code="001001001003009", parent_id=Ref("general_org")),
        note="a new one below",
    ),
    Case(
        "code_follows_the_superior",
        changed("second_branch", "code = '001001001003002', parent_id = %(general_org)s"),
        changed("second_branch", "parent_id = %(general_org)s"),
        note="moved",
    ),
    Case(
        "code_follows_the_superior",
        FREED,
        recoded("empty_branch", "001001002004"),
        note="code of another superior",
    ),
    Case(
        "code_follows_the_superior",
        FREED,
        changed("second_county_committee", "parent_id = id"),
        note="its own superior",
    ),
    Case(
        "code_follows_the_superior",
        new_organisation(kind="611"),
        insert("organisation", code="001001001009", parent_id=Ref("committee_org"), name="乙", kind="611")
        + "; "
        + changed("committee_org", "parent_id = (SELECT id FROM organisation WHERE name = '乙')"),
        note="circle of two",
    ),
    Case(
        "code_follows_the_superior",
        recoded("general_org", "001001001098") + recoded("general_branch", "001001001098001"),
        recoded("general_org", "001001001098"),
        note="those below follow",
    ),
    Case(
        "a_code_is_never_given_to_another",
        FREED + recoded("empty_branch", "001001001004"),
        FREED + new_organisation(code="001001001004"),
    ),
    Case("a_new_code_is_never_anothers", FREED, FREED + recoded("second_branch", "001001001004")),
    Case(
        "organisation_spells_do_not_overlap",
        DATED + SECOND_SPELL.format("2000-01-01"),
        DATED + SECOND_SPELL.format("2000-01-02"),
        SUPERUSER,
    ),
    Case(
        "organisation_spell_is_replaced_in_an_act",
        "UPDATE organisation_spell SET replaced_at = now(), replaced_in = current_act()",
        "UPDATE organisation_spell SET replaced_at = now()",
        SUPERUSER,
    ),
    *reads_well("unit_name_reads_well", "unit", "name", 120),
    *(
        Case(
            "credit_code_reads_well",
            OWN_UNIT + unit("second_county_committee", intake="stock", credit_code="1" * 40),
            OWN_UNIT + unit("second_county_committee", intake="stock", credit_code=bad),
            note=repr(bad[:3]),
        )
        for bad in ("1" * 41, "", " 1", "1\u3000")
    ),
    Case(
        "rule_o01",
        OWN_UNIT + unit("second_county_committee", credit_code=CREDIT_CODE),
        "UPDATE unit SET credit_code = '91110000600037341M'",
    ),
    Case(
        "rule_o02",
        OWN_UNIT + unit("second_county_committee", credit_code=CREDIT_CODE),
        changed("branch_org", "unit_situation = '2'") + unit("branch_org", credit_code=CREDIT_CODE),
    ),
    Case(
        "unit_stands_with_its_organisation",
        recoded("committee_org", "001001001"),
        "ALTER TABLE unit DISABLE TRIGGER unit_keeps_the_rules; "
        "UPDATE unit SET organisation_code = '001001002'",
        SUPERUSER,
    ),
    Case(
        KEPT,
        TOUCHED.format("organisation", "phone", "branch_org"),
        TOUCHED.format("organisation", "phone", "committee_org"),
        "committee",
    ),
    Case(
        KEPT,
        TOUCHED.format("organisation", "phone", "committee_org"),
        TOUCHED.format("organisation", "phone", "branch_org"),
        "county",
    ),
    Case(
        KEPT,
        TOUCHED.format("organisation", "phone", "county_org"),
        TOUCHED.format("organisation", "phone", "county_org"),
        "county",
        "city",
    ),
    Case(
        KEPT,
        TOUCHED.format("unit", "name", "unit"),
        TOUCHED.format("unit", "name", "unit"),
        "county",
        "committee",
        note="unit",
    ),
    Case(
        KEPT,
        FOUNDING + new_organisation(),
        new_organisation(),
        "committee",
        "county",
        note="founded by the nearest keeper",
    ),
]
