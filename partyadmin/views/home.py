"""The first page: who you are, in which post, and how much lies in its scope."""

from __future__ import annotations

import sqlalchemy as sa
from flask_admin import AdminIndexView, expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.models import Organisation
from partyadmin.views import menu


class HomeView(AdminIndexView):
    """Open to everybody who has signed in, a post or none."""

    chapter = menu.HOME

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("Home"), endpoint="admin", url="/")

    def is_accessible(self) -> bool:
        return bool(current_user.is_authenticated)

    @expose("/")
    def index(self) -> str:
        """Counts of the scope, from the counts of its branches."""
        figures = _figures() if current_user.post is not None and current_user.sees_records else []
        return str(self.render("partyadmin/home.html", figures=figures))


def _figures() -> list[tuple[str, int]]:
    station = current_user.organisation_code
    counts = db.session.execute(sa.text("SELECT * FROM members_below(:code)"), {"code": station}).one()
    organisations = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(Organisation)
        .where(Organisation.code >= station, Organisation.code < station + "~", Organisation.ended.is_(None))
    )
    return [
        (gettext("Organisations"), organisations or 0),
        (gettext("Members"), counts.counted),
        (gettext("Probationary members"), counts.probationary),
        (gettext("On the roll, suspended included"), counts.kept),
    ]
