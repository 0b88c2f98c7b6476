"""Each kind of change order applied, taken back, and refused where the world is not as it was."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from partyadmin.db import act
from partyadmin.dictionary import Refused
from partyadmin.models import ChangeOrder, Organisation
from partyadmin.operations.change_order import (
    Line,
    Ordered,
    Replanned,
    apply,
    draft,
    place,
    preview,
    reason_of,
    withdraw,
)
from partyadmin.operations.change_order.plan import Plan
from tests.operations.trying import tried

DAY = date(2026, 11, 2)
Ids = dict[str, Any]


class Kind(NamedTuple):
    """An order that is applied by somebody, and what a query then finds."""

    who: str
    ordered: Callable[[Ids], dict[str, Any]]
    finds: list[tuple[str, Any]]
    placed: Callable[[Ids], dict[int, int | None]] | None = None


def new(name: str, kind: str = "631", **items: Any) -> Line:
    accounts = items.pop("accounts", ())
    return Line(items={"name": name, "kind": kind, "unit_situation": "1", **items}, accounts=accounts)


CODE = "SELECT code FROM organisation WHERE name = '{}' AND ended IS NULL"
ENDED = "SELECT ended::text FROM organisation WHERE id = {}"
BRANCHES = "SELECT string_agg(branch_code, ' ' ORDER BY id) FROM member WHERE branch_code LIKE '001001001%'"
OPEN_POSTS = (
    "SELECT string_agg(level || '@' || organisation_code, ' ' ORDER BY level, organisation_code)"
    " FROM post WHERE closed IS NULL AND organisation_code LIKE '001001001%'"
)
HOLDERS = (
    "SELECT count(*) FROM tenure t JOIN post p ON p.id = t.post_id WHERE p.level = '{}' AND t.until IS NULL"
)
HELD = "SELECT count(*) FROM tenure t JOIN account a ON a.id = t.account_id WHERE a.login = '{}'"
NAMED = (
    "SELECT s.name FROM organisation_spell s JOIN organisation o ON o.id = s.organisation_id"
    " WHERE o.code = '{}' AND s.during @> date '2026-11-02' AND s.replaced_at IS NULL"
)
SINCE = "SELECT since::text FROM member WHERE id_number LIKE '%011_' AND branch_code = '{}'"
MOVED = "UPDATE member SET branch_id = :to WHERE id = :id"
KINDS = {
    "establish": Kind(
        "committee",
        lambda ids: {
            "superior_id": ids["committee_org"],
            "lines": [new("中共云岭第九支部", accounts=(("ninth", "周九"),))],
        },
        [
            (CODE.format("中共云岭第九支部"), "001001001007"),
            ("SELECT level || '@' || organisation_code FROM post WHERE organisation_code = '001001001007'",
             "branch@001001001007"),
            (HELD.format("ninth"), 1),
        ],
    ),
    "merge": Kind(
        "committee",
        lambda ids: {
            "organisation_id": ids["second_branch"],
            "lines": [Line(ids["branch_org"])],
            "items": {"kind": "632"},
        },
        [
            (BRANCHES, "001001001002 001001001002 001001001002"),
            ("SELECT ended::text FROM organisation WHERE code = '001001001001'", "2026-11-02"),
            (OPEN_POSTS, "basic@001001001"),
            ("SELECT closed = current_date FROM account WHERE login = 'branch.sun'", True),
            (SINCE.format("001001001002"), "2026-11-02"),
        ],
    ),
    "split": Kind(
        "committee",
        lambda ids: {"organisation_id": ids["branch_org"], "lines": [new("中共云岭第八支部")]},
        [(BRANCHES, "001001001001 001001001007 001001001002")],
        lambda ids: {ids["wei"]: None, ids["fang"]: 0},
    ),
    "upgrade": Kind(
        "committee",
        lambda ids: {
            "organisation_id": ids["branch_org"],
            "items": {"kind": "621"},
            "lines": [new("中共云岭甲支部"), new("中共云岭乙支部")],
        },
        [
            (BRANCHES, "001001001001001 001001001001002 001001001002"),
            (OPEN_POSTS, "basic@001001001 general@001001001001"),
            (HOLDERS.format("general"), 1),
        ],
        lambda ids: {ids["wei"]: 0, ids["fang"]: 1},
    ),
    "downgrade": Kind(
        "committee",
        lambda ids: {"organisation_id": ids["general_org"], "items": {"kind": "631"}},
        [
            ("SELECT kind FROM organisation WHERE code = '001001001003'", "631"),
            ("SELECT ended::text FROM organisation WHERE code = '001001001003001'", "2026-11-02"),
        ],
    ),
    "abolish": Kind(
        "committee",
        lambda ids: {"organisation_id": ids["empty_branch"]},
        [("SELECT ended::text FROM organisation WHERE code = '001001001004'", "2026-11-02")],
    ),
    "restore": Kind(
        "committee",
        lambda ids: {"organisation_id": ids["ended_branch"]},
        [("SELECT ended FROM organisation WHERE code = '001001001006'", None)],
    ),
    "change": Kind(
        "committee",
        lambda ids: {
            "organisation_id": ids["empty_branch"],
            "items": {"name": "中共云岭新名支部", "phone": "5550199"},
        },
        [
            (CODE.format("中共云岭新名支部"), "001001001004"),
            (NAMED.format("001001001004"), "中共云岭新名支部"),
        ],
    ),
    "term": Kind(
        "committee",
        lambda ids: {
            "organisation_id": ids["branch_org"],
            "items": {
                "secretary": "王伟",
                "began": "2026-11-01",
                "ends": "2029-11-01",
                "entitled": 10,
                "present": 9,
            },
        },
        [
            ("SELECT secretary FROM organisation WHERE code = '001001001001'", "王伟"),
            ("SELECT ends::text FROM organisation_term", "2029-11-01"),
        ],
    ),
    "move": Kind(
        "county",
        lambda ids: {"organisation_id": ids["committee_org"], "superior_id": ids["county_org"]}
        | {"organisation_id": ids["general_org"], "superior_id": ids["second_county_committee"]},
        [
            ("SELECT string_agg(code, ' ' ORDER BY code) FROM organisation WHERE code LIKE '001001002%'",
             "001001002 001001002001 001001002001001"),
        ],
    ),
}  # fmt: skip


def drafted(session: Any, world: Ids, kind: str, **changes: Any) -> ChangeOrder:
    case = KINDS[kind]
    act(session, "草拟变动单")
    said = {"document_id": world["paper"], "effective_on": DAY} | case.ordered(world) | changes
    order = draft(session, Ordered(kind=kind, **said))
    if case.placed is not None:
        lines = session.scalars(
            sa.text(f"SELECT id FROM change_line WHERE order_id = {order.id} ORDER BY id")
        ).all()
        places = case.placed(world).items()
        place(session, order, {member: None if line is None else lines[line] for member, line in places})
    return order


def applied(session: Any, order: ChangeOrder, hashes: dict[str, str] | None = None) -> Plan:
    act(session, "预览变动单")
    preview(session, order)
    act(session, reason_of(order), order.document_id)
    done = apply(session, order, hashes or {})
    session.execute(sa.text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(sa.text("SET CONSTRAINTS ALL DEFERRED"))
    return done


@pytest.fixture(scope="module")
def ids(registry: Any, world: Ids) -> Ids:
    """The small party with a paper of the county and a branch that has ended."""
    from tests.schema.world import INSTALLER, Ref, act, insert, new_organisation, run

    with registry.connect("owner") as owner:
        act(owner, INSTALLER, "more")
        paper = insert(
            "document", kind="approval", number="云组〔2026〕1号", title="批复", dated="2026-10-30",
            organisation_id=Ref("committee_org"),
        )  # fmt: skip
        world["paper"] = run(owner, paper + " RETURNING id", world)[0][0]
        ended = new_organisation(
            code="001001001006", name="中共旧支部", unit_situation="1", ended="2020-01-01"
        )
        world["ended_branch"] = run(owner, ended + " RETURNING id", world)[0][0]
    return world


STATE = {
    "member": "SELECT to_jsonb(m) - 'ver' FROM member m ORDER BY id",
    "organisation": "SELECT to_jsonb(o) - 'ver' FROM organisation o WHERE id <= :last ORDER BY id",
    "unit": "SELECT to_jsonb(u) - 'ver' FROM unit u ORDER BY id",
    "post": "SELECT to_jsonb(p) - 'ver' FROM post p WHERE closed IS NULL ORDER BY id",
    "tenure": "SELECT to_jsonb(t) - 'ver' FROM tenure t WHERE until IS NULL ORDER BY id",
    "account": "SELECT to_jsonb(a) - 'ver' FROM account a WHERE closed IS NULL ORDER BY id",
    "delegation": "SELECT to_jsonb(d) - 'ver' FROM field_delegation d ORDER BY id",
    "count": "SELECT to_jsonb(c) FROM branch_count c WHERE kept > 0 ORDER BY branch_id",
    "membership": (
        "SELECT jsonb_build_array(member_id, branch_id, branch_code, status, during) FROM membership_spell"
        " WHERE replaced_at IS NULL AND NOT isempty(during) ORDER BY member_id, during"
    ),
    "structure": (
        "SELECT jsonb_build_array(organisation_id, parent_id, code, name, kind, during)"
        " FROM organisation_spell WHERE replaced_at IS NULL AND NOT isempty(during)"
        " ORDER BY organisation_id, during"
    ),
}


def state(session: Any, last: int) -> dict[str, Any]:
    return {name: session.scalars(sa.text(query), {"last": last}).all() for name, query in STATE.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_an_applied_order_changes_what_its_plan_says(app: Flask, ids: Ids, kind: str) -> None:
    case = KINDS[kind]
    with tried(app, case.who) as session:
        order = drafted(session, ids, kind)
        done = applied(session, order)
        assert order.state == "applied" and order.applied_on is not None
        assert done.changes
        for query, found in case.finds:
            assert session.scalar(sa.text(query)) == found, query


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_taken_back_leaves_everything_as_it_was(app: Flask, ids: Ids, kind: str) -> None:
    with tried(app, KINDS[kind].who) as session:
        last = session.scalar(sa.text("SELECT max(id) FROM organisation"))
        before = state(session, last)
        order = drafted(session, ids, kind)
        applied(session, order)
        act(session, "撤回")
        undoing = Ordered("undo", ids["paper"], DAY, organisation_id=order.organisation_id, undoes=order.id)
        back = applied(session, draft(session, undoing))
        assert back.kept == []
        session.expire_all()
        assert order.state == "undone"
        assert state(session, last) == before


def test_every_kind_is_tried(app: Flask, ids: Ids) -> None:
    with tried(app) as session:
        assert set(session.scalars(sa.text("SELECT code FROM change_kind"))) == {*KINDS, "undo"}


def test_a_stale_preview_is_refused_and_says_what_differs(app: Flask, ids: Ids) -> None:
    with pytest.raises(Replanned) as refused, tried(app) as session:
        order = drafted(session, ids, "merge")
        act(session, "预览变动单")
        preview(session, order)
        act(session, "改名")
        session.execute(
            sa.text("UPDATE member SET branch_id = :to WHERE id = :id"),
            {"to": ids["empty_branch"], "id": ids["wei"]},
        )
        act(session, reason_of(order), order.document_id)
        apply(session, order, {})
    gone, come = refused.value.gone, refused.value.come
    assert [(change.subject, change.key) for change in gone] == [("member", ids["wei"])]
    assert come == []


def test_an_order_waits_for_its_preview_and_its_day(app: Flask, ids: Ids) -> None:
    with pytest.raises(Refused) as refused, tried(app) as session:
        order = drafted(session, ids, "abolish")
        act(session, reason_of(order), order.document_id)
        apply(session, order, {})
    assert refused.value.rule == "an_order_is_previewed_before_it_is_applied"
    with pytest.raises(Refused) as refused, tried(app) as session:
        applied(session, drafted(session, ids, "abolish", effective_on=date(2099, 1, 1)))
    assert refused.value.rule == "an_order_takes_effect_on_its_day"


def test_what_was_edited_since_is_kept_by_name(app: Flask, ids: Ids) -> None:
    with tried(app) as session:
        order = drafted(session, ids, "merge")
        applied(session, order)
        act(session, "调整")
        session.execute(
            sa.text("UPDATE member SET branch_id = :to WHERE id = :id"),
            {"to": ids["empty_branch"], "id": ids["wei"]},
        )
        act(session, "撤回")
        undoing = Ordered("undo", ids["paper"], DAY, organisation_id=order.organisation_id, undoes=order.id)
        back = applied(session, draft(session, undoing))
        kept = [(each.rule, each.subject, each.key, each.fields) for each in back.kept]
        assert kept == [("a_later_entry_stands_on_this_one", "member", ids["wei"], ("since", "branch_id"))]
        assert session.get_one(Organisation, ids["branch_org"], populate_existing=True).ended is None


def test_a_withdrawn_order_does_nothing(app: Flask, ids: Ids) -> None:
    with pytest.raises(Refused) as refused, tried(app) as session:
        order = drafted(session, ids, "abolish")
        withdraw(session, order)
        applied(session, order)
    assert refused.value.rule == "what_was_ordered_is_undone_not_rewritten"
