"""Found the registry's root, and take a new organisation into the tree."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import Refused
from partyadmin.models import Organisation
from partyadmin.models.codes import OrganisationKind

ROOT_CODE = "001"


def found_root(session: Session, name: str, level: str) -> Organisation:
    """Founds the organisation 001 of a level in the open act; the same name again changes nothing.

    Raises Refused for an unknown level, or where another root stands.
    """
    root = session.scalar(sa.select(Organisation).where(Organisation.parent_id.is_(None)))
    if root is not None:
        if root.name == name:
            return root
        raise Refused(
            gettext('The registry already has its root organisation, "%(name)s".', name=root.name), "root"
        )
    kinds = session.scalars(
        sa.select(OrganisationKind)
        .where(sa.func.coalesce(OrganisationKind.level_with_admission, OrganisationKind.level) == level)
        .order_by(OrganisationKind.keeps_itself.desc(), OrganisationKind.code)
    ).all()
    if not kinds or kinds[0].holds_members:
        raise Refused(
            gettext(
                '"%(level)s" is no level of a root: province, city, county, city_committee or basic.',
                level=level,
            ),
            "level",
        )
    root = Organisation(
        code=ROOT_CODE, name=name, kind=kinds[0].code, can_admit=kinds[0].level_with_admission is not None
    )
    session.add(root)
    session.flush()
    return root


def next_code(session: Session, parent_id: int) -> str:
    """The next free code under a superior in scope; the superior stays locked until the act ends.

    Raises Refused where the superior is out of scope.
    """
    code = session.scalar(sa.text("SELECT next_code(:parent_id)"), {"parent_id": parent_id})
    if code is None:
        raise Refused(
            gettext("The superior organisation does not exist or lies outside your scope."), "parent_id"
        )
    return str(code)
