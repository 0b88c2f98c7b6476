"""Each kind of report applied: what the member is afterwards, and what is refused instead."""

from datetime import date
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from partyadmin.dictionary import Refused
from partyadmin.models import Member
from partyadmin.operations.report import NotEntered, Told, amend_report, enter_many, file_report, take_step
from tests.operations.trying import tried
from tests.schema.cases.code_list import limit
from tests.schema.cases.report import NEWCOMER, report
from tests.schema.world import act, number, run

DAY = date(2026, 11, 2)


class Kind(NamedTuple):
    """A report that is entered, what the member then holds, and another that is refused by a rule.

    `before` is what happened to the same member first.
    """

    told: dict[str, Any]
    holds: dict[str, Any]
    refused: dict[str, Any]
    rule: str
    before: tuple[dict[str, Any], ...] = ()


SUSPENDED = {"kind": "suspension", "ended_by": "43"}
LEFT = {"kind": "exit", "ended_by": "31"}
NEW: dict[str, Any] = {"who": None, "began_by": "1"}
MISSED: dict[str, Any] = {"who": None, "began_by": "4"}
STANDING = {"person_type": "1", "join_date": "2004-07-01", "full_date": "2005-07-01"}
DATES = {"join_date": "2004-08-01", "full_date": "2005-08-01"}
ILLEGAL = "status_changes_by_a_legal_event"
ITEMS = "a_report_brings_items_of_its_kind"
TYPE = "a_report_fits_the_type_of_person"
KINDS = {
    "death": Kind(
        {"ended_by": "5"}, {"status": "4", "ended_by": "5", "since": DAY},
        {"ended_by": "5", "event_date": date(2099, 1, 1)}, "a_change_of_status_has_happened",
    ),
    "exit": Kind({"ended_by": "31"}, {"status": "3"}, {"ended_by": "37"}, "an_exit_names_its_reason"),
    "suspension": Kind({"ended_by": "43"}, {"status": "2"}, {"ended_by": "43", "who": "fang"}, TYPE),
    "restoration": Kind(
        {"began_by": "3"}, {"status": "1"}, {"began_by": "3", "who": "fang"}, ILLEGAL, (SUSPENDED,)
    ),
    "review": Kind({"began_by": "6"}, {"status": "1"}, {"began_by": "6", "who": "fang"}, ILLEGAL, (LEFT,)),
    "other": Kind({"ended_by": "61"}, {"status": "7"}, {}, "an_exit_names_its_reason"),
    "admission": Kind(
        NEW | {"items": NEWCOMER}, {"person_type": "2", "join_date": DAY, "name": "赵新"},
        NEW | {"items": NEWCOMER | {"id_number": number(11)}}, "a_number_is_taken_once",
    ),
    "addition": Kind(
        MISSED | {"items": NEWCOMER | STANDING},
        {"person_type": "1", "join_date": date(2004, 7, 1), "since": DAY},
        MISSED | {"items": NEWCOMER}, ITEMS,
    ),
    "conversion": Kind({"who": "fang"}, {"person_type": "1", "full_date": DAY}, {}, TYPE),
    "extension": Kind(
        {"who": "fang", "items": {"probation_until": "2006-01-01"}}, {"probation_until": date(2006, 1, 1)},
        {"who": "fang", "items": {"probation_until": "2009-01-01"}}, "probation_is_extended_once",
    ),
    "lost": Kind(
        {"items": {"lost": True, "lost_month": "2026-01-01"}}, {"lost": True},
        {"items": {"lost_month": "2026-01-01"}}, ITEMS,
    ),
    "mobile": Kind(
        {"items": {"is_mobile": True, "destination": "340000"}}, {"is_mobile": True},
        {"items": {"is_mobile": True, "name": "王"}}, ITEMS,
    ),
    "change": Kind({"items": {"address": "新街8号"}}, {"address": "新街8号"}, {"items": {}}, ITEMS),
    "key_change": Kind(
        {"items": DATES}, {"join_date": date(2004, 8, 1)},
        {"items": DATES, "paper": None}, "an_entry_rests_on_a_document",
    ),
}  # fmt: skip


def filed(
    session: Any, world: dict[str, Any], kind: str, told: dict[str, Any], state: str = "entered"
) -> Any:
    values = {
        "kind": kind,
        "who": "wei",
        "event_date": DAY,
        "paper": world["approval_of_committee_org"],
    } | told
    who, paper = values.pop("who"), values.pop("paper")
    said = Told(member_id=who and world[who], branch_id=world["branch_org"], **values)
    return file_report(session, said, paper, state)


@pytest.mark.parametrize("kind", KINDS)
def test_an_entered_report_writes_the_member(app: Flask, world: dict[str, Any], kind: str) -> None:
    case = KINDS[kind]
    with tried(app) as session:
        for earlier in case.before:
            filed(session, world, earlier["kind"], earlier)
        report = filed(session, world, kind, case.told)
        member = session.get_one(Member, report.member_id, populate_existing=True)
        assert {name: getattr(member, name) for name in case.holds} == case.holds
        assert report.entered_on is not None


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_refused_is_refused_by_its_rule(app: Flask, world: dict[str, Any], kind: str) -> None:
    with pytest.raises(Refused) as refused, tried(app) as session:
        filed(session, world, kind, KINDS[kind].refused)
    assert refused.value.rule == KINDS[kind].rule


def test_every_kind_is_tried(app: Flask, world: dict[str, Any]) -> None:
    with tried(app) as session:
        assert set(session.scalars(sa.text("SELECT code FROM report_kind"))) == set(KINDS)


def test_a_report_takes_its_steps(app: Flask, world: dict[str, Any]) -> None:
    with tried(app) as session:
        report = filed(session, world, "change", {"items": {"address": "新街8号"}, "paper": None}, "reported")
        take_step(session, report, "paused", "等户籍证明")
        take_step(session, report, "returned", "门牌不清")
        said = Told("change", report.member_id, report.branch_id, DAY, items={"address": "新街9号"})
        amend_report(session, report, said, None, "reported")
        take_step(session, report, "entered")
        assert session.get_one(Member, world["wei"], populate_existing=True).address == "新街9号"


def test_a_step_needs_its_reason(app: Flask, world: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused, tried(app) as session:
        take_step(session, filed(session, world, "death", {"ended_by": "5"}, "reported"), "returned")
    assert refused.value.rule == "report_is_returned_with_a_reason"


def test_a_batch_enters_what_waits_and_makes_the_rest(app: Flask, world: dict[str, Any]) -> None:
    paper = world["approval_of_committee_org"]
    with tried(app) as session:
        waiting = filed(session, world, "conversion", {"who": "fang", "paper": None}, "reported")
        assert enter_many(session, "conversion", [world["fang"]], DAY, paper) == 1
        session.refresh(waiting)
        assert (waiting.state, waiting.document_id) == ("entered", paper)


def test_a_batch_is_refused_as_a_whole_and_names_each_in_its_way(app: Flask, world: dict[str, Any]) -> None:
    fang, wei, jun = (world[name] for name in ("fang", "wei", "jun"))
    with pytest.raises(NotEntered) as refused, tried(app) as session:
        enter_many(session, "conversion", [fang, wei, jun], DAY, world["approval_of_committee_org"])
    assert refused.value.rules == {wei: TYPE, jun: TYPE}
    with pytest.raises(Refused, match="管理范围"), tried(app) as session:
        enter_many(session, "conversion", [fang, world["far"]], DAY, world["approval_of_committee_org"])
    with tried(app) as session:
        assert session.get_one(Member, fang).person_type == "2"


def test_due_dates_follow_the_calendar_and_new_limits(registry: Any, world: dict[str, Any]) -> None:
    """A committee's report waits; the city publishes holidays, then gives more time."""
    dues = "SELECT report_due::text, entry_due::text, is_provisional FROM report ORDER BY id DESC LIMIT 1"
    with registry.connect("app") as session:
        act(session, "committee")
        run(session, report(event_date="2026-11-20", reported_on="2026-11-20"), world)
        assert session.execute(dues).fetchone() == ("2026-12-04", "2026-12-11", False)
        act(session, "city")
        session.execute("INSERT INTO calendar_day VALUES ('2026-12-07', 'off', '抗震', 'earthquake')")
        assert session.execute(dues).fetchone() == ("2026-12-04", "2026-12-14", False)
        run(session, limit(code="entry", valid_from="2026-11-01", number=20), world)
        assert session.execute(dues).fetchone() == ("2026-12-04", "2026-12-21", False)
        run(session, limit(code="report", valid_from="2026-11-01", number=30), world)
        assert session.execute(dues).fetchone() == ("2027-01-04", "2026-12-21", True)
        session.rollback()
