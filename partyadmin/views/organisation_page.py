"""The page of an organisation below its record: people, posts, subordinates, units and its history."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from flask import url_for
from flask_babel import gettext

from partyadmin.db import db
from partyadmin.dictionary import label
from partyadmin.models import Account, Organisation, OrganisationSpell, Post, Tenure, Unit
from partyadmin.models.codes import Level, OrganisationKind
from partyadmin.views.cells import NOTHING, Cell, may_open, moment, names_in, today
from partyadmin.views.details import Section, section_of
from partyadmin.views.history import versions_of
from partyadmin.views.labels import enumeration, label_of
from partyadmin.views.lineage import lineage_of, orders_of
from partyadmin.views.tree import children

_FEW = 10
_UNIT_COLUMNS = ("name", "nature", "is_legal_entity", "party_status", "credit_code", "affiliation", "ended")
_SPELL_COLUMNS = ("during", "name", "code", "parent_id", "kind")


def sections_of(row: Any) -> list[Section]:
    """What an organisation shows below its own columns, of what the reader may see."""
    told = [_members(row), _subordinates(row), _posts(row), _units(row), orders_of(row), lineage_of(row)]
    return [section for section in (*told, _spells(row), _changes(row)) if section is not None]


def _members(row: Any) -> Section:
    count = db.session.execute(sa.text("SELECT * FROM members_below(:code)"), {"code": row.code}).one()
    listed = url_for("member.index_view", organisation=row.code)
    probationary = url_for("member.index_view", organisation=row.code, person_type="2")
    told = (
        (gettext("Members"), count.counted, None),
        (gettext("Full members"), count.counted - count.probationary, None),
        (gettext("Probationary members"), count.probationary, probationary),
        (gettext("On the roll"), count.kept, None),
    )
    return Section(
        gettext("Members here and below"),
        [heading for heading, _, _ in told],
        [[Cell(f"{number:,}", href) for _, number, href in told]],
        more=Cell(gettext("List of members"), listed),
    )


def _subordinates(row: Any) -> Section | None:
    below = children([row.id], abolished=False, most=_FEW)
    if not below:
        return None
    rows = [
        [
            Cell(node.name, url_for("organisation.details_view", id=node.id)),
            Cell(node.code),
            Cell(label_of(OrganisationKind, node.kind)),
            Cell(f"{node.members:,}"),
        ]
        for node, _, _ in below
    ]
    headings = [label("organisation", name) for name in ("name", "code", "kind")]
    return Section(
        gettext("Directly below (%(count)s)", count=below[0][2]),
        [*headings, gettext("Members")],
        rows,
        more=Cell(gettext("All that is below"), url_for("organisation.index_view", organisation=row.code)),
    )


def _posts(row: Any) -> Section | None:
    """The open posts and who holds them today; only for those who may see posts."""
    if not may_open("post"):
        return None
    posts = db.session.execute(
        sa.select(Post.id, Post.level)
        .where(Post.organisation_id == row.id, Post.closed.is_(None))
        .order_by(Post.id)
    ).all()
    day = today()
    tenures = db.session.execute(
        sa.select(Tenure.post_id, Tenure.account_id, Tenure.since, Tenure.until)
        .where(
            Tenure.post_id.in_([post.id for post in posts]),
            Tenure.since <= day,
            sa.or_(Tenure.until.is_(None), Tenure.until >= day),
        )
        .order_by(Tenure.since, Tenure.id)
    ).all()
    names = names_in(Account, {tenure.account_id for tenure in tenures})
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for tenure in tenures:
        name = names.get((Account, tenure.account_id), gettext("outside your scope"))
        until = tenure.until or gettext("open end")
        holders[tenure.post_id].append(
            gettext("%(name)s (%(since)s to %(until)s)", name=name, since=tenure.since, until=until)
        )
    rows = [
        [
            Cell(label_of(Level, post.level), url_for("post.details_view", id=post.id)),
            Cell(enumeration(holders[post.id]) or gettext("vacant")),
        ]
        for post in posts
    ]
    return Section(gettext("Posts"), [label("post", "level"), gettext("Held today by")], rows)


def _units(row: Any) -> Section | None:
    units = db.session.scalars(sa.select(Unit).where(Unit.organisation_id == row.id).order_by(Unit.id)).all()
    return section_of(gettext("Units"), Unit, _UNIT_COLUMNS, units) if units else None


def _spells(row: Any) -> Section:
    """Names, superiors and codes of former days, as they are known now."""
    spell = OrganisationSpell
    spells = db.session.scalars(
        sa.select(spell)
        .where(spell.organisation_id == row.id, spell.replaced_at.is_(None), ~sa.func.isempty(spell.during))
        .order_by(sa.func.lower(spell.during).desc().nulls_last(), spell.id.desc())
    ).all()
    return section_of(gettext("Names, superiors and codes by date"), spell, _SPELL_COLUMNS, spells)


def _changes(row: Any) -> Section:
    """The last changes of the record: who, when, why."""
    versions = versions_of(Organisation, row.id)

    def link(number: int) -> str:
        return url_for("organisation.versions_view", id=row.id, right=number)

    rows = []
    for version in versions[:_FEW]:
        act = version.act
        if act is None:
            told = (NOTHING, gettext("outside your scope"), NOTHING, NOTHING)
        else:
            who = " ".join(filter(None, (act.account_name, act.organisation_name)))
            paper = " ".join(filter(None, (act.document_number, act.document_title)))
            told = (moment(act.issued_at), who or NOTHING, act.reason, paper or NOTHING)
        first = Cell(gettext("Version %(number)s", number=version.number), link(version.number))
        rows.append([first, *(Cell(text) for text in told)])
    return Section(
        gettext("Changes of the record"),
        [gettext("Version"), gettext("When"), gettext("Who"), gettext("Reason"), gettext("Document")],
        rows,
        more=Cell(gettext("All versions (%(count)s)", count=len(versions)), link(versions[0].number)),
    )
