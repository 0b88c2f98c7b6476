"""Forms that open once it is known what they are about: a kind, and the record that it happens to."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from flask import g, redirect, request
from flask_admin import expose

from partyadmin.views import drafts
from partyadmin.views.base import Answer, PartyView
from partyadmin.views.forms import RecordForm

Subject = TypeVar("Subject")


class BegunView(PartyView, Generic[Subject]):
    """Asks on a page of its own what a new record is about, before its form opens."""

    def asked(self, typed: Any) -> Subject | None:
        """What a request or a draft is about; None where it does not say enough."""
        raise NotImplementedError

    def on_record(self, row: Any) -> Subject:
        """What a record is about."""
        raise NotImplementedError

    def begin_page(self) -> str:
        """The page on which one chooses what a new record is about."""
        raise NotImplementedError

    def about(self, row: Any) -> Subject | None:
        """What a record, or the request, is about; found once a request."""
        known: dict[Any, Subject | None] = g.setdefault(f"{self.endpoint}_about", {})
        key = None if row is None else row.id
        if key not in known:
            known[key] = self.asked(self._typed()) if row is None else self.on_record(row)
        return known[key]

    def _typed(self) -> Any:
        if "draft" in request.args and "kind" not in request.values:
            return drafts.opening(self.endpoint, None).typed or {}
        return request.values

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        """The form of a new record, once it is chosen what it is about; saving it is one act."""
        if self.can_create and self.about(None) is None:
            return self.begin_page(), 200 if request.method == "GET" else 422
        return super().create_view()

    def form_of_request(self) -> RecordForm | Answer:
        if "id" not in request.args and self.can_create and self.about(None) is None:
            return redirect(self.get_url(".create_view"))
        return super().form_of_request()
