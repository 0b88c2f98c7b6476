"""Key-field changes for auditors: who sees which, in what period, by whom, and samples drawn again."""

import io
import re
from html import unescape
from typing import Any

import openpyxl
import pytest

from partyadmin.identity import hash_password
from tests.schema.world import INSTALLER, Ref, act, insert, new_member, number, run
from tests.views.conftest import PASSWORD, Site
from tests.views.visitor import Visitor

PAGE = "/key_change/"
OURS, THEIRS = 68, 6
"""Changes below the first county, the oldest of them of long ago, and below the other county."""
ALL = OURS + THEIRS
LONG_AGO, DAY_BEFORE = "2020-02-29", "2020-02-28"
_ROW = re.compile(r'<tr><td><a href="(/member/versions/[^"]+)">')
_NEXT = re.compile(r'rel="next" href="([^"]+)"')


def correct(site: Site, who: str, place: str, most: int = 1000) -> None:
    """Sets the joining dates of members in the scope of a post that were not set before."""
    with site.registry.connect("app") as app:
        act(app, who, f"as the papers of {place} say")
        query = (
            "UPDATE member SET join_date = '2004-06-30' WHERE id IN (SELECT id FROM member"
            " WHERE join_date <> '2004-06-30' ORDER BY id LIMIT %s) RETURNING id"
        )
        for (member,) in app.execute(query, [most]).fetchall():
            paper = Ref(f"approval_of_{place}")
            proof = insert("evidence", subject_id=Ref("changed"), field="join_date", document_id=paper)
            run(app, proof, site.world | {"changed": member})


@pytest.fixture(scope="module")
def changed(site: Site) -> Site:
    """The members of two committees, corrected by each of them; and an auditor of the first county."""
    with site.registry.connect("owner") as owner:
        act(owner, INSTALLER, "more people")
        for serial in range(ALL - 4):
            branch = Ref("branch_org" if serial < OURS - 3 else "other_branch")
            run(owner, new_member(branch_id=branch, id_number=number(201 + 2 * serial)), site.world)
        county = Ref("county_org")
        account = insert("account", login="county.auditor", name="county auditor", organisation_id=county)
        post = insert("post", level="auditor", organisation_id=county, organisation_code="")
        ids = site.world | {
            "account": run(owner, account + " RETURNING id", site.world)[0][0],
            "post": run(owner, post + " RETURNING id", site.world)[0][0],
        }
        tenure = {"account_id": Ref("account"), "post_id": Ref("post"), "since": "2020-01-01"}
        run(owner, insert("tenure", **tenure), ids)
        owner.execute("SELECT set_password(%s, %s)", [ids["account"], hash_password(PASSWORD)])
    correct(site, "county", "committee_org", most=1)
    correct(site, "committee", "committee_org")
    correct(site, "neighbour", "other_committee")
    with site.registry.connect("superuser") as superuser:
        superuser.execute("SET session_replication_role = replica")
        # Half past midnight in the registry's zone, when the day before still lasts in others.
        long_ago = "UPDATE evidence SET written_at = %s::date + time '00:30' WHERE id = 1"
        superuser.execute(long_ago, [LONG_AGO])
    return site


@pytest.fixture(scope="module")
def county_auditor(changed: Site) -> Visitor:
    visitor = Visitor(changed.app)
    assert visitor.sign_in("county.auditor", PASSWORD).status_code == 302
    return visitor


def rows(visitor: Visitor, path: str = PAGE, **asked: str) -> list[str]:
    """Where the rows of a list lead, page after page."""
    answer = visitor.open(path, **asked)
    assert answer.status_code == 200, answer.text
    found = [unescape(href) for href in _ROW.findall(answer.text)]
    following = _NEXT.search(answer.text)
    return found + (rows(visitor, unescape(following[1])) if following else [])


def drawn(visitor: Visitor, draw: str, seed: str, **asked: str) -> str:
    """The address of a sample."""
    answer = visitor.open(PAGE, draw=draw, seed=seed, **asked)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_the_last_thirty_days_are_listed_where_nothing_is_asked(changed: Site, people: Any) -> None:
    auditor = people("auditor")
    first = auditor.open(PAGE).text
    (since,) = changed.rows("SELECT (current_date - 30)::text")[0]
    assert f"From <b>{since}</b>" in first
    assert len(set(rows(auditor))) == ALL - 1
    assert len(set(rows(auditor, since=""))) == ALL, "every page of it"
    away = re.search(r'From <b>[^<]*</b><a href="([^"]+)"', first)
    assert away and len(rows(auditor, unescape(away[1]))) == ALL
    everything = re.search(r'href="([^"]+)">Show all<', first)
    assert everything and len(rows(auditor, unescape(everything[1]))) == ALL


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"since": LONG_AGO, "until": LONG_AGO}, 1),
        ({"until": LONG_AGO}, 1),
        ({"since": "2020-01-01", "until": DAY_BEFORE}, 0),
        ({"since": "2020-03-01"}, ALL - 1),
        ({"field": "join_date"}, ALL - 1), ({"field": "birth_date"}, 0),
        ({"has_scan": "0"}, ALL - 1), ({"has_scan": "1"}, 0),
        ({"person": "neighbour"}, THEIRS), ({"person": "neighbour.li"}, THEIRS),
        ({"person": "neigh"}, 0), ({"person": "nobody"}, 0),
        ({"organisation": "001003"}, THEIRS), ({"organisation": "001001", "since": ""}, OURS),
        ({"directly": "001003"}, 0), ({"directly": "001003001"}, THEIRS),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("changed")
def test_filters_narrow_the_changes(people: Any, asked: dict[str, str], count: int) -> None:
    assert len(rows(people("auditor"), **asked)) == count


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "x"}, {"since": "2026-02-30"}, {"until": "0001-01-01"}, {"until": "9999-12-31"},
        {"field": "name"}, {"has_scan": "2"}, {"sample": "0-1-1"}, {"sample": "5-x-1"},
        {"sample": "5-1-9999999999999999999"}, {"person": "x" * 200}, {"organisation": "'"},
        {"after": "WyIyMDI2LTExLTI1IDAwOjAwOjAwIiwgMV0"}, {"after": "WyJ4IiwgMV0"},
    ],
)  # fmt: skip
@pytest.mark.usefixtures("changed")
def test_what_cannot_be_read_is_refused_plainly(people: Any, asked: dict[str, str]) -> None:
    answer = people("auditor").open(PAGE, **asked)
    assert answer.status_code == 400 and "SELECT" not in answer.text


def test_nobody_sees_changes_of_another_subtree(county_auditor: Visitor, people: Any) -> None:
    for visitor in (county_auditor, people("county"), people("committee")):
        assert len(rows(visitor, since="")) == OURS
        for asked in ({"organisation": "001003"}, {"person": "neighbour"}):
            page = visitor.open(PAGE, **asked)
            assert page.status_code == 200 and "Nothing here matches." in page.text
            assert "other_committee" not in page.text
    assert len(rows(people("neighbour"))) == THEIRS
    theirs = rows(people("neighbour"))[0]
    assert county_auditor.open(theirs).status_code == 404


@pytest.mark.usefixtures("changed")
def test_what_a_superior_changed_is_found_by_its_name(people: Any) -> None:
    assert people("committee").open("/account/", login="county").text.count("county.wang") == 0
    for who, login in (("committee", 0), ("auditor", 1)):
        assert len(rows(people(who), person="county", since="")) == 1, who
        assert len(rows(people(who), person="county.wang", since="")) == login, who
    assert len(rows(people("neighbour"), person="county", since="")) == 0


@pytest.mark.usefixtures("changed")
def test_the_permission_table_says_who_reads_it(people: Any) -> None:
    for who in ("branch", "system", "security", "audit"):
        assert people(who).open(PAGE).status_code == 403, who
        assert PAGE not in people(who).open("/").text


@pytest.mark.usefixtures("changed")
def test_a_row_leads_to_its_versions_side_by_side(people: Any) -> None:
    page = people("auditor").open(rows(people("auditor"))[0])
    assert page.status_code == 200 and "Version 1 beside version 2" in page.text
    assert "2004-<b>06-30</b>" in page.text and "paper" in page.text


def test_a_sample_is_drawn_again_by_its_seed(changed: Site, people: Any) -> None:
    auditor, city = people("auditor"), people("city")
    address = drawn(auditor, "7", "42")
    found = rows(auditor, address)
    all_of_them = drawn(auditor, "999", "42")
    assert len(set(found)) == 7 and set(found) < set(rows(auditor))
    assert "7 rows, seed 42" in auditor.open(address).text
    assert rows(city, drawn(city, "7", "42")) == found, "another person draws the same"
    assert rows(auditor, drawn(auditor, "7", "43")) != found
    assert len(rows(auditor, drawn(auditor, "99", "42", person="neighbour"))) == THEIRS
    with changed.registry.connect("owner") as owner:
        act(owner, INSTALLER, "one more")
        run(owner, new_member(branch_id=Ref("other_branch"), id_number=number(801)), changed.world)
    correct(changed, "neighbour", "other_committee")
    assert len(rows(auditor)) == ALL
    assert rows(auditor, address) == found, "a later change is not drawn into it"
    assert len(rows(auditor, all_of_them)) == ALL - 1
    # What follows counts the changes of the beginning.
    with changed.registry.connect("superuser") as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute("DELETE FROM evidence WHERE id = (SELECT max(id) FROM evidence)")
        superuser.execute("DELETE FROM member_version WHERE id = (SELECT max(id) FROM member) AND ver = 2")


@pytest.mark.usefixtures("changed")
def test_a_sample_of_a_narrower_scope_is_drawn_from_it(county_auditor: Visitor, people: Any) -> None:
    address = drawn(people("auditor"), "60", "42")
    assert len(rows(people("auditor"), address)) == 60
    ours = set(rows(county_auditor))
    assert 0 < len(rows(county_auditor, address)) <= 60 and set(rows(county_auditor, address)) <= ours


@pytest.mark.usefixtures("changed")
def test_a_sample_without_a_seed_shows_the_one_it_was_drawn_by(people: Any) -> None:
    address = drawn(people("auditor"), "3", "")
    seed = re.search(r"sample=3-(\d+)-", address)
    assert seed and f"seed {seed[1]}" in people("auditor").open(address).text
    assert rows(people("auditor"), drawn(people("auditor"), "3", seed[1])) == rows(people("auditor"), address)


@pytest.mark.parametrize(
    ("draw", "seed", "said"),
    [
        ("0", "", "Rows of the sample"), ("1000", "", "Rows of the sample"), ("²", "1", "Rows of the sample"),
        ("x", "1", "Rows of the sample"), ("5", "abc", "Seed"), ("5", "1" * 10, "Seed"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("changed")
def test_a_wish_that_is_none_is_told_and_the_filters_stay(
    people: Any, draw: str, seed: str, said: str
) -> None:
    asked = {"draw": draw, "seed": seed, "organisation": "001003"}
    answer = people("auditor").open(PAGE, **asked)
    assert answer.status_code == 200 and f"{said}: &#34;" in answer.text
    assert len(rows(people("auditor"), **asked)) == THEIRS


def test_a_sample_leaves_as_excel_by_the_right_of_the_post(changed: Site, people: Any) -> None:
    for who, right in (("auditor", "A4"), ("committee", "P10")):
        address = drawn(people(who), "5", "7")
        sample = [re.findall(r"\d+", href)[0] for href in rows(people(who), address)]
        page = address.replace(PAGE, PAGE + "export/")
        answer = people(who).fill_in(page, purpose="weekly look", columns="all")
        assert answer.status_code == 200, (who, right, answer.text)
        book = openpyxl.load_workbook(io.BytesIO(answer.data))
        headings, *cells = book.worksheets[0].iter_rows(values_only=True)
        assert len(cells) == 5 and headings[:4] == ("Changed at", "Member", "Branch", "Key field")
        assert cells[0][3:6] == ("Joining date", "2004-07-01", "2004-06-30")
        told = changed.rows("SELECT subject, rows, filters FROM export_ledger ORDER BY id DESC LIMIT 1")[0]
        assert told[:2] == ("key_change", 5) and "seed 7" in told[2][-1]
        names = changed.rows("SELECT name FROM member WHERE id = ANY(%s::bigint[])", sample)
        assert {row[1] for row in cells} == {name for (name,) in names}


@pytest.mark.usefixtures("changed")
def test_a_saved_view_of_the_usual_period_moves_on(changed: Site, people: Any) -> None:
    city = people("city")
    kept = city.press(PAGE, "/key_change/views/", called="unscanned", has_scan="0", since=LONG_AGO)
    assert kept.status_code == 302
    today = changed.rows("SELECT (current_date - 30)::text")[0][0]
    kept = city.press(PAGE, "/key_change/views/", called="usual", has_scan="0", since=today)
    kept = city.press(PAGE, "/key_change/views/", called="ever", has_scan="0", since="")
    saved = changed.rows("SELECT name, filters FROM saved_view WHERE subject = 'key_change'")
    assert dict(saved) == {
        "unscanned": {"has_scan": "0", "since": LONG_AGO},
        "usual": {"has_scan": "0"},
        "ever": {"has_scan": "0", "since": ""},
    }


def test_changes_without_evidence_are_counted_on_the_page(
    changed: Site, county_auditor: Visitor, people: Any
) -> None:
    assert "Changes without evidence in this period: 0" in people("auditor").open(PAGE).text
    with changed.registry.connect("superuser") as superuser:
        superuser.execute("SET session_replication_role = replica")
        columns = superuser.execute(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'member_version'::regclass"
            " AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('ver', 'birth_date', 'transaction_id')"
        ).fetchone()
        act(superuser, INSTALLER, "around the rules")
        forged = (
            f"INSERT INTO member_version ({columns[0]}, ver, birth_date, transaction_id)"
            f" SELECT {columns[0]}, 3, '1981-01-01', current_act() FROM member_version"
            " WHERE id = %s AND ver = 2"
        )
        superuser.execute(forged.encode(), [changed.world["far"]])
    page = people("auditor").open(PAGE).text
    assert "Changes without evidence in this period: 1" in page
    assert f"/member/versions/?id={changed.world['far']}&amp;right=3" in page
    assert "Changes without evidence in this period: 1" in people("auditor").open(PAGE, since="").text
    for visitor, asked in (
        (county_auditor, {}),
        (people("auditor"), {"organisation": "001001"}),
        (people("auditor"), {"until": LONG_AGO}),
    ):
        assert "Changes without evidence in this period: 0" in visitor.open(PAGE, **asked).text
