"""The form of one record: its groups of fields, what is locked in it and why, what was changed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_admin.form import BaseForm
from flask_babel import gettext
from werkzeug.datastructures import CombinedMultiDict
from wtforms import HiddenField

from partyadmin.dictionary import Refused
from partyadmin.views.cells import Cell
from partyadmin.views.fields import Filled, Line, PhraseLine

REASON = "reason"
VERSION = "ver"


@dataclass(frozen=True)
class Locked:
    """A field that is shown and cannot be written, with the reason and who can."""

    label: str
    cell: Cell
    why: str


@dataclass(frozen=True)
class Group:
    """Fields under one heading, in the order of the paper form."""

    title: str
    entries: list[str | Locked]
    note: str = ""
    name: str = "record"
    folded: bool = False


@dataclass
class RecordForm:
    """The bound form with its groups; `refusal` is the sentence on top of it."""

    form: Any
    groups: list[Group]
    shown: dict[str, Any] = field(default_factory=dict)
    refusal: str | None = None

    def changes(self) -> dict[str, Any]:
        """The fields of the record whose value is not the one that was shown."""
        return {
            name: self.form[name].data
            for name in self.names("record")
            if self.form[name].data != self.shown.get(name)
        }

    def names(self, group: str) -> list[str]:
        """The names of the fields that can be written in a group."""
        return [entry for entry in self._entries(group) if isinstance(entry, str)]

    def has_locked(self) -> bool:
        """Whether somebody else keeps some of the fields."""
        return any(isinstance(entry, Locked) for entry in self._entries("record"))

    def can_be_saved(self) -> bool:
        """Whether there is any field to write."""
        return any(self.names(group.name) for group in self.groups)

    def _entries(self, group: str) -> list[str | Locked]:
        return [entry for found in self.groups if found.name == group for entry in found.entries]

    def refuse(self, refused: Refused, sentence: str) -> None:
        """Shows a refusal on top, and beside its field where the form has it."""
        self.refusal = sentence
        if refused.field is not None and refused.field in self.form:
            self.form[refused.field].errors = [refused.sentence]

    def validate(self) -> bool:
        """Checks what was typed, before any of it reaches the database."""
        if self.form.validate():
            return True
        self.refusal = gettext("Nothing was saved; the marked fields say why.")
        return False

    def take_over(self, changed: dict[str, tuple[Any, Any]]) -> None:
        """Brings a form up to date with another's save, keeping what was typed in this one."""
        for name, (was, now) in changed.items():
            if name not in self.form:
                continue
            found = self.form[name]
            if found.data == was or (isinstance(found, PhraseLine) and found.shows(was)):
                found.raw_data = None
                found.data = now


def build(fields: dict[str, Any], groups: list[Group], shown: dict[str, Any], reason: str) -> RecordForm:
    """Binds the fields to the request; a form of an existing record carries the version it was opened at."""
    fields = dict(fields)
    fields[REASON] = Line(gettext("Reason for this change"), validators=[Filled()])
    if VERSION in shown:
        fields[VERSION] = HiddenField()
    form_class = type("Form", (BaseForm,), fields)
    data = {**shown, REASON: reason}
    formdata: Any = CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None
    return RecordForm(form_class(formdata, data=data), groups, shown)
