"""Every list that leaves as a file, taken out by everybody: one's own subtree, and never another's."""

import pytest

from partyadmin.operations.document import WORKBOOK
from tests.urls.counties import POSTS
from tests.urls.routes import EVERYBODY
from tests.urls.town import NOBODYS_CODE, OUTSIDERS, Town
from tests.urls.visitors import masked, table_states


@pytest.mark.usefixtures("nothing_changes")
@pytest.mark.parametrize("name", [*OUTSIDERS, "branch"])
def test_another_subtree_is_not_taken_out(town: Town, name: str) -> None:
    for route in town.walk("export"):
        places = (town.far_from(name, "organisation").code if name in OUTSIDERS else "001002", NOBODYS_CODE)
        answers = [
            town[name].post_form(route.path, {"purpose": "核对", "columns": "all"}, organisation=place)
            for place in places
        ]
        expected = 422 if name in route.allowed() else 403
        assert [answer.status_code for answer in answers] == [expected] * 2, route
        pages = [masked(answer, *places) for answer in answers]
        assert pages[0] == pages[1], route


@pytest.mark.parametrize("name", sorted(EVERYBODY))
def test_a_file_holds_ones_own_subtree_and_stands_in_the_ledger(town: Town, name: str) -> None:
    """What each file may not hold is checked by the visitor, as for every answer."""
    for route in town.walk("export"):
        sets = ("shown", "form", "all") if route.policy.create else ("shown", "all")
        for columns in sets if name in route.allowed() else ():
            before = table_states(town.watch)["export_ledger"][0]
            answer = town[name].post_form(route.path, {"purpose": "核对名册", "columns": columns})
            assert answer.status_code == 200 and answer.mimetype == WORKBOOK, route
            assert table_states(town.watch)["export_ledger"][0] == before + 1
            rows = town.watch.execute("SELECT rows, subject FROM export_ledger ORDER BY id DESC LIMIT 1")
            mine = [record for record in town.records(route.noun) if record.is_seen_by(POSTS[name])]
            assert rows.fetchone() == (len(mine), route.noun)
            town.watch.rollback()
