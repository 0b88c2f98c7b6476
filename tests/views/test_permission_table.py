"""The permission table as a matrix: on the page, on paper, as a workbook, and how it left the initial one."""

import io
import re
from html import unescape
from typing import Any

import openpyxl
import pytest

from tests.schema.world import act
from tests.views.conftest import Site

ADJUSTED, MASKED, NARROWED, ADDED = ("P8", "county"), ("P10", "county"), ("T1", "branch"), ("S2", "city")
REASON, TITLE = "按通知由县区先行标记", "关于调整权限表的通知"


def cell_of(site: Site, function: str, level: str) -> int:
    return int(
        site.rows("SELECT id FROM permission WHERE (function, level) = (%s, %s)", function, level)[0][0]
    )


def change(site: Site, who: str, cell: tuple[str, str], reason: str, document: int | None, **to: Any) -> None:
    """Changes a cell as the application's role, in an act that may name a document."""
    with site.registry.connect("app") as session:
        act(session, who, reason, document)
        columns = ", ".join(f"{name} = %s" for name in to)
        statement = f"UPDATE permission SET {columns} WHERE (function, level) = (%s, %s)"
        assert session.execute(statement, [*to.values(), *cell]).rowcount == 1


@pytest.fixture(scope="module")
def adjusted(site: Site) -> None:
    """Three cells leave the initial table, one is added, one comes back, and of one only the note changes."""
    with site.registry.connect("app") as session:
        act(session, "security", "由市委组织部直接调整")
        session.execute(
            "INSERT INTO permission (function, level, letter, scope, provenance)"
            " VALUES ('S2', 'city', 'W', 'installation', 'inferred')"
        )
    with site.registry.connect("app") as session:
        number = act(session, "city", "存档")
        insert = (
            "INSERT INTO document (kind, number, title, organisation_id, transaction_id)"
            " VALUES ('approval', '组〔2026〕12号', %s, %s, %s) RETURNING id"
        )
        (document,) = session.execute(insert, [TITLE, site.world["root"], number]).fetchone()
    change(site, "city", ADJUSTED, "先改为上报", None, letter="R", scope="report")
    change(site, "city", ADJUSTED, REASON, document, letter="W", scope="subtree")
    change(site, "security", MASKED, "名册一律遮盖", None, masked=True)
    change(site, "security", NARROWED, "=HYPERLINK(1)", None, scope="own")
    change(site, "security", ("P1", "city"), "误改", None, letter="-")
    change(site, "security", ("P1", "city"), "改回", None, letter="V")
    change(site, "security", ("P1", "county"), "备注", None, note="按附件2")


def words(markup: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def grid(page: str) -> list[list[str]]:
    """The rows of the matrix: heading, subsystems, functions with their letters and marks."""
    table = re.search(r'<table class="[\w-]+ matrix">(.*?)</table>', page, re.DOTALL)
    assert table, page
    rows = re.findall(r"<tr.*?>(.*?)</tr>", table[1], re.DOTALL)
    return [[words(cell) for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def at(site: Site, rows: list[list[str]], cell: tuple[str, str]) -> str:
    """A cell of the grid by the words of its function and level."""
    (level,) = site.rows("SELECT label_en FROM level WHERE code = %s", cell[1])[0]
    column = next(number for number, name in enumerate(rows[0]) if name.removesuffix(" my post") == level)
    return next(row[column] for row in rows if row[0].startswith(cell[0] + " "))


def of(page: str, function: str) -> str:
    """What the page of the differences tells of a function."""
    bodies = re.findall(r"<tbody>.*?</tbody>", page, re.DOTALL)
    return " | ".join(told for told in map(words, bodies) if told.startswith(function + " "))


def test_functions_stand_by_subsystem_and_a_letter_opens_its_cell(site: Site, people: Any) -> None:
    page = people("county").open("/permission/").text
    rows = grid(page)
    subsystems = site.rows("SELECT subsystem FROM permission_function GROUP BY 1 ORDER BY min(position)")
    assert [row[0] for row in rows if len(row) == 1] == [name for (name,) in subsystems]
    assert [len(row) for row in rows if len(row) > 1] == [13] * 39
    assert at(site, rows, ("O2", "basic")) == "W" and at(site, rows, ("E1", "branch")) == ""
    assert at(site, rows, ("P10", "branch")) == "X masked"
    opened = (
        f'<a href="/permission/details/?id={cell_of(site, "O2", "basic")}" title="W write · direct children">'
    )
    assert opened in page


@pytest.mark.parametrize(("who", "level"), [("county", "County"), ("security", "Security administrator")])
def test_the_column_of_the_own_post_is_marked(people: Any, who: str, level: str) -> None:
    page = people(who).open("/permission/").text
    own = [name for name in grid(page)[0] if name.endswith("my post")]
    assert own and own == [name for name in grid(page)[0] if name.startswith(level)]
    assert len(re.findall(r'<td class="own', page)) == 38


@pytest.mark.usefixtures("adjusted")
def test_a_changed_cell_tells_what_it_was(site: Site, people: Any) -> None:
    page = people("county").open("/permission/").text
    rows = grid(page)
    assert at(site, rows, ADJUSTED) == "W was - reach changed"
    assert at(site, rows, MASKED) == "X masked was not masked"
    assert at(site, rows, NARROWED) == "W reach changed"
    assert at(site, rows, ADDED) == "W added later"
    assert at(site, rows, ("P1", "city")) == "V" and at(site, rows, ("P1", "county")) == "V"
    assert len(re.findall(r'<td class="[^"]*differs', page)) == 4
    assert 'Differences <span class="count">4</span>' in page


@pytest.mark.usefixtures("adjusted")
def test_a_difference_names_actor_reason_and_document(site: Site, people: Any) -> None:
    page = people("city").open("/permission/", changed=1).text
    told = of(page, "P8")
    assert "P8 Lost-contact and mobile flags County" in told
    assert "- none W write · subtree" in told
    assert told.index("Version 3 20") < told.index("Version 2 20"), "the newest first"
    (name,) = site.rows("SELECT name FROM account WHERE login = 'city.zhang'")[0]
    assert f"{name} · City" in told and REASON in told and f"组〔2026〕12号 {TITLE}" in told
    assert "先改为上报 –" in told
    assert f'/permission/versions/?id={cell_of(site, *ADJUSTED)}&amp;right=3"' in page
    assert re.search(rf'<a href="/document/details/\?id=\d+">组〔2026〕12号 {TITLE}</a>', page)
    assert "not in the table W write · installation" in of(page, "S2")
    assert of(page, "P1") == "" and "按附件2" not in page


@pytest.mark.usefixtures("adjusted")
def test_an_act_outside_the_scope_of_the_reader_says_so(people: Any) -> None:
    county, security = (people(who).open("/permission/", changed=1).text for who in ("county", "security"))
    assert of(county, "P8").endswith("Version 3 outside your scope Version 2 outside your scope")
    assert REASON not in county and TITLE not in county
    # Who watches accounts sees the act, and no document.
    assert REASON in of(security, "P8") and "outside your scope" in of(security, "P8")
    assert TITLE not in security


@pytest.mark.usefixtures("adjusted")
@pytest.mark.parametrize("who", ["city", "county", "audit"])
def test_the_workbook_holds_what_the_pages_show(site: Site, people: Any, who: str) -> None:
    answer = people(who).open("/permission/workbook/")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["Permission table", "Differences", "Legend"]
    table, differences, legend = (
        [["" if cell.value is None else cell.value for cell in row] for row in sheet] for sheet in book
    )
    shown = grid(people(who).open("/permission/").text)
    shown[0] = [name.removesuffix(" my post") for name in shown[0]]
    assert [[cell.replace("\n", " ") for cell in row] for row in table] == [
        row + [""] * (13 - len(row)) for row in shown
    ]
    assert {cell.data_type for sheet in book for row in sheet for cell in row} <= {"s", "n"}, "no formula"
    page = words(people(who).open("/permission/", changed=1).text)
    assert len(differences) == 1 + 5
    for row in differences[1:]:
        assert all(text in page for text in row), row
    assert ["W", "write"] in legend and len(legend) == 13
    footer = book.worksheets[0].oddFooter.left.text
    assert footer.startswith("Printed by ") and book.worksheets[0].page_setup.orientation == "landscape"


@pytest.mark.usefixtures("adjusted")
def test_the_paper_is_complete(site: Site, people: Any) -> None:
    paper, page = (people("city").open(path).text for path in ("/permission/print/", "/permission/"))
    assert grid(paper) == grid(page)
    told = words(paper.split("<main")[1])
    assert "Cells that differ from the initial table: 4" in told
    assert REASON in told and TITLE in told and "another letter stood in the initial table" in told
    assert re.search(r"Printed by .* \(city\.zhang\), 20\d\d-", told)
    assert "<a " not in paper.split("<main")[1]


def test_only_the_differences_can_be_asked_for(people: Any) -> None:
    assert people("city").open("/permission/", changed="2").status_code == 400
    assert people("city").open("/permission/", changed="").status_code == 200
