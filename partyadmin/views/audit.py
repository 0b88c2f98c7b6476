"""What happened: the access log and the acts, read only."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_login import current_user

from partyadmin.models import AccessLog, Transaction
from partyadmin.views.base import PartyView
from partyadmin.views.filters import Equal, Of
from partyadmin.views.rights import Rights

_AUDIT: Rights = (("A4", "V"), ("S4", "V"))


class AccessLogView(PartyView):
    """What was read, looked up, exported or refused; it holds no personal value."""

    title = lazy_gettext("Access log")
    noun = lazy_gettext("entry of the access log")
    read_by = _AUDIT
    column_list = ("logged_at", "kind", "account_id", "post_id", "subject", "subject_id", "detail", "client")
    newest_first = True
    narrow_by = (Equal("kind"), Of("account_id"), Of("post_id"))
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(AccessLog)


class ActView(PartyView):
    """Every write: who, in which post, when, why."""

    title = lazy_gettext("Acts")
    noun = lazy_gettext("act")
    read_by = _AUDIT
    newest_first = True
    narrow_by = (Of("account_id"), Of("post_id"))
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(Transaction)

    @property
    def column_list(self) -> tuple[str, ...]:  # type: ignore[override]
        # People write reasons and titles, and may write names there; the technical auditor sees no personal value.
        words = ("reason", "document_id") if current_user and current_user.sees_records else ()
        return ("issued_at", "id", "account_id", "post_id", *words, "remote_addr")
