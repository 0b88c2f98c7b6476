"""Accounts, posts and tenures: who works in the registry, and what they hold."""

from __future__ import annotations

import secrets
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from flask_login import current_user

from partyadmin.db import db
from partyadmin.identity import hash_password
from partyadmin.models import Account, Post, Tenure
from partyadmin.operations import acting
from partyadmin.operations.account import set_password
from partyadmin.views import menu
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.cells import today
from partyadmin.views.details import section_of
from partyadmin.views.filters import Active, Below, Equal, Of, Prefix
from partyadmin.views.forms import RecordForm
from partyadmin.views.looking import LOOKERS, LookingView, looks_at
from partyadmin.views.rights import Rights, demand

# Letters that nobody mistakes for another one when a password is read aloud or copied by hand.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_WATCH: Rights = (("O9", "W"), ("S1", "W"), ("S2", "W"), ("S3", "WV"), ("S4", "V"))
_GIVE: Rights = (("O9", "W"), ("S2", "W"))


class AccountView(LookingView):
    """One person who works in the registry."""

    chapter = menu.ACCOUNTS
    title = lazy_gettext("Accounts")
    noun = lazy_gettext("account")
    read_by = _WATCH
    create_by = edit_by = (("O9", "W"), ("S1", "W"))
    scope_column = "organisation_code"

    column_list = ("name", "login", "organisation_id", "organisation_code", "closed")
    form_columns = ("login", "name", "organisation_id", "closed")
    column_details_list = column_list
    narrow_by = (Below("organisation"), Prefix("login"), Active("closed"))
    fixed = {"login": lazy_gettext("A login stays, so that the trail names one person.")}
    later = ("closed",)
    details_template = "partyadmin/account.html"

    def __init__(self) -> None:
        super().__init__(Account)

    def extra_details(self, row: Any) -> dict[str, Any]:
        tenures = db.session.query(Tenure).filter_by(account_id=row.id).order_by(Tenure.id.desc()).all()
        return {
            "sections": [section_of(gettext("Posts held"), Tenure, ("post_id", "since", "until"), tenures)],
            "actions": [
                (gettext("Show what this person sees"), "account.look_view", {"id": row.id}, LOOKERS),
                (gettext("Give a post"), "tenure.create_view", {"account_id": row.id}, _GIVE),
            ],
            "why_no_password": gettext("You change your own password at the top right of the page.")
            if row.id == current_user.account_id
            else None,
        }

    def enter(self, bound: RecordForm) -> Any:
        account = super().enter(bound)
        bound.shown["password"] = _give_password(account.id)
        return account

    def created(self, key: Any, bound: RecordForm) -> Answer:
        return self._password_page(key, bound.form["login"].data, bound.shown["password"])

    @expose("/password/", methods=("POST",))
    def new_password(self) -> Answer:
        """Sets a new random password, shows it once, and ends the person's sessions."""
        row = self.row_of(request.args.get("id"), ("login",))
        if not self.can_edit:
            return self.inaccessible_callback("new_password")
        with acting(db.session(), gettext("New password given")):
            demand(self.edit_by)
            password = _give_password(row.id)
        return self._password_page(row.id, row.login, password)

    def _password_page(self, key: int, login: str, password: str) -> Answer:
        return str(self.render("partyadmin/password_once.html", key=key, login=login, password=password))


def random_password() -> str:
    """A password that is read aloud and copied by hand without a mistake."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _give_password(account_id: int) -> str:
    password = random_password()
    set_password(db.session(), account_id, hash_password(password))
    return password


class PostView(PartyView):
    """The rights of a level at an organisation."""

    chapter = menu.ACCOUNTS
    title = lazy_gettext("Posts")
    noun = lazy_gettext("post")
    read_by = _WATCH
    create_by = edit_by = _GIVE
    scope_column = "organisation_code"

    column_list = ("level", "organisation_id", "organisation_code", "closed")
    form_columns = ("organisation_id", "level", "closed")
    order = ("organisation_code", "id")
    narrow_by = (Below("organisation"), Equal("level"), Active("closed"))
    fixed = {
        "organisation_id": lazy_gettext("A post stays where it is; close it and open another."),
        "level": lazy_gettext("A post stays what it is; close it and open another."),
    }
    later = ("closed",)

    def __init__(self) -> None:
        super().__init__(Post)

    def heading(self, row: Any) -> str:
        return " · ".join(cell.text for _, cell in self.cells(row, ("organisation_id", "level")))

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {"actions": looks_at(row.id)}


class TenureView(PartyView):
    """An account in a post, dated; a deputy has a tenure of a few days."""

    chapter = menu.ACCOUNTS
    title = lazy_gettext("Tenures")
    noun = lazy_gettext("tenure")
    read_by = _WATCH
    create_by = edit_by = _GIVE

    column_list = ("account_id", "post_id", "since", "until", "document_id")
    form_columns = ("account_id", "post_id", "since", "until", "document_id")
    newest_first = True
    narrow_by = (Active("until"), Of("account_id"), Of("post_id"))
    fixed = {
        "account_id": lazy_gettext("A tenure stays with its person; end it and give another."),
        "post_id": lazy_gettext("A tenure stays with its post; end it and give another."),
    }

    def __init__(self) -> None:
        super().__init__(Tenure)

    def defaults(self) -> dict[str, Any]:
        account = request.args.get("account_id", "")
        return {
            "since": today(),
            "account_id": account if account.isascii() and account.isdigit() else None,
        }
