"""Seeing what a person below sees: asked for with a reason, logged before, read-only, ended by a button."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext
from flask_login import current_user
from wtforms import Form, SelectField

from partyadmin import identity
from partyadmin.db import db
from partyadmin.dictionary import Refused, rule_sentence
from partyadmin.models import Account, Organisation, Post, Tenure
from partyadmin.models.codes import Level
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.fields import Filled, Line
from partyadmin.views.labels import label_of
from partyadmin.views.rights import Rights, holds

LOOKERS: Rights = (("O9", "W"),)
_RULE = "a_look_is_at_a_post_below"


class LookingView(PartyView):
    """A view of accounts from which one looks with a person's eyes."""

    @expose("/look/", methods=("GET", "POST"))
    def look_view(self) -> Answer:
        """Asks for post and reason; from then on all pages are those of that person in that post."""
        if not holds(LOOKERS):
            return self.inaccessible_callback("look_view")
        row = self.row_of(request.args.get("id"), self.readable_columns())
        posts = _posts_below(row.id)
        form = _form(posts)(request.form if request.method == "POST" else None)
        refusal = None if posts else rule_sentence(_RULE)
        if request.method == "POST" and posts and form.validate():
            token = request.cookies.get(identity.COOKIE, "")
            try:
                identity.begin_look(db.session(), token, row.id, int(form["post"].data), form["reason"].data)
            except Refused as refused:
                refusal = refused.sentence
            else:
                return redirect(url_for("admin.index"))
        html = self.render(
            "partyadmin/look.html", key=row.id, heading=self.heading(row), form=form, refusal=refusal,
            is_possible=bool(posts),
        )  # fmt: skip
        return html, 422 if form.errors or (refusal and request.method == "POST") else 200


def looks_at(post_id: int) -> list[tuple[Any, str, dict[str, Any], Rights]]:
    """Buttons on the page of a post: with whose eyes one may look there."""
    holders = db.session.execute(
        sa.select(Account.id, Account.name)
        .join(Tenure, Tenure.account_id == Account.id)
        .where(Tenure.post_id == post_id, _may_look(Account.id, Tenure.post_id))
        .order_by(Account.id)
    )
    return [
        (gettext("Show what %(name)s sees", name=row.name), "account.look_view", {"id": row.id}, LOOKERS)
        for row in holders
    ]


def _posts_below(account_id: int) -> list[tuple[str, str]]:
    """The posts of an account in which one may look, as choices."""
    rows = db.session.execute(
        sa.select(Post.id, Post.level, Organisation.name)
        .join(Tenure, Tenure.post_id == Post.id)
        .join(Organisation, Organisation.id == Post.organisation_id)
        .where(Tenure.account_id == account_id, _may_look(Tenure.account_id, Post.id))
        .order_by(Post.organisation_code, Post.id)
    )
    return list({str(row.id): f"{row.name} · {label_of(Level, row.level)}" for row in rows}.items())


def _may_look(account_id: Any, post_id: Any) -> Any:
    return sa.func.a_look_is_at_a_post_below(current_user.post_id, account_id, post_id)


def _form(posts: list[tuple[str, str]]) -> type[Form]:
    fields = {
        "post": SelectField(gettext("Post"), choices=posts),
        "reason": Line(gettext("Why you need to see it"), validators=[Filled()]),
    }
    return type("LookForm", (Form,), fields)
