"""Signing in and out, one's own password, the post one acts in, and the language of the pages."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask import session as browser
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from partyadmin import identity
from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.operations import acting
from partyadmin.operations.account import set_password

LANGUAGES = ("zh_Hans_CN", "en")
# What anybody may open; every other page asks who is there.
_OPEN = {"person.sign_in", "person.set_language", "static", "admin.static"}
_LEAVING = {"person.sign_out", "person.stop_look", "person.switch_post"}

person = Blueprint("person", __name__)


class SignInForm(FlaskForm):
    """Login and password."""

    login = StringField(lazy_gettext("Login"), render_kw={"autocomplete": "username", "maxlength": 40})
    password = PasswordField(lazy_gettext("Password"), render_kw={"autocomplete": "current-password"})


class PasswordForm(FlaskForm):
    """The present password and the new one, twice."""

    present = PasswordField(lazy_gettext("Present password"), render_kw={"autocomplete": "current-password"})
    new = PasswordField(lazy_gettext("New password"), render_kw={"autocomplete": "new-password"})
    again = PasswordField(lazy_gettext("New password again"), render_kw={"autocomplete": "new-password"})


def init_login(app: Flask) -> None:
    """Registers the pages, and the rule that everything else is closed to the anonymous."""
    app.register_blueprint(person)
    app.before_request(_refuse_broken_text)
    app.before_request(_ask_who_is_there)


def _refuse_broken_text() -> None:
    """A zero character is in no text that a person types, and no database takes it."""
    values = [*request.args.values(), *request.form.values()]
    if any("\x00" in value for value in values):
        abort(400)


def _ask_who_is_there() -> Response | None:
    if request.endpoint is None or request.endpoint in _OPEN:
        return None
    if current_user.is_authenticated:
        return _own_eyes_again() if request.endpoint not in _LEAVING else None
    if request.method == "GET" and not request.endpoint.endswith("ajax_lookup"):
        browser["next"] = request.full_path.rstrip("?")
    return redirect(url_for("person.sign_in"))


def _own_eyes_again() -> Response | None:
    """Ends a look that is over before anything else: what was asked for is not done in one's own post."""
    look = current_user.look
    if look is None or not look.is_over:
        return None
    identity.end_look(db.session(), request.cookies.get(identity.COOKIE, ""))
    sentence = gettext(
        "You no longer see what %(name)s sees. You are in your own post again.", name=look.name
    )
    flash(sentence, "info")
    return redirect(url_for("admin.index"))


@person.route("/sign-in/", methods=("GET", "POST"))
def sign_in() -> Any:
    """The page before all others."""
    if current_user.is_authenticated:
        return redirect(url_for("admin.index"))
    form, refusal = SignInForm(), None
    if form.validate_on_submit():
        client, agent = request.remote_addr or "", request.user_agent.string
        try:
            token = identity.sign_in(
                db.session(), (form.login.data or "").strip(), form.password.data or "", client, agent
            )
        except Refused as refused:
            refusal = refused.sentence
        else:
            language, wanted = browser.get("language"), browser.get("next")
            browser.clear()  # nothing that was planted before signing in survives it
            if language:
                browser["language"] = language
            return identity.set_cookie(redirect(wanted or url_for("admin.index")), token)  # type: ignore[arg-type]
    return render_template("partyadmin/sign_in.html", form=form, refusal=refusal), 403 if refusal else 200


@person.post("/sign-out/")
def sign_out() -> Response:
    """Ends the session for good."""
    identity.sign_out(db.session(), request.cookies.get(identity.COOKIE, ""))
    language = browser.get("language")
    browser.clear()
    if language:
        browser["language"] = language
    response = redirect(url_for("person.sign_in"))
    response.delete_cookie(identity.COOKIE)
    return response


@person.post("/switch-post/")
def switch_post() -> Response:
    """Goes on in another post of the same person."""
    chosen = request.form.get("post_id", "")
    if not chosen.isascii() or not chosen.isdigit() or len(chosen) > 18:
        abort(400)
    if not identity.switch_post(db.session(), request.cookies.get(identity.COOKIE, ""), int(chosen)):
        flash(gettext("This post is not one of yours today; you go on in the present one."), "danger")
    return redirect(url_for("admin.index"))


@person.post("/stop-look/")
def stop_look() -> Response:
    """Goes on with one's own eyes, in one's own post."""
    identity.end_look(db.session(), request.cookies.get(identity.COOKIE, ""))
    return redirect(url_for("admin.index"))


@person.post("/language/")
def set_language() -> Response:
    """Shows all pages of this browser session in another language."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    browser["language"] = chosen
    return redirect(url_for("admin.index" if current_user.is_authenticated else "person.sign_in"))


@person.route("/password/", methods=("GET", "POST"))
def password() -> Any:
    """One's own password; the present one is asked for again."""
    form, refusal = PasswordForm(), None
    if form.validate_on_submit():
        try:
            _change_password(form)
        except Refused as refused:
            refusal = refused.sentence
        else:
            flash(gettext("The new password is in force."), "success")
            return redirect(url_for("admin.index"))
    return render_template("partyadmin/password.html", form=form, refusal=refusal), 422 if refusal else 200


def _change_password(form: PasswordForm) -> None:
    if form.new.data != form.again.data:
        raise Refused(gettext("The two new passwords differ; type the same one twice."), "again")
    if not identity.knows_password(
        db.session(), current_user.login, form.present.data or "", request.remote_addr or ""
    ):
        raise Refused(gettext("The present password is wrong."), "present")
    hashed = identity.hash_password(form.new.data or "")
    with acting(db.session(), gettext("Own password changed")):
        set_password(db.session(), current_user.account_id, hashed)
