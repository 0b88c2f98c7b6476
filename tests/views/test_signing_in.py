"""Who gets in, who stays in, and in which post."""

from datetime import date
from typing import Any

import pytest

from partyadmin.identity import COOKIE
from tests.schema.world import ACTORS, INSTALLER, act
from tests.views.conftest import PASSWORD
from tests.views.visitor import Visitor


def test_the_anonymous_are_sent_to_the_sign_in(site: Any) -> None:
    answer = Visitor(site.app).open("/member/")
    assert (answer.status_code, answer.location) == (302, "/sign-in/")


def test_a_wrong_password_and_an_unknown_login_read_the_same(site: Any) -> None:
    known = Visitor(site.app).sign_in(ACTORS["city"].login, "not the password")
    unknown = Visitor(site.app).sign_in("nobody", "not the password")
    assert known.status_code == unknown.status_code == 403
    assert "Login or password is wrong." in known.text
    assert "Login or password is wrong." in unknown.text


def test_one_comes_back_to_the_page_that_was_wanted(site: Any) -> None:
    visitor = Visitor(site.app)
    visitor.open("/member/", status="1")
    assert visitor.sign_in(ACTORS["committee"].login, PASSWORD).location == "/member/?status=1"


def test_signing_out_ends_the_session_for_good(site: Any) -> None:
    visitor = site.person("committee")
    cookie = visitor.client.get_cookie(COOKIE)
    assert cookie and cookie.http_only and cookie.same_site == "Lax"
    visitor.press("/", "/sign-out/")
    visitor.client.set_cookie(COOKIE, cookie.value)
    assert visitor.open("/member/").status_code == 302


def test_a_session_ended_from_outside_is_over_at_once(site: Any) -> None:
    visitor = site.person("county")
    with site.registry.connect("superuser") as session:
        session.execute(
            "UPDATE user_session SET ended_at = now() WHERE account_id = %s", [site.world["county_account"]]
        )
    assert visitor.open("/").status_code == 302


def test_one_switches_between_ones_own_posts_only(site: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "deputy")
        owner.execute(
            "INSERT INTO tenure (account_id, post_id, since) VALUES (%s, %s, %s)",
            [site.world["neighbour_account"], site.world["branch_post"], date(2026, 1, 1)],
        )
    visitor = site.person("neighbour")
    visitor.press("/", "/switch-post/", post_id=site.world["branch_post"])
    assert "中共branch_org" in visitor.open("/").text
    visitor.press("/", "/switch-post/", post_id=site.world["city_post"])
    assert "This post is not one of yours" in visitor.open("/").text


def test_ones_own_password_is_changed_with_the_present_one(site: Any) -> None:
    visitor = site.person("system_committee")
    wrong = visitor.press("/password/", present="no", new="another long one", again="another long one")
    assert (wrong.status_code, "The present password is wrong." in wrong.text) == (422, True)
    right = visitor.press("/password/", present=PASSWORD, new="another long one", again="another long one")
    assert right.status_code == 302
    assert visitor.open("/").status_code == 200
    again = Visitor(site.app).sign_in(ACTORS["system_committee"].login, "another long one")
    assert again.status_code == 302


@pytest.mark.parametrize(
    "path", ["/sign-out/", "/switch-post/", "/language/", "/member/search/", "/member/new/"]
)
def test_nothing_is_posted_without_a_token(site: Any, people: Any, path: str) -> None:
    assert people("committee").client.post(path, data={"q": "x", "language": "en"}).status_code == 400


def test_without_a_post_there_is_the_first_page_and_no_other(site: Any) -> None:
    visitor = Visitor(site.app)
    assert visitor.sign_in("clerk", PASSWORD).status_code == 302
    assert "You hold no post today" in visitor.open("/").text
    for path in ("/member/", "/permission/", "/codes/"):
        assert visitor.open(path).status_code == 403


def test_pages_speak_chinese_until_another_language_is_chosen(site: Any) -> None:
    visitor = Visitor(site.app, english=False)
    assert 'lang="zh-CN"' in visitor.open("/sign-in/").text
    visitor.press("/sign-in/", "/language/", language="en")
    page = visitor.open("/sign-in/").text
    assert 'lang="en"' in page
    assert "Sign in" in page
    assert visitor.press("/sign-in/", "/language/", language="xx").status_code == 400
