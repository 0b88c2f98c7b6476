"""A small party that the schema tests act in: one root, two counties, a system committee, three branches."""

import json
from datetime import date
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from tests.schema.slow import id_number

Connection = psycopg.Connection[Any]


class Actor(NamedTuple):
    login: str
    post: str | None


INSTALLER = "installer"
ACTORS = {
    INSTALLER: Actor("installation", None),
    "city": Actor("city.zhang", "city@001"),
    "county": Actor("county.wang", "county@001001"),
    "system_committee": Actor("system.zhao", "city_committee@001002"),
    "committee": Actor("committee.qian", "basic@001001001"),
    "branch": Actor("branch.sun", "branch@001001001001"),
    "neighbour": Actor("neighbour.li", "basic@001003001"),
    "auditor": Actor("auditor.zhou", "auditor@001"),
    "system": Actor("system.wu", "system@001"),
    "security": Actor("security.zheng", "security@001"),
    "audit": Actor("audit.feng", "audit@001"),
}
TECHNICAL = ("system", "security", "audit")

ORGANISATIONS = {
    # name in the tests: code, kind, may approve members, unit relation
    "root": ("001", "X30", False, "1"),
    "county_org": ("001001", "X40", False, "1"),
    "system_org": ("001002", "X51", False, "1"),
    "other_county": ("001003", "X40", False, "1"),
    "committee_org": ("001001001", "611", True, "2"),
    "second_county_committee": ("001001002", "611", True, "1"),
    "other_committee": ("001003001", "611", True, "1"),
    "branch_org": ("001001001001", "631", False, "1"),
    "second_branch": ("001001001002", "631", False, "1"),
    "general_org": ("001001001003", "621", False, "1"),
    "empty_branch": ("001001001004", "631", False, "1"),
    "general_branch": ("001001001003001", "631", False, "1"),
    "other_branch": ("001003001001", "631", False, "1"),
}
MEMBERS = {
    # name in the tests: branch, type, sequence of the ID number
    "wei": ("branch_org", "1", 11),
    "fang": ("branch_org", "2", 22),
    "jun": ("second_branch", "1", 33),
    "far": ("other_branch", "1", 55),
}
BORN = date(1980, 3, 1)
GOOD_MEMBER: dict[str, Any] = {
    "name": "王伟",
    "sex": "1",
    "ethnicity": "01",
    "birth_date": BORN,
    "education": "11",
    "person_type": "1",
    "join_date": date(2004, 7, 1),
    "full_date": date(2005, 7, 1),
    "job_post": "01",
    "mobile": "13800000000",
    "address": "人民路1号",
}
CREDIT_CODE = "91110000600037341L"


class Ref(str):
    """A column's value that is the id of something in the world."""


def number(sequence: int) -> str:
    """A sound ID number of somebody born on BORN in Tongling: male where the sequence is odd."""
    return id_number("340702", BORN, sequence)


def insert(table: str, **values: Any) -> str:
    """The text of an INSERT; references stay placeholders."""

    def worded(value: Any) -> str:
        if isinstance(value, dict):
            value = json.dumps(value, ensure_ascii=False)
        return f"%({value})s" if isinstance(value, Ref) else sql.quote(value).replace("%", "%%")

    columns = ", ".join(f'"{column}"' for column in values)
    return f"INSERT INTO {table} ({columns}) VALUES ({', '.join(map(worded, values.values()))})"


def new_member(**changes: Any) -> str:
    values = GOOD_MEMBER | {"branch_id": Ref("branch_org"), "id_number": number(901)} | changes
    return insert("member", **values)


def new_organisation(**changes: Any) -> str:
    values = {"code": "001001001009", "parent_id": Ref("committee_org"), "name": "新支部", "kind": "631"}
    return insert("organisation", **(values | changes))


LAST_ORDER = "(SELECT max(id) FROM change_order)"


def order(kind: str, **values: Any) -> str:
    """The draft of a change order, on a paper of the committee."""
    paper = {"document_id": Ref("approval_of_committee_org"), "effective_on": "2026-11-02"}
    return insert("change_order", kind=kind, **(paper | values)) + "; "


def line(**values: Any) -> str:
    """A line of the newest order."""
    items = {"name": "中共第十支部", "kind": "631", "unit_situation": "1"}
    return of_the_order(insert("change_line", **({"role": "new", "items": items} | values)))


def of_the_order(text: str) -> str:
    """An INSERT of what belongs to the newest order."""
    text = text.replace(" (", " (order_id, ", 1).replace("VALUES (", f"VALUES ({LAST_ORDER}, ", 1)
    return f"{text}; "


APPLIED = (
    f"INSERT INTO change_plan (order_id, plan) VALUES ({LAST_ORDER}, '{{}}'); "
    f"UPDATE change_order SET state = 'applied' WHERE id = {LAST_ORDER}; "
)
"""The newest order in force; what it says is still to be done, in the same act."""


def ordered(name: str) -> str:
    """An order in force about an organisation, so that its structure may change in this act."""
    return order("change", organisation_id=Ref(name), items={"contact": "王伟"}) + APPLIED


FOUNDING = order("establish", superior_id=Ref("committee_org")) + line() + APPLIED
"""An order in force that lets new organisations stand under the committee."""


def act(session: Connection, who: str, reason: str = "test", document_id: int | None = None) -> int:
    row = session.execute("SELECT act(%s, %s, %s, %s)", [*ACTORS[who], reason, document_id]).fetchone()
    assert row
    return int(row[0])


def act_text(who: str, reason: str = "test", document: str | None = None) -> str:
    """The SELECT that opens an act, for use inside other statements."""
    post = ACTORS[who].post
    last = f", %({document})s" if document else ""
    return f"SELECT act('{ACTORS[who].login}', {sql.quote(post)}, '{reason}'{last})"


def run(session: Connection, statements: str, world: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run several statements with the world's ids as parameters; the rows of the last one."""
    cursor = psycopg.ClientCursor(session)
    cursor.execute(statements.encode(), world)
    while cursor.nextset():
        pass
    return cursor.fetchall() if cursor.description else []


def build(owner: Connection) -> dict[str, Any]:
    """Write the world as the installer; the ids by the names of the tests."""
    ids: dict[str, Any] = {}

    def write(name: str, statement: str) -> None:
        ids[name] = run(owner, statement + " RETURNING id", ids)[0][0]

    act(owner, INSTALLER, "world")
    codes = {code: name for name, (code, *_) in ORGANISATIONS.items()}
    for name, (code, kind, can_admit, situation) in ORGANISATIONS.items():
        superior = Ref(codes[code[:-3]]) if len(code) > 3 else None
        values = {
            "code": code,
            "parent_id": superior,
            "name": f"中共{name}",
            "kind": kind,
            "can_admit": can_admit,
        }
        write(name, insert("organisation", **values, unit_situation=situation))
    unit = {"organisation_id": Ref("committee_org"), "organisation_code": "", "name": "铜陵公司"}
    write("unit", insert("unit", **unit, credit_code=CREDIT_CODE))
    for name, (branch, person_type, sequence) in MEMBERS.items():
        person = {"branch_id": Ref(branch), "person_type": person_type, "id_number": number(sequence)}
        if person_type == "2":
            person |= {"full_date": None, "sex": "2"}
        write(name, new_member(**person))
    for place, kind in (
        ("committee_org", "approval"),
        ("other_committee", "approval"),
        ("county_org", "workbook"),
    ):
        paper = {"kind": kind, "number": f"〔2026〕{place}", "title": "paper", "organisation_id": Ref(place)}
        write(f"{kind}_of_{place}", insert("document", **paper))
    _fill_posts(write)
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return ids


def _fill_posts(write: Any) -> None:
    places = {code: name for name, (code, *_) in ORGANISATIONS.items()}
    for who, (login, post) in ACTORS.items():
        if post is None:
            continue
        level, code = post.split("@")
        place = Ref(places[code])
        write(f"{who}_account", insert("account", login=login, name=who, organisation_id=place))
        write(f"{who}_post", insert("post", level=level, organisation_id=place, organisation_code=""))
        tenure = {
            "account_id": Ref(f"{who}_account"),
            "post_id": Ref(f"{who}_post"),
            "since": date(2020, 1, 1),
        }
        write(f"{who}_tenure", insert("tenure", **tenure))
    for name in ("clerk", "newcomer"):
        write(name, insert("account", login=name, name=name, organisation_id=Ref("branch_org")))
