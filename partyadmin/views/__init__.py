"""The screens: one declaration for each noun, over one base that denies by default."""

from __future__ import annotations

from flask import Flask
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import lazy_gettext

from partyadmin.models import CODE_LISTS
from partyadmin.views.account import AccountView, PostView, TenureView
from partyadmin.views.audit import AccessLogView, ActView
from partyadmin.views.calendar import CalendarView, TimeLimitView
from partyadmin.views.change_order import ChangeOrderView
from partyadmin.views.codes import CodeListView, CodesView
from partyadmin.views.delegation import FieldDelegationView
from partyadmin.views.document import DocumentView
from partyadmin.views.errors import init_errors
from partyadmin.views.exchange import ExportLedgerView
from partyadmin.views.finding import FinderView
from partyadmin.views.headers import init_headers, nonce
from partyadmin.views.home import HomeView
from partyadmin.views.imports import ImportView
from partyadmin.views.key_change import KeyChangeView
from partyadmin.views.login import LANGUAGES, init_login
from partyadmin.views.member import MemberView
from partyadmin.views.organisation import OrganisationView, UnitView
from partyadmin.views.owed_scan import OwedScanView
from partyadmin.views.own_act import OwnActView
from partyadmin.views.page import init_page
from partyadmin.views.past import PastMemberView
from partyadmin.views.permission import PermissionView
from partyadmin.views.report import ReportView
from partyadmin.views.static_files import init_static_files

__all__ = ["LANGUAGES", "init_views"]


def init_views(app: Flask) -> None:
    """Registers all views on the application, in the order of the menu."""
    admin = Admin(
        app,
        name=lazy_gettext("Party registry"),
        index_view=HomeView(),
        theme=Bootstrap4Theme(base_template="partyadmin/base.html", fluid=True),
        csp_nonce_generator=nonce,
    )
    members = MemberView()
    admin.add_views(
        OrganisationView(), ChangeOrderView(), UnitView(), members, PastMemberView(), ReportView(members),
        OwnActView(), DocumentView(), OwedScanView(), FieldDelegationView(), ImportView(), ExportLedgerView(),
        AccountView(), PostView(), TenureView(), PermissionView(), KeyChangeView(), ActView(),
        AccessLogView(), FinderView(members),
        CodesView(), *(CodeListView(model) for model in CODE_LISTS), CalendarView(),
        TimeLimitView(),
    )  # fmt: skip
    init_login(app)
    init_page(app, admin)
    init_headers(app)
    init_static_files(app)
    init_errors(app)
