"""What the registry holds that an order may change, as the maker of the order sees it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from partyadmin.models import (
    Account,
    ChangeAccount,
    ChangeLine,
    ChangeOrder,
    ChangePlace,
    FieldDelegation,
    Member,
    Organisation,
    Post,
    Report,
    Tenure,
    Unit,
)
from partyadmin.models.codes import MembershipStatus, OrganisationKind
from partyadmin.operations.change_order.plan import Change, Obstacle, new

OPEN_REPORTS = ("reported", "accepted", "paused", "returned")
"""The states of a report that still waits for its entry."""


@dataclass(frozen=True)
class Task:
    """An order with its lines, and the day on which the plan is made."""

    session: Session
    order: ChangeOrder
    lines: list[ChangeLine]
    today: date

    @property
    def day(self) -> date:
        """The day from which the changes are true."""
        return self.order.effective_on

    @property
    def subject(self) -> Organisation:
        """The organisation that the order is about."""
        return self.session.get_one(Organisation, self.order.organisation_id)


def task_of(session: Session, order: ChangeOrder) -> Task:
    """Reads the lines of an order that count."""
    lines = session.scalars(
        sa.select(ChangeLine)
        .where(ChangeLine.order_id == order.id, ChangeLine.dropped.is_(False))
        .order_by(ChangeLine.id)
    ).all()
    today = session.scalar(sa.select(sa.func.current_date()))
    assert isinstance(today, date)
    return Task(session, order, list(lines), today)


def members_of(task: Task, organisation_id: int) -> list[Member]:
    """Who stands on the roll of a branch, suspended members included."""
    status = sa.func.coalesce(Member.status, "1")
    query = (
        sa.select(Member)
        .join(MembershipStatus, MembershipStatus.code == status)
        .where(Member.branch_id == organisation_id, MembershipStatus.is_kept)
        .order_by(Member.id)
    )
    return list(task.session.scalars(query))


def moved(task: Task, members: Iterable[Member], to: Any) -> list[Change]:
    """Members who go to another branch from the day of the order on."""
    return [
        Change(
            "member",
            member.id,
            {"branch_id": member.branch_id, "since": member.since},
            {"branch_id": to, "since": task.day},
        )
        for member in members
    ]


def in_the_way(task: Task, members: Iterable[Member]) -> list[Obstacle]:
    """Members who cannot go yet: a report about them is open, or they came after the day of the order."""
    members = list(members)
    reported = set(
        task.session.scalars(
            sa.select(Report.member_id).where(
                Report.member_id.in_([member.id for member in members]), Report.state.in_(OPEN_REPORTS)
            )
        )
    )
    return [
        Obstacle("reports_are_settled_before_a_member_moves", "member", member.id)
        for member in members
        if member.id in reported
    ] + [
        Obstacle("a_spell_ends_after_it_began", "member", member.id)
        for member in members
        if member.since is not None and member.since > task.day
    ]


def children_of(task: Task, organisation_id: int) -> list[Organisation]:
    """The organisations in being directly below one."""
    query = sa.select(Organisation).where(
        Organisation.parent_id == organisation_id, Organisation.ended.is_(None)
    )
    return list(task.session.scalars(query.order_by(Organisation.code)))


def closing(task: Task, organisations: list[Organisation]) -> list[Change]:
    """The end of organisations: their units, delegations, posts, tenures and accounts end with them."""
    ids = [organisation.id for organisation in organisations]
    units = task.session.scalars(
        sa.select(Unit).where(Unit.organisation_id.in_(ids), Unit.ended.is_(None)).order_by(Unit.id)
    )
    return [
        *(
            Change("organisation", each.id, {"ended": each.ended}, {"ended": task.day})
            for each in organisations
        ),
        *(Change("unit", unit.id, {"ended": None}, {"ended": task.day}) for unit in units),
        *_delegations_end(task, ids),
        *posts_end(task, sa.select(Post).where(Post.organisation_id.in_(ids), Post.closed.is_(None))),
        *_accounts_close(task, ids),
    ]


def _delegations_end(task: Task, ids: list[int]) -> Iterable[Change]:
    still = sa.or_(FieldDelegation.until.is_(None), FieldDelegation.until > task.today)
    query = sa.select(FieldDelegation).where(FieldDelegation.branch_id.in_(ids), still)
    for given in task.session.scalars(query.order_by(FieldDelegation.id)):
        yield Change(
            "field_delegation", given.id, {"until": given.until}, {"until": max(given.since, task.today)}
        )


def posts_end(task: Task, query: sa.Select[Any]) -> list[Change]:
    """Posts that close today, and with them the tenures in them."""
    posts = list(task.session.scalars(query.order_by(Post.id)))
    changes = [Change("post", post.id, {"closed": None}, {"closed": task.today}) for post in posts]
    for tenure in open_tenures(task, [post.id for post in posts]):
        until = max(tenure.since, task.today)
        changes.append(Change("tenure", tenure.id, {"until": tenure.until}, {"until": until}))
    return changes


def open_tenures(task: Task, post_ids: list[int]) -> list[Tenure]:
    """The tenures in some posts that go beyond today."""
    still = sa.or_(Tenure.until.is_(None), Tenure.until > task.today)
    return list(
        task.session.scalars(sa.select(Tenure).where(Tenure.post_id.in_(post_ids), still).order_by(Tenure.id))
    )


def _accounts_close(task: Task, ids: list[int]) -> Iterable[Change]:
    """Accounts of closed organisations close, unless the person holds a post elsewhere."""
    still = sa.or_(Tenure.until.is_(None), Tenure.until > task.today)
    elsewhere = (
        sa.select(Tenure.id)
        .join(Post, Post.id == Tenure.post_id)
        .where(
            Tenure.account_id == Account.id, still, Post.closed.is_(None), Post.organisation_id.not_in(ids)
        )
    )
    query = sa.select(Account).where(
        Account.organisation_id.in_(ids), Account.closed.is_(None), ~elsewhere.exists()
    )
    for account in task.session.scalars(query.order_by(Account.id)):
        yield Change("account", account.id, {"closed": None}, {"closed": task.today})


def level_at(task: Task, kind: str, can_admit: bool) -> str | None:
    """The level of posts at an organisation of a kind; None where it has none."""
    found = task.session.get(OrganisationKind, kind)
    if found is None:
        return None
    return (found.level_with_admission or found.level) if can_admit else found.level


def leveled(task: Task, organisation: Organisation, kind: str, can_admit: bool) -> list[Change]:
    """Where a kind changes, its posts close at the old level and their holders stand in the new one."""
    level = level_at(task, kind, can_admit)
    query = sa.select(Post).where(
        Post.organisation_id == organisation.id, Post.closed.is_(None), Post.level != level
    )
    technical = sa.select(sa.text("code")).select_from(sa.text("level")).where(sa.text("technical"))
    posts = list(task.session.scalars(query.where(Post.level.not_in(technical)).order_by(Post.id)))
    if not posts:
        return []
    changes = posts_end(task, query.where(Post.level.not_in(technical)))
    if level is None:
        return changes
    name = f"post {organisation.id}"
    changes.append(Change("post", name, {}, {"level": level, "organisation_id": organisation.id}))
    for tenure in open_tenures(task, [post.id for post in posts]):
        held = {
            "account_id": tenure.account_id,
            "post_id": new(name),
            "since": task.today,
            "until": tenure.until,
        }
        changes.append(
            Change("tenure", f"tenure {tenure.id}", {}, held | {"document_id": task.order.document_id})
        )
    return changes


def opened(task: Task, line: ChangeLine | None, organisation: Any, level: str | None) -> list[Change]:
    """The accounts that the order opens at one organisation, in its post."""
    query = sa.select(ChangeAccount).where(
        ChangeAccount.order_id == task.order.id,
        ChangeAccount.dropped.is_(False),
        ChangeAccount.line_id == line.id if line else ChangeAccount.line_id.is_(None),
    )
    accounts = list(task.session.scalars(query.order_by(ChangeAccount.id)))
    if not accounts or level is None:
        return []
    post: Any = None
    if line is None:
        post = task.session.scalar(
            sa.select(Post.id).where(
                Post.organisation_id == organisation, Post.level == level, Post.closed.is_(None)
            )
        )
    changes = []
    if post is None:
        name = f"post of {line.id if line else task.order.organisation_id}"
        changes.append(Change("post", name, {}, {"level": level, "organisation_id": organisation}))
        post = new(name)
    for account in accounts:
        name = f"account {account.login}"
        person = {"login": account.login, "name": account.name, "organisation_id": organisation}
        held = {"account_id": new(name), "post_id": post, "since": task.today}
        changes.append(Change("account", name, {}, person))
        changes.append(
            Change("tenure", f"tenure of {account.login}", {}, held | {"document_id": task.order.document_id})
        )
    return changes


def places_of(task: Task) -> dict[int, int | None]:
    """Where the members of a divided branch go: the line of each, None for who stays."""
    query = sa.select(ChangePlace.member_id, ChangePlace.line_id).where(ChangePlace.order_id == task.order.id)
    return {row.member_id: row.line_id for row in task.session.execute(query)}
