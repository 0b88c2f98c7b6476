"""Orders that may not be: each is refused with a sentence that names the field, and nothing is written."""

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from partyadmin.dictionary import Refused
from partyadmin.operations.change_order import Line, Ordered, draft
from tests.operations.test_change_orders import applied
from tests.operations.trying import tried

DAY = date(2026, 11, 2)
Ids = dict[str, Any]


class Bad(NamedTuple):
    """What somebody orders, and the rule and field that the refusal names."""

    kind: str
    said: Callable[[Ids], dict[str, Any]]
    rule: str
    field: str | None
    who: str = "committee"
    before: str | None = None


def about(name: str, **more: Any) -> Callable[[Ids], dict[str, Any]]:
    return lambda ids: {"organisation_id": ids[name]} | more


def moved(name: str, to: str) -> Callable[[Ids], dict[str, Any]]:
    return lambda ids: {"organisation_id": ids[name], "superior_id": ids[to]}


def founded(under: str, **items: Any) -> Callable[[Ids], dict[str, Any]]:
    said = {"name": "中共云岭第十支部", "kind": "631", "unit_situation": "1"} | items
    return lambda ids: {"superior_id": ids[under], "lines": [Line(items=said)]}


def merged(kept: str, *joins: str) -> Callable[[Ids], dict[str, Any]]:
    return lambda ids: {"organisation_id": ids[kept], "lines": [Line(ids[each]) for each in joins]}


PLACED = "organisation_sits_where_it_may"
MADE = "an_order_is_made_by_the_maintainer"
NAMED = "organisation_name_is_unique"
HERE = "organisation_id"
EMPTY = "an_organisation_ends_empty"
FOUNDED = "an_order_takes_effect_after_the_founding"
OUTSIDE = "a_target_stands_outside_what_moves"
SIBLINGS = "branches_merge_under_one_superior"
FOUNDED_LATER = "UPDATE organisation SET founded = '2026-11-03' WHERE id = {}"
BAD = {
    "a target inside the source": Bad(
        "move", moved("committee_org", "general_org"), OUTSIDE, "superior_id", "county"
    ),
    "a move under itself": Bad(
        "move", moved("committee_org", "committee_org"), OUTSIDE, "superior_id", "county"
    ),
    "a move to where it stands": Bad("move", moved("general_org", "committee_org"), OUTSIDE, "superior_id"),
    "a committee too deep": Bad("establish", founded("general_org", kind="611"), PLACED, "kind"),
    "a county under a committee": Bad("establish", founded("committee_org", kind="X40"), PLACED, "kind"),
    "a branch under a branch": Bad("establish", founded("branch_org"), PLACED, "kind"),
    "a move under a branch": Bad("move", moved("empty_branch", "second_branch"), PLACED, "superior_id"),
    "a kind that what stands below does not bear": Bad(
        "change", about("general_org", items={"kind": "631"}), PLACED, "kind"
    ),
    "an end with members": Bad("abolish", about("branch_org"), EMPTY, HERE),
    "an end with a branch below": Bad("abolish", about("general_org"), EMPTY, HERE),
    "a day before the founding": Bad(
        "abolish", about("empty_branch"), FOUNDED, "effective_on", before=FOUNDED_LATER
    ),
    "a superior founded later": Bad(
        "establish", founded("empty_branch"), FOUNDED, "effective_on", before=FOUNDED_LATER
    ),
    "a name that is taken": Bad(
        "change", about("branch_org", items={"name": "中共second_branch"}), NAMED, "name"
    ),
    "a name of a new one that is taken": Bad(
        "establish", founded("committee_org", name="中共second_branch"), NAMED, "name"
    ),
    "a merger across superiors": Bad("merge", merged("branch_org", "general_branch"), SIBLINGS, HERE),
    "a merger with itself": Bad("merge", merged("branch_org", "branch_org"), SIBLINGS, HERE),
    "a merger of nobody": Bad("merge", merged("branch_org"), "a_merger_has_who_joins", HERE),
    "a merger of committees": Bad(
        "merge", merged("general_org", "branch_org"), "what_is_merged_or_split_has_members", HERE
    ),
    "one's own end": Bad("abolish", about("committee_org"), MADE, HERE),
    "one's own upgrade": Bad("upgrade", about("committee_org", items={"kind": "611"}), MADE, HERE),
    "an order past the keeper": Bad("abolish", about("empty_branch"), MADE, HERE, "county"),
    "a paper of others": Bad(
        "abolish",
        lambda ids: {
            "organisation_id": ids["empty_branch"],
            "document_id": ids["approval_of_other_committee"],
        },
        "an_act_rests_on_a_document_in_scope",
        "document_id",
    ),
    "a restoration of what stands": Bad(
        "restore", about("empty_branch"), "an_order_is_about_an_organisation_in_being", HERE
    ),
    "a change of nothing": Bad("change", about("empty_branch"), "an_order_brings_items_of_its_kind", "items"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_may_not_be_ordered_is_refused_in_a_sentence(app: Flask, world: Ids, name: str) -> None:
    bad = BAD[name]
    with pytest.raises(Refused) as refused, tried(app, bad.who) as session:
        if bad.before is not None:
            session.execute(sa.text(bad.before.format(world["empty_branch"])))
        said = {"document_id": world["approval_of_committee_org"], "effective_on": DAY} | bad.said(world)
        applied(session, draft(session, Ordered(bad.kind, **said)))
    assert (refused.value.rule, refused.value.field) == (bad.rule, bad.field)
    assert len(str(refused.value)) > 20 and str(refused.value) != bad.rule
