"""What happened: the access log and the acts, read only."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_login import current_user

from partyadmin.models import AccessLog, Transaction
from partyadmin.views import menu
from partyadmin.views.base import PartyView
from partyadmin.views.filters import Equal, Of
from partyadmin.views.periods import Person, Since, Until
from partyadmin.views.rights import Rights
from partyadmin.views.written import written_by

_AUDIT: Rights = (("A4", "V"), ("S4", "V"))


class AccessLogView(PartyView):
    """What was read, looked up, exported or refused; it holds no personal value."""

    chapter = menu.AUDIT
    title = lazy_gettext("Access log")
    noun = lazy_gettext("entry of the access log")
    read_by = _AUDIT
    column_list = ("logged_at", "kind", "account_id", "post_id", "subject", "subject_id", "detail", "client")
    order = ("logged_at", "id")
    newest_first = True
    narrow_by = (
        Since("since", "logged_at"), Until("until", "logged_at"), Person("person"), Equal("kind"),
        Of("account_id"), Of("post_id"),
    )  # fmt: skip
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(AccessLog)


class ActView(PartyView):
    """Every write: who, in which post, when, why."""

    chapter = menu.AUDIT
    title = lazy_gettext("Acts")
    noun = lazy_gettext("act")
    read_by = _AUDIT
    column_list = ("issued_at", "id", "account_id", "post_id", "reason", "document_id", "remote_addr")
    order = ("issued_at", "id")
    newest_first = True
    narrow_by = (
        Since("since", "issued_at"), Until("until", "issued_at"), Person("person"),
        Of("account_id"), Of("post_id"),
    )  # fmt: skip
    keeps_versions = False

    def __init__(self) -> None:
        super().__init__(Transaction)

    def extra_details(self, row: Any) -> dict[str, Any]:
        return {"sections": [written_by(row.id)]}

    def readable_columns(self) -> tuple[str, ...]:
        # People may write names into reasons and titles, and the technical auditor sees no personal value.
        personal = () if current_user.sees_records else ("reason", "document_id")
        return tuple(name for name in super().readable_columns() if name not in personal)
