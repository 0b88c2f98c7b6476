"""Accounts, posts, tenures, permissions, sessions, and what the doors refuse."""

from typing import Any

from tests.schema.cases import SUPERUSER, Case, reads_well
from tests.schema.world import ACTORS, INSTALLER, Ref, act_text, insert

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"


def account(login: str = "new.one") -> str:
    return insert("account", login=login, name="新人", organisation_id=Ref("branch_org"))


def post(level: str, place: str, **changes: Any) -> str:
    return insert("post", level=level, organisation_id=Ref(place), organisation_code="", **changes) + "; "


def tenure(account: str = "newcomer", post: str = "branch_post", **changes: Any) -> str:
    return (
        insert(
            "tenure", **({"account_id": Ref(account), "post_id": Ref(post), "since": "2026-01-01"} | changes)
        )
        + "; "
    )


def password(account: str, digest: str = HASH) -> str:
    return f"SELECT set_password(%({account})s, '{digest}')"


def session(token: str) -> str:
    return password("newcomer") + f"; SELECT start_session('{token}', 'newcomer', '::1', 'test')"


def view(name: str | None = "我的党员", **values: Any) -> str:
    return insert("saved_view", **({"subject": "member", "name": name} | values)) + "; "


def look(whose: str, by: str = "committee") -> str:
    """With the eyes of somebody of the world, as somebody else."""
    login, post = ACTORS[by]
    return f"SELECT look_as('{login}', '{post}', '::1', %({whose}_account)s, %({whose}_post)s)"


BELOW = "a_look_is_at_a_post_below"
ABOVE = "posts_are_given_from_above"
ALONE = "technical_posts_stand_alone"
LEVEL = "a_post_has_the_level_of_its_organisation"
PASSWORD = "a_password_is_set_from_above"
ENTER = "SELECT enter('{}', '{}')"

CASES = [
    Case("login_is_taken_once", account(), account("clerk"), "committee"),
    *(
        Case("login_is_plain", account("a" * 40), account(bad), note=bad[:3])
        for bad in ("Anna", "a", "a" * 41, "-a", "王伟", "a b")
    ),
    *reads_well("account_name_reads_well", "account", "name", 60, id="%(clerk)s"),
    Case(
        "account_stands_with_its_organisation",
        "UPDATE account SET organisation_id = %(second_branch)s WHERE id = %(clerk)s",
        "UPDATE account SET organisation_code = '001001001002' WHERE id = %(clerk)s",
    ),
    Case("post_is_opened_once", post("branch", "second_branch"), post("branch", "branch_org")),
    Case(
        "post_stands_with_its_organisation",
        post("branch", "second_branch"),
        "UPDATE post SET organisation_code = '001001001002' WHERE id = %(branch_post)s",
    ),
    Case(LEVEL, post("branch", "second_branch"), post("basic", "second_branch")),
    Case(
        LEVEL,
        post("basic", "second_county_committee"),
        post("general", "second_county_committee"),
        note="may approve members",
    ),
    Case(
        LEVEL,
        post("audit", "county_org"),
        post("audit", "committee_org"),
        note="technical posts at local committees",
    ),
    Case(
        LEVEL,
        post("auditor", "county_org"),
        post("auditor", "system_org"),
        note="no auditor at a system committee",
    ),
    Case(ABOVE, post("branch", "second_branch"), post("branch", "second_branch"), "county", "system"),
    Case(ABOVE, post("county", "other_county"), post("auditor", "root"), "city", note="a technical post"),
    Case(ABOVE, post("auditor", "county_org"), post("auditor", "county_org"), "security", "system"),
    Case(ABOVE, tenure(), tenure(post="committee_post"), "committee", note="one's own organisation"),
    Case(ABOVE, tenure(), tenure(), "committee", "auditor", note="auditors give nothing"),
    Case(
        ABOVE,
        "UPDATE post SET closed = current_date WHERE id = %(branch_post)s",
        "UPDATE post SET closed = current_date WHERE id = %(committee_post)s",
        "committee",
        note="closed from above",
    ),
    Case(
        ABOVE,
        post("branch", "second_branch"),
        "UPDATE post SET level = 'branch', organisation_id = %(second_branch)s WHERE id = %(committee_post)s",
        "committee",
        note="moved down",
    ),
    Case("nobody_grants_to_themselves", tenure(), tenure("committee_account"), "committee"),
    Case(
        "a_tenure_stays_with_its_holder",
        "UPDATE tenure SET until = current_date WHERE id = %(branch_tenure)s",
        "UPDATE tenure SET account_id = %(newcomer)s WHERE id = %(branch_tenure)s",
        "committee",
    ),
    Case(ALONE, tenure(), tenure("audit_account"), note="a second post for the auditor"),
    Case(
        ALONE,
        tenure("newcomer", "audit_post"),
        tenure("clerk") + tenure("clerk", "auditor_post"),
        note="a technical post as second",
    ),
    Case(
        ALONE,
        tenure("clerk", since="2025-01-01", until="2025-12-31") + tenure("clerk", "auditor_post"),
        tenure("clerk", since="2025-01-01", until="2026-01-01") + tenure("clerk", "auditor_post"),
        note="one after the other",
    ),
    Case("tenure_ends_after_it_began", tenure(until="2026-01-01"), tenure(until="2025-12-31")),
    Case(
        "tenures_of_a_post_do_not_overlap",
        tenure(until="2026-03-31") + tenure(since="2026-04-01"),
        tenure(until="2026-03-31") + tenure(since="2026-03-31"),
    ),
    Case("password_is_hashed", password("clerk"), password("clerk", "secret")),
    Case("session_token_is_hashed", session("0" * 64), session("cookie")),
    Case(PASSWORD, password("clerk"), password("clerk"), "committee", "branch", note="from above"),
    Case(PASSWORD, password("branch_account"), password("committee_account"), "branch", note="one's own"),
    Case(
        PASSWORD,
        password("county_account"),
        password("county_account"),
        "system",
        "audit",
        note="the system administrator",
    ),
    Case(PASSWORD, password("branch_account"), password("branch_account"), "committee", "neighbour"),
    Case("only_the_installer_installs", act_text("committee"), act_text(INSTALLER), "committee"),
    Case(
        "permission_letter_is_known",
        "UPDATE permission SET letter = '-' WHERE function = 'O3' AND level = 'basic'",
        "UPDATE permission SET letter = 'w' WHERE function = 'O3' AND level = 'basic'",
        "security",
    ),
    Case(
        "permission_is_one_cell",
        insert("permission", function="S1", level="branch", letter="-", scope="none", provenance="test"),
        insert("permission", function="O3", level="basic", letter="-", scope="none", provenance="test"),
        "security",
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        ENTER.format("branch.sun", "branch@001001001001"),
        ENTER.format("branch.sun", "basic@001001001"),
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        "UPDATE tenure SET until = current_date WHERE id = %(branch_tenure)s; " + act_text("branch"),
        "UPDATE tenure SET until = current_date - 1 WHERE id = %(branch_tenure)s; " + act_text("branch"),
        note="tenure over",
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        act_text("branch"),
        "UPDATE account SET closed = current_date WHERE login = 'branch.sun'; " + act_text("branch"),
        note="account closed",
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        act_text("branch"),
        "UPDATE post SET closed = current_date WHERE id = %(branch_post)s; " + act_text("branch"),
        note="post closed",
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        "SELECT * FROM number_is_registered('1')",
        "SELECT * FROM number_is_registered('1')",
        "committee",
        "system",
        note="the number door is for those who see members",
    ),
    Case("saved_view_is_of_a_list", view(), view(subject="Member"), "committee"),
    *(
        Case("saved_view_name_reads_well", view("二" * 20), view(name), "committee", note=note)
        for note, name in (("blank", ""), ("space after", "我的 "), ("too long", "二" * 21))
    ),
    Case("saved_view_filters_are_short", view(filters='{"sex": "1"}'), view(filters="[]"), "committee"),
    Case("saved_view_shows_columns", view(shown="{name}"), view(shown="{}"), "committee"),
    Case("saved_view_sort_is_a_word", view(sort="-name"), view(sort="name desc"), "committee"),
    Case("a_view_has_a_name_of_its_own", view() + view("另一个"), view() + view(), "committee"),
    Case(
        "a_view_has_a_name_of_its_own",
        view() + "UPDATE saved_view SET taken_away = now(); " + view(),
        view(None) + view(None),
        "committee",
        note="one choice of columns, and names of views that were taken away",
    ),
    Case(BELOW, look("branch"), look("committee"), "committee", note="at one's own organisation"),
    Case(BELOW, look("committee", "county"), look("county", "committee"), note="at a superior"),
    Case(BELOW, look("committee", "city"), look("neighbour", "committee"), note="elsewhere"),
    Case(BELOW, look("county", "city"), look("auditor", "city"), note="an auditor"),
    Case(BELOW, look("branch", "county"), look("system", "county"), note="a technical administrator"),
    Case(BELOW, look("branch"), look("branch", "auditor"), note="for the auditor"),
    Case(BELOW, look("branch"), look("branch", "system"), note="for who watches accounts and no records"),
    Case(BELOW, look("branch"), look("branch", "branch"), note="for a branch, which keeps no accounts"),
    Case(
        BELOW,
        look("branch"),
        "SELECT look_as('committee.qian', 'basic@001001001', '::1', %(clerk)s, %(branch_post)s)",
        note="a person without the post",
    ),
    Case(
        BELOW,
        look("branch", "county"),
        "UPDATE tenure SET until = current_date - 1 WHERE id = %(branch_tenure)s; "
        + look("branch", "county"),
        note="a tenure that is over",
    ),
    Case(
        BELOW,
        session("1" * 64)
        .replace("newcomer", "committee.qian", 2)
        .replace("%(committee.qian)s", "%(committee_account)s")
        + "; SELECT begin_look(repeat('1', 64), %(branch_account)s, %(branch_post)s)",
        "SELECT begin_look(repeat('1', 64), %(neighbour_account)s, %(neighbour_post)s)",
        "committee",
        note="for a session",
    ),
    Case(
        "an_account_acts_in_a_post_it_holds",
        "SELECT acting_account()",
        "SELECT begin_look(repeat('2', 64), %(branch_account)s, %(branch_post)s)",
        "committee",
        note="a look without a session",
    ),
    Case(
        "nothing_is_written_while_looking",
        act_text("committee"),
        look("branch") + "; " + act_text("committee"),
        "committee",
    ),
    Case(
        "a_look_has_a_person_a_post_and_a_beginning",
        session("1" * 64)
        + "; UPDATE user_session SET look_account = account_id, look_post = %(branch_post)s,"
        " look_since = now()",
        session("1" * 64) + "; UPDATE user_session SET look_account = account_id",
        SUPERUSER,
    ),
    Case(
        "a_last_look_is_not_ahead",
        "INSERT INTO last_look (organisation_id, looked_at) VALUES (%(branch_org)s, now())",
        "INSERT INTO last_look (organisation_id, looked_at) VALUES (%(branch_org)s, now() + interval '1 s')",
        "committee",
    ),
]
