"""The form of one record: its groups of fields, what is locked in it and why, what was changed in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask_admin.form import BaseForm
from flask_babel import gettext
from wtforms import HiddenField

from partyadmin.dictionary import Refused
from partyadmin.operations.draft import Sheet, new_sheet_name
from partyadmin.views.cells import Cell
from partyadmin.views.drafts import Opening
from partyadmin.views.fields import Filled, Line, PhraseLine
from partyadmin.views.files import KeptFileField

REASON = "reason"
VERSION = "ver"


@dataclass(frozen=True)
class Locked:
    """A field that is shown and cannot be written, with the reason and who can."""

    name: str
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
    """The bound form with its groups; `refusal` is the sentence on top of it, `sheet` its name as a draft."""

    form: Any
    groups: list[Group]
    shown: dict[str, Any] = field(default_factory=dict)
    refusal: str | None = None
    opening: Opening = field(default_factory=lambda: Opening(Sheet(new_sheet_name(), "", None)))

    @property
    def sheet(self) -> Sheet:
        """The sheet of this opening of the form."""
        return self.opening.sheet

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

    def errors(self) -> list[tuple[str, str, str]]:
        """All that is wrong in the order of the form: the id of the field, its label, the sentence."""
        return [
            (found.id, str(found.label.text), " ".join(map(str, found.errors)))
            for found in self._in_order() if found.errors
        ]  # fmt: skip

    def _in_order(self) -> list[Any]:
        names = [name for group in self.groups for name in self.names(group.name)]
        return [self.form[name] for name in dict.fromkeys((*names, *(found.name for found in self.form)))]

    def has_file(self) -> bool:
        """Whether a file came with the request."""
        return any(isinstance(found, KeptFileField) and found.data is not None for found in self.form)

    def point_at(self, name: str, sentence: str) -> None:
        """Says what is wrong with a field, once."""
        if name in self.form and not self.form[name].errors:
            self.form[name].errors = [sentence]

    def fill(self, name: str, value: str) -> None:
        """Puts a value into a field that was left empty, as if it had been typed."""
        if name in self.form and self.form[name].data is None and not any(self.form[name].raw_data or ()):
            self.form[name].process_formdata([value])
            self.form[name].raw_data = None
            self.form[name].errors = []

    def was(self, name: str) -> str | None:
        """What a field of the record showed before anybody typed; None in the form of a new record."""
        if VERSION not in self.shown or name not in self.shown or not hasattr(self.form[name], "words_of"):
            return None
        return str(self.form[name].words_of(self.shown[name]))

    def is_changed(self, name: str) -> bool:
        """Whether something else than the record holds stands typed in a field."""
        return self.was(name) is not None and self.form[name].data != self.shown[name]

    def begin_again(self, ver: int | None = None) -> None:
        """Gives the form a sheet of its own, and the version that it is to be saved over."""
        self.opening = Opening(replace(self.sheet, name=new_sheet_name()), self.opening.typed)
        if ver is not None:
            self.form[VERSION].raw_data = None
            self.form[VERSION].data = ver

    def take_over(self, changed: dict[str, tuple[Any, Any]]) -> None:
        """Brings a form up to date with another's save, keeping what was typed in this one."""
        for name, (was, now) in changed.items():
            if name not in self.form:
                continue
            found = self.form[name]
            if found.data == was or (isinstance(found, PhraseLine) and found.shows(was)):
                found.raw_data = None
                found.data = now


def build(
    fields: dict[str, Any], groups: list[Group], shown: dict[str, Any], reason: str, opening: Opening
) -> RecordForm:
    """Binds the fields to what was typed; the form of a record carries the version it was opened at."""
    fields = dict(fields)
    fields[REASON] = Line(gettext("Reason for this change"), validators=[Filled()])
    if VERSION in shown:
        fields[VERSION] = HiddenField()
    form_class = type("Form", (BaseForm,), fields)
    return RecordForm(
        form_class(opening.typed, data={**shown, REASON: reason}), groups, shown, opening=opening
    )
