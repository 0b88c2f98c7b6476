"""Why one may, and why one may not: told from the permission table beside each action."""

import re
from html import unescape
from typing import Any

import pytest

from tests.views.conftest import Site


def why(page: str, action: str) -> str:
    """The sheet that explains an action, as words."""
    found = re.search(rf"<b>You may( not)?: {action}</b>.*?</div>", page, re.DOTALL)
    assert found, page
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[0])).split())


def member(site: Site) -> str:
    return f"/member/details/?id={site.world['wei']}"


def test_what_one_may_do_says_by_which_letter(site: Site, people: Any) -> None:
    page = people("committee").open(member(site)).text
    assert '<a class="button main" href="/member/edit/' in page
    told = why(page, "Edit")
    assert told.startswith("You may: Edit")
    assert "P3 Change key fields" in told and "W write" in told and "own subtree" in told


def test_what_one_may_not_do_stays_grey_with_the_levels_that_may_and_whom_to_ask(
    site: Site, people: Any
) -> None:
    page = people("county").open(member(site)).text
    assert "/member/edit/" not in page
    assert '<span class="button locked" role="button" aria-disabled="true">Edit</span>' in page
    told = why(page, "Edit")
    assert '"P4 Change other basic fields" needs "W write", held by: Basic committee' in told
    assert 'Your post has "- none"' in told
    assert "Ask 中共root" in told


def test_at_the_top_one_asks_who_keeps_the_table(site: Site, people: Any) -> None:
    told = why(people("auditor").open(member(site)).text, "Edit")
    assert "The permission table is kept by: Security administrator." in told


def test_the_reason_follows_the_table(site: Site, people: Any) -> None:
    cell = site.rows("SELECT id FROM permission WHERE function = 'P4' AND level = 'county'")[0][0]
    page = f"/permission/edit/?id={cell}"
    assert people("security").fill_in(page, letter="W").status_code == 302
    assert why(people("county").open(member(site)).text, "Edit").startswith("You may: Edit")
    assert people("security").fill_in(page, letter="-").status_code == 302
    assert why(people("county").open(member(site)).text, "Edit").startswith("You may not: Edit")


@pytest.mark.parametrize(
    ("who", "page", "button", "needed"),
    [
        ("branch", "/member/", "New", "P2 Add a member"),
        ("county", "/member/", "New", "P2 Add a member"),
        ("branch", "/organisation/", "New change order", "O2 Establish a subordinate organisation"),
        ("committee", "/codes/sex/", "New", "A5 Maintain code lists and work calendar"),
        ("committee", "/export_ledger/", "Upload a workbook", "E1 Initial load of existing records"),
    ],
)
def test_a_list_says_why_nothing_new_can_be_entered(
    people: Any, who: str, page: str, button: str, needed: str
) -> None:
    html = people(who).open(page).text
    assert f'<span class="button locked" role="button" aria-disabled="true">{button}</span>' in html
    assert needed in why(html, button) and "Ask " in why(html, button)
    assert 'class="button main"' not in html, "one cannot press what one may not do"


def test_a_list_opens_the_form_where_one_may(people: Any) -> None:
    page = people("committee").open("/member/").text
    assert '<a class="button main" href="/member/new/">New</a>' in page
    assert why(page, "New").startswith("You may: New") and "P2 Add a member" in why(page, "New")
    assert "Upload a workbook" in why(people("county").open("/export_ledger/").text, "Upload a workbook")
    assert people("branch").open("/member/new/").status_code == 403, "grey or not, the form stays closed"


def test_what_nobody_enters_has_no_button(people: Any) -> None:
    assert ">New<" not in people("audit").open("/access_log/").text


def test_an_obstacle_outside_the_table_is_told_too(site: Site, people: Any) -> None:
    own = f"/account/details/?id={site.world['committee_account']}"
    told = why(people("committee").open(own).text, "New password")
    assert told.startswith("You may not: New password You change your own password")
    below = f"/account/details/?id={site.world['branch_account']}"
    assert why(people("committee").open(below).text, "New password").startswith("You may: New password")


@pytest.mark.parametrize(
    ("who", "function", "letter", "holders"),
    [
        ("branch", "P4 Change other basic fields", "R report", "Basic committee, Branch"),
        ("auditor", "A4 Read the audit trail", "V view", "only to be looked at"),
        ("security", "S2 Grant and revoke posts", "W write", "Security administrator"),
    ],
)
def test_everybody_finds_all_that_their_post_may_do(
    people: Any, who: str, function: str, letter: str, holders: str
) -> None:
    page = people(who).open("/permission/mine/").text
    row = next(row for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL) if function in row)
    assert letter in row and holders in row
    assert len(re.findall(r'<th scope="row">', page)) == 38
