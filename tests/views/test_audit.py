"""Acts and the access log: narrowed by period and person, paged by time, and what an act wrote."""

import re
from html import unescape
from typing import Any

import pytest

from partyadmin.views.written import MOST_LISTED
from tests.schema.world import INSTALLER, act, new_member, number, run
from tests.views.conftest import Site
from tests.views.visitor import Visitor

LISTS = {"transaction": "/transaction/", "access_log": "/access_log/"}
_ROW = re.compile(r'<tr><td><a href="[^"]+/details/\?id=(\d+)">([^<]+)<')
_NEXT = re.compile(r'rel="next" href="([^"]+)"')


def rows(visitor: Visitor, path: str, **asked: str) -> list[tuple[int, str]]:
    """Key and first cell of each row, page after page."""
    answer = visitor.open(path, **asked)
    assert answer.status_code == 200, answer.text
    found = [(int(key), told) for key, told in _ROW.findall(answer.text)]
    following = _NEXT.search(answer.text)
    return found + (rows(visitor, unescape(following[1])) if following else [])


@pytest.fixture(scope="module")
def traces(site: Site, people: Any) -> Site:
    """Sixty acts of a committee, a refusal of a branch for each, and one act of a neighbour."""
    with site.registry.connect("app") as app:
        for serial in range(60):
            act(app, "committee", f"act {serial}")
            app.commit()
        act(app, "neighbour", "elsewhere")
    for _ in range(60):
        assert people("branch").open("/access_log/").status_code == 403
    return site


@pytest.mark.parametrize("noun", LISTS)
def test_traces_page_by_time_newest_first(traces: Site, people: Any, noun: str) -> None:
    found = rows(people("auditor"), LISTS[noun])
    assert len(found) > 50
    at = "issued_at" if noun == "transaction" else "logged_at"
    expected = traces.rows(f"SELECT id FROM {noun} ORDER BY {at} DESC, id DESC")
    known = [key for key, _ in found]
    assert len(known) == len(set(known))
    assert known == [key for (key,) in expected if key in known], "in the order of time"
    assert [told for _, told in found] == sorted((told for _, told in found), reverse=True)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"person": "committee"}, 60), ({"person": "committee.qian"}, 60), ({"person": "neighbour"}, 1),
        ({"person": "commit"}, 0), ({"person": "nobody"}, 0),
        ({"person": "committee", "since": "2999-01-01"}, 0),
        ({"person": "committee", "until": "2000-01-01"}, 0),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("traces")
def test_acts_are_narrowed_by_person_and_period(people: Any, asked: dict[str, str], count: int) -> None:
    assert len(rows(people("auditor"), "/transaction/", **asked)) == count


def test_a_day_is_a_day_of_the_registry(traces: Site, people: Any) -> None:
    (today,) = traces.rows("SELECT current_date::text")[0]
    asked = {"person": "committee", "since": today, "until": today}
    assert len(rows(people("auditor"), "/transaction/", **asked)) == 60
    refused = rows(people("audit"), "/access_log/", kind="refused", person="branch.sun", since=today)
    assert len(refused) == 60


@pytest.mark.parametrize("path", LISTS.values())
@pytest.mark.parametrize("asked", [{"since": "x"}, {"until": "2026-02-30"}, {"person": "x" * 200}])
def test_what_cannot_be_read_is_refused_plainly(people: Any, path: str, asked: dict[str, str]) -> None:
    assert people("auditor").open(path, **asked).status_code == 400


def written(visitor: Visitor, number_of_act: int) -> str:
    """The section of an act's page that tells what it wrote."""
    answer = visitor.open("/transaction/details/", id=str(number_of_act))
    assert answer.status_code == 200
    return str(answer.text.split("What this act wrote")[1].split("</section>")[0])


def last_act(site: Site) -> int:
    return int(site.rows("SELECT max(id) FROM transaction")[0][0])


def test_the_page_of_an_act_leads_to_what_it_wrote(site: Site, people: Any) -> None:
    wei = site.world["wei"]
    answer = people("committee").fill_in(f"/member/edit/?id={wei}", address="新址", reason="moved")
    assert answer.status_code == 302, answer.text
    number_of_act = last_act(site)
    told = written(people("auditor"), number_of_act)
    href = f"/member/versions/?id={wei}&right=2"
    assert f'<a href="{href.replace("&", "&amp;")}">王伟</a>' in told and told.count("<tr>") == 2
    assert "Address" not in told and "新址" not in told
    assert "1 fields changed" in people("auditor").open(href).text
    assert "Only what your post may read is listed." in told


def test_a_technical_auditor_learns_which_member_and_nothing_else(site: Site, people: Any) -> None:
    wei = site.world["wei"]
    answer = people("committee").fill_in(f"/member/edit/?id={wei}", address="别处", reason="moved")
    assert answer.status_code == 302, answer.text
    told = written(people("audit"), last_act(site))
    assert f"<td>#{wei}</td>" in told and told.count("<tr>") == 2 and "href" not in told
    assert "王伟" not in told and "别处" not in told


def test_a_technical_auditor_learns_which_account_and_no_name(site: Site, people: Any) -> None:
    answer = people("system").fill_in(
        f"/account/edit/?id={site.world['clerk']}", name="A Person of Note", reason="married"
    )
    assert answer.status_code == 302, answer.text
    told = written(people("audit"), last_act(site))
    assert f">#{site.world['clerk']}</a>" in told and "A Person of Note" not in told


def test_a_changed_cell_of_the_permission_table_is_named(site: Site, people: Any) -> None:
    cell = site.rows("SELECT id FROM permission WHERE function = 'P4' AND level = 'county'")[0][0]
    for letter in ("V", "-"):
        page = f"/permission/edit/?id={cell}"
        assert people("security").fill_in(page, letter=letter, reason="trial").status_code == 302
    told = written(people("audit"), last_act(site))
    assert ">P4 Change other basic fields · " in told and "/permission/versions/?id=" in told


def test_what_an_act_wrote_is_bounded(site: Site, people: Any) -> None:
    with site.registry.connect("app") as app:
        many = act(app, "committee", "many at once")
        for serial in range(MOST_LISTED + 1):
            run(app, new_member(id_number=number(401 + 2 * serial)), site.world)
    told = written(people("auditor"), many)
    assert told.count("/member/versions/") == MOST_LISTED
    assert f"This act wrote more than {MOST_LISTED} versions; {MOST_LISTED} of them are listed." in told


def test_codes_are_told_by_their_labels(site: Site, people: Any) -> None:
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "a new word")
        owner.execute("UPDATE sex SET label_en = 'Man' WHERE code = '1'")
        owner.execute(
            "UPDATE calendar_day SET label_en = 'a day' WHERE day = (SELECT min(day) FROM calendar_day)"
        )
    told = written(people("audit"), last_act(site))
    assert "/codes/sex/versions/?id=1&amp;right=2" in told
    assert re.search(r"/codes/calendar_day/versions/\?id=\d{4}-\d\d-\d\d&amp;right=2", told)
