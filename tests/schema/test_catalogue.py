"""The catalogue itself: words on everything, rights on nothing that needs none."""

from typing import Any, LiteralString

import pytest

from tests.schema.world import Connection

DOORS = set(
    "act acts_of current_order undone_act"
    " an_account_acts_in_a_post_it_holds code_of continue_job current_act document_has_scan has_password"
    " document_is_in_reach"
    " a_look_is_at_a_post_below begin_look end_look look_as look_of"
    " empty_old_jobs end_job end_session enter key_change_of key_changes_without_evidence log_sign_in"
    " branch_counts_as_of changes_below membership_as_of organisation_counts_as_of organisations_as_of"
    " newest_document person_type_as_of version_known_at"
    " next_code number_is_registered posts_of_session put_job_aside session_of"
    " set_password sign_in start_session switch_post take_job tell_job undo_act written_by".split()
)
"""What the application calls to see wider than its scope; each checks the right itself."""

SEEING_RULES = set(
    "a_post_has_the_level_of_its_organisation an_organisation_ends_empty"
    " fields_are_delegated_from_above level_of maintainer nearest_keeper posts_are_given_from_above"
    " records_are_kept_by_the_maintainer sees_accounts stock_comes_by_the_initial_load"
    " technical_posts_stand_alone".split()
)
"""Questions of rules that must be answered the same whoever asks."""

TRIGGER_FUNCTIONS = set(
    "begin_membership_spells begin_organisation_spells check_document_content"
    " check_days_of_order check_order_is_whole check_organisation_place check_units_of_organisation"
    " demand_evidence"
    " keep_account_code keep_delegation_rules keep_document_rules keep_member_rules keep_organisation_codes"
    " keep_line_rules keep_order_rules keep_ordered_account_rules keep_organisation_rules keep_place_rules"
    " keep_term_rules"
    " keep_post_rules keep_report_rules keep_tenure_rules keep_unit_rules move_due_dates"
    " move_due_dates_to_new_limits"
    " turn_membership_spell turn_organisation_spells write_first_versions write_next_version".split()
)
OPEN_TO_ALL = set(
    "calendar_day change_kind document_kind education entry_reason ethnicity exit_reason installation"
    " job_post level membership_status new_social_stratum order_state organisation_kind"
    " organisation_placement permission permission_function person_type pinyin probation_period region"
    " report_item report_kind report_state"
    " report_step rule sex status_change table_scope time_limit unit_affiliation unit_nature"
    " unit_party_status unit_situation".split()
)
"""Tables without a person or an organisation in them; their versions are as open."""

OURS = "pronamespace = 'public'::regnamespace"
WITHOUT_WORDS: dict[str, LiteralString] = {
    "tables and views": """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
           AND obj_description(oid, 'pg_class') IS NULL""",
    "columns": """
        SELECT relname || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')
           AND attnum > 0 AND NOT attisdropped AND col_description(attrelid, attnum) IS NULL""",
    "constraints": """
        SELECT conname FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')
           AND obj_description(oid, 'pg_constraint') IS NULL""",
    "unique indexes": """
        SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid
         WHERE indisunique AND relnamespace = 'public'::regnamespace
           AND obj_description(oid, 'pg_class') IS NULL
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)""",
    "types": """
        SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
           AND obj_description(oid, 'pg_type') IS NULL""",
    "triggers": """
        SELECT tgname FROM pg_trigger
         WHERE NOT tgisinternal AND obj_description(oid, 'pg_trigger') IS NULL""",
    "functions": """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
           AND obj_description(oid, 'pg_proc') IS NULL""",
}


def names(session: Connection, query: str, *values: Any) -> set[str]:
    return {row[0] for row in session.execute(query.encode(), values).fetchall()}


TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"


@pytest.mark.parametrize("kind", WITHOUT_WORDS)
def test_everything_is_explained(kind: str, owner: Connection) -> None:
    assert names(owner, WITHOUT_WORDS[kind]) == set()


def test_a_comment_is_a_sentence_or_a_label(owner: Connection) -> None:
    """A refusal ends with a full stop; a label does not, since it heads a column."""
    sentences = """
        SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')"""
    labels = """
        SELECT col_description(attrelid, attnum) FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"""
    assert {text for text in names(owner, sentences) if not text.endswith(".")} == set()
    assert {text for text in names(owner, labels) if text.endswith(".") or text[0].islower()} == set()


def test_row_security_is_forced_on_every_table(owner: Connection) -> None:
    assert names(owner, TABLES + " AND NOT (relrowsecurity AND relforcerowsecurity)") == set()


def test_every_table_says_how_its_scope_is_found(owner: Connection) -> None:
    tables = names(owner, TABLES)
    assert names(owner, "SELECT table_name FROM table_scope") == tables
    assert names(owner, "SELECT DISTINCT polrelid::regclass::text FROM pg_policy") == tables
    assert names(owner, "SELECT table_name FROM table_scope WHERE reading = 'true'") == OPEN_TO_ALL


def test_the_application_deletes_and_owns_nothing(owner: Connection) -> None:
    rights = "has_table_privilege('partyadmin_app', oid, %s)"
    for right in ("DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"):
        assert names(owner, f"{TABLES} AND {rights}", right) == set()
    assert names(owner, "SELECT relname FROM pg_class WHERE relowner = 'partyadmin_app'::regrole") == set()
    assert names(owner, "SELECT proname FROM pg_proc WHERE proowner = 'partyadmin_app'::regrole") == set()
    create = "SELECT nspname FROM pg_namespace WHERE has_schema_privilege(%s, oid, 'CREATE')"
    assert names(owner, create, "partyadmin_app") == set()
    assert not names(owner, create, "keeper") - {"pg_temp"}


def test_the_owner_cannot_delete_by_an_open_right(owner: Connection) -> None:
    for right in ("DELETE", "TRUNCATE"):
        assert names(owner, TABLES + " AND has_table_privilege('partyadmin_owner', oid, %s)", right) == set()


def test_every_granted_write_has_its_policy(owner: Connection) -> None:
    for right, sign in (("INSERT", "a"), ("UPDATE", "w")):
        granted = names(owner, TABLES + " AND has_any_column_privilege('partyadmin_app', oid, %s)", right)
        policies = """
            SELECT polrelid::regclass::text FROM pg_policy
             WHERE polcmd = %s AND 'partyadmin_app'::regrole = ANY (polroles)"""
        assert names(owner, policies, sign) == granted


def test_the_doors_are_these_and_no_others(owner: Connection) -> None:
    definers = f"SELECT proname FROM pg_proc WHERE {OURS} AND prosecdef"
    triggers = names(owner, definers + " AND prorettype = 'trigger'::regtype")
    assert triggers == TRIGGER_FUNCTIONS
    assert names(owner, definers) - triggers == DOORS | SEEING_RULES
    assert names(owner, definers + " AND proowner <> 'keeper'::regrole") == set()
    assert (
        names(
            owner,
            f"SELECT proname FROM pg_proc WHERE {OURS} AND NOT prosecdef AND proowner = 'keeper'::regrole",
        )
        == set()
    )
    fixed = " AND NOT coalesce('search_path=public, pg_temp' = ANY (proconfig), false)"
    assert names(owner, definers + fixed) == set()


def test_views_read_with_the_eyes_of_the_reader_or_show_their_scope_behind_a_barrier(
    owner: Connection,
) -> None:
    views = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v'"
    own_eyes = names(owner, views + " AND 'security_invoker=true' = ANY (reloptions)")
    assert own_eyes == {"key_change", "lineage", "past_member"}
    barred = " AND relowner = 'keeper'::regrole AND 'security_barrier=true' = ANY (reloptions)"
    assert names(owner, views + barred) == {"organisation_directory", "owed_scan"}
    assert names(owner, views + barred) == names(owner, views) - own_eyes
    for right in ("INSERT", "UPDATE", "DELETE"):
        assert names(owner, views + " AND has_table_privilege('partyadmin_app', oid, %s)", right) == set()


def test_public_may_execute_nothing(owner: Connection) -> None:
    granted = f"SELECT proname FROM pg_proc WHERE {OURS} AND has_function_privilege('public', oid, 'EXECUTE')"
    assert names(owner, granted) == set()


def test_no_login_sees_with_the_eyes_of_the_keeper(owner: Connection) -> None:
    able = (
        "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'keeper', %s)"
    )
    assert names(owner, able, "USAGE") == set()
    assert names(owner, able, "MEMBER") == {"partyadmin_owner"}
    strong = "SELECT rolname FROM pg_roles WHERE rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
    assert not names(owner, strong) & {"partyadmin_owner", "partyadmin_app", "keeper"}
    assert names(owner, "SELECT rolname FROM pg_roles WHERE rolname = 'keeper' AND rolcanlogin") == set()


def test_a_copy_of_the_code_follows_the_organisation(owner: Connection) -> None:
    keys = """
        SELECT conname FROM pg_constraint WHERE contype = 'f' AND confrelid = 'organisation'::regclass
           AND cardinality(conkey) = 2"""
    assert len(names(owner, keys)) == 10
    assert names(owner, keys + " AND (confupdtype <> 'c' OR condeferrable)") == set()
    copies = """
        SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
           AND attname IN ('organisation_code', 'branch_code', 'maker_code')
           AND right(relname, 8) <> '_version'"""
    holders = names(owner, f"SELECT conrelid::regclass::text FROM pg_constraint WHERE conname IN ({keys})")
    assert names(owner, copies) == holders


def test_what_follows_a_code_is_found_by_an_index(owner: Connection) -> None:
    bare = """
        SELECT conname FROM pg_constraint WHERE contype = 'f' AND confupdtype = 'c' AND NOT EXISTS (
          SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = ANY (conkey) AND indpred IS NULL)"""
    assert names(owner, bare) == set()


def test_rules_never_answer_null(owner: Connection) -> None:
    rules = f"SELECT oid::regprocedure::text FROM pg_proc WHERE {OURS} AND proname ~ '^rule_[mo][0-9]+$'"
    signatures = names(owner, rules)
    assert len(signatures) == 21
    for signature in signatures:
        name, arguments = signature.removesuffix(")").split("(")
        nothing = ", ".join(f"NULL::{kind}" for kind in arguments.split(","))
        answer = owner.execute(f"SELECT {name}({nothing})".encode()).fetchone()
        assert answer in [(True,), (False,)], signature
    volatile = f"{rules} AND provolatile <> 'i' AND proname <> 'rule_o02'"
    assert names(owner, volatile) == set()
