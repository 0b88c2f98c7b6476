"""Two people save one record: the second is told, keeps what was typed, and may save again on purpose."""

from typing import Any

from tests.views.visitor import shown_fields


def test_the_second_save_is_refused_with_what_changed(site: Any, people: Any) -> None:
    page = f"/member/edit/?id={site.world['wei']}"
    second = site.person("committee")
    opened = shown_fields(second.open(page).text)
    first = people("committee").fill_in(page, address="先写的", mobile="13811112222")
    assert first.status_code == 302, first.text

    answer = second.client.post(page, data=opened | {"education": "21"})
    assert answer.status_code == 409
    assert "先写的" in answer.text
    assert "138****2222" in answer.text
    assert "13811112222" not in answer.text
    merged = shown_fields(answer.text)
    assert merged["education"] == "21", "what was typed stays"
    assert merged["address"] == "先写的", "what was not touched is up to date"
    assert merged["ver"] == "2"

    again = second.client.post(page, data=merged)
    assert again.status_code == 302, again.text
    row = site.rows("SELECT education, address, mobile, ver FROM member WHERE id = %s", site.world["wei"])
    assert row == [("21", "先写的", "13811112222", 3)]


def test_a_broken_version_number_is_no_way_around(site: Any, people: Any) -> None:
    page = f"/member/edit/?id={site.world['jun']}"
    for ver in ("", "0", "abc", "99", "9" * 30):
        answer = people("committee").fill_in(page, address="x", ver=ver)
        assert answer.status_code in (409, 422), ver


def test_saving_nothing_writes_nothing(site: Any, people: Any) -> None:
    answer = people("committee").fill_in(f"/member/edit/?id={site.world['fang']}")
    assert answer.status_code == 302
    assert site.rows("SELECT ver FROM member WHERE id = %s", site.world["fang"]) == [(1,)]
