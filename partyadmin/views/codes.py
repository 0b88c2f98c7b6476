"""Code lists, generated in a loop."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_admin import BaseView, expose
from flask_babel import gettext, lazy_gettext

from partyadmin.dictionary import table_label
from partyadmin.models import CODE_LISTS
from partyadmin.views import menu
from partyadmin.views.base import PartyView
from partyadmin.views.filters import Active, Contains, Prefix
from partyadmin.views.labels import forget
from partyadmin.views.rights import ANY_POST, holds

_COMMON = ("code", "label_zh", "label_en", "parent", "ended")


class CodeListView(PartyView):
    """One list: values are added and ended, never removed, since records carry them."""

    chapter = menu.CODES
    noun = lazy_gettext("code")
    read_by = ANY_POST
    create_by = edit_by = (("A5", "W"),)
    order = ("code",)
    narrow_by = (Prefix("code"), Contains("label_zh"), Active("ended"))
    fixed = {"code": lazy_gettext("A code stays; end it and add another.")}
    in_menu = False

    def __init__(self, model: Any) -> None:
        own = tuple(column.name for column in model.__table__.columns if column.name not in (*_COMMON, "ver"))
        self.column_list = self.form_columns = (*_COMMON, *own)
        super().__init__(model, url=f"/codes/{model.__tablename__}")

    @property
    def heading_of_list(self) -> str:
        return table_label(self.table)

    def saved(self, key: Any) -> None:
        forget(self.model)


class CodesView(BaseView):
    """The table of contents of all code lists."""

    chapter = menu.CODES

    def __init__(self) -> None:
        super().__init__(lazy_gettext("Code lists"), endpoint="codes", url="/codes")

    def is_accessible(self) -> bool:
        return holds(ANY_POST)

    @expose("/")
    def index(self) -> str:
        """Each list by name."""
        tables = [sa.inspect(model).local_table.name for model in CODE_LISTS]
        lists = [(table_label(table), f"{table}.index_view") for table in tables]
        lists.append((gettext("Work calendar"), "calendar_day.index_view"))
        lists.append((gettext("Time limits"), "time_limit.index_view"))
        return str(self.render("partyadmin/codes.html", lists=lists))
