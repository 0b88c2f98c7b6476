"""Form fields made from mapped columns: a view names the columns, this module knows how each is typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from wtforms import Field, IntegerField, SelectField, StringField, validators
from wtforms.utils import unset_value
from wtforms.widgets import TextInput, html_params

from partyadmin.dictionary import help_text, label
from partyadmin.views.choices import words, yes_no
from partyadmin.views.columns import Column, Kind
from partyadmin.views.labels import choices_of, phrase
from partyadmin.views.lookups import BY_CLASS, Choice, Lookup
from partyadmin.workbook.cleaning import clean_id_number, clean_name, clean_phone, plain_text
from partyadmin.workbook.dates import clean_date, year_and_month
from partyadmin.workbook.refusal import CellRefused

# People type numbers and names in many ways; what has one possible reading is put into one form.
_CLEANERS: dict[tuple[str, str], Callable[[Any], str | None]] = {
    ("member", "id_number"): clean_id_number,
    ("member", "name"): clean_name,
    ("member", "mobile"): clean_phone,
    ("member", "landline"): clean_phone,
}


MASK = "*"


class Filled:
    """Refuses an empty field in the registry's own words."""

    field_flags = {"required": True}

    def __call__(self, _form: Any, field: Any) -> None:
        if field.errors:
            raise validators.StopValidation  # what was typed is wrong, which says more
        if field.data is None or field.data == "":
            raise validators.StopValidation(gettext("%(field)s must be filled in.", field=field.label.text))


class Line(StringField):
    """A line of text in clean form; empty is unknown."""

    def __init__(self, *args: Any, clean: Callable[[Any], str | None] = plain_text, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.clean = clean

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        try:
            self.data = self.clean(valuelist[0]) or None
        except CellRefused as refused:
            self.data = valuelist[0]
            raise ValueError(gettext(refused.message_id, **refused.params)) from refused

    def words_of(self, value: str | None) -> str:
        """What the field shows for a value; so in all fields of this module."""
        return value or ""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else self.words_of(self.data)


class MaskedLine(Line):
    """A number shown masked: left as it is it stays, typed in full it replaces."""

    def process_formdata(self, valuelist: list[str]) -> None:
        # What it showed may have changed since, so a mask is judged only when the record is locked.
        if valuelist and MASK in valuelist[0]:
            self.data = valuelist[0].strip()
        else:
            super().process_formdata(valuelist)


class PhraseLine(Line):
    """A text of the seeds, shown translated: left as it is it stays, anything else is kept as typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.shows(self.object_data):
            self.data = self.object_data

    def shows(self, value: str | None) -> bool:
        """Whether the field holds what it would show for a value."""
        return value is not None and self.data in (value, self.clean(phrase(value)))

    def words_of(self, value: str | None) -> str:
        return phrase(value or "")


class DateLine(Field):
    """A date, written like 1998-07-01; other usual ways of writing it are understood."""

    widget = TextInput()
    pattern = "%Y-%m-%d"

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        try:
            self.data = self.read(valuelist[0])
        except CellRefused as refused:
            raise ValueError(gettext(refused.message_id, **refused.params)) from refused

    def read(self, typed: str) -> date | None:
        found = clean_date(typed)
        if isinstance(found, str):
            raise ValueError(gettext("The day is missing: write the date like 1998-07-01."))
        return found

    def words_of(self, value: date | None) -> str:
        # A year before 1000 has no place in this registry, so the width of strftime's year does not matter.
        return value.strftime(self.pattern) if value else ""

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.words_of(self.data)


class MonthLine(DateLine):
    """A month, written like 1998-07; its first day stands for it."""

    pattern = "%Y-%m"

    def read(self, typed: str) -> date | None:
        found = clean_date(typed)
        if isinstance(found, str):
            return date(*year_and_month(found), 1)
        return found and found.replace(day=1)


WORDS = "_words"
"""Ends the name of the field that carries the words of a look-up; the key travels under the plain name."""


def _type_ahead(field: Any, **kwargs: Any) -> Markup:
    key, words = field.chosen() or ("", "")
    kwargs |= {"type": "text", "id": field.id, "value": words if field.typed is None else field.typed}
    kwargs |= {"data-lookup": field.url, "data-key-name": field.name, "data-key": key}
    return Markup("<input {}>").format(Markup(html_params(name=field.name + WORDS, **kwargs)))


def _not_offered() -> str:
    return gettext("Choose one that is offered; this one does not exist in your scope.")


class LookupField(Field):
    """A choice found by typing; it must exist in the reader's scope, on show and on saving.

    A script sends the key of what was chosen. Where none runs, or nothing was chosen, a code, an exact name
    or the words as they are shown name it too.
    """

    widget = staticmethod(_type_ahead)

    def __init__(self, *args: Any, lookup: Lookup, url: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup = lookup
        self.url = url
        self.typed: str | None = None

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        if formdata is None or any(formdata.getlist(self.name)):
            return
        for typed in formdata.getlist(self.name + WORDS)[:1]:
            self.name_it(typed.strip())

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        typed = valuelist[0].strip()
        chosen = self.lookup.find(typed) if typed else None
        if typed and chosen is None:
            self.data = None
            raise ValueError(_not_offered())
        self.data = self.key_of(chosen)

    def name_it(self, typed: str) -> None:
        """Takes what was typed, where it names one."""
        present = self.chosen()
        if present is not None and present[1] == typed:
            return
        self.typed = typed
        named = self.lookup.named(typed) if typed else []
        self.data = self.key_of(named[0] if len(named) == 1 else None)
        if typed and len(named) != 1:
            several = gettext("Several have this name; choose one of the list, or type its code.")
            self.process_errors = [*self.process_errors, several if named else _not_offered()]

    def key_of(self, chosen: Choice | None) -> Any:
        """The key of a choice as the column holds it."""
        return None if chosen is None else int(chosen[0]) if self.lookup.numbered else chosen[0]

    def chosen(self) -> Choice | None:
        """The choice that the field holds."""
        return self.lookup.find(self.data) if self.data is not None else None

    def words_of(self, value: Any) -> str:
        chosen = self.lookup.find(value) if value is not None else None
        return chosen[1] if chosen else ""


_LONG = 12
"""Choices of a list that the eye still takes in; a longer one is searched by typing."""


class ChoiceField(SelectField):
    """A choice of a list; empty is unknown."""

    def __init__(self, label: str, values: dict[Any, str], **kwargs: Any) -> None:
        self.values = {_written(value): value for value in values}
        self.words = {"": "–"} | {_written(value): word for value, word in values.items()}
        if len(self.words) > _LONG:
            kwargs["render_kw"] = {"data-type-ahead": True}
        super().__init__(label, choices=list(self.words.items()), coerce=_written, **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = value

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist:
            return
        if valuelist[0] and valuelist[0] not in self.values:
            raise ValueError(gettext("Choose one that is offered."))
        self.data = self.values.get(valuelist[0])

    def pre_validate(self, form: Any) -> None:
        # An empty choice is no value; whether there must be one is for Filled and the database.
        return None

    def words_of(self, value: Any) -> str:
        return "" if value is None else str(self.words.get(_written(value), ""))

    def iter_choices(self) -> Any:
        chosen = _written(self.data)
        for value, word in self.words.items():
            yield value, word, value == chosen, {}


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ("1" if value else "0") if isinstance(value, bool) else str(value)


def field_of(
    column: Column, lookup_url: Callable[[Lookup], str], lookup: Lookup | None, present: Any, masked: bool
) -> Any:
    """The unbound field of one column; `present` is the value it holds now.

    Raises RuntimeError for a relation that no lookup bounds.
    """
    options: dict[str, Any] = {
        "label": label(column.table, column.name),
        "description": help_text(column.table, column.name),
        "validators": [Filled()] if column.required else [],
    }
    lookup = lookup or lookup_of(column)
    if lookup is not None:
        return LookupField(lookup=lookup, url=lookup_url(lookup), **options)
    if column.kind is Kind.CODE and column.target is not None:
        return ChoiceField(values=dict(choices_of(column.target, present)), **options)
    if column.kind is Kind.CHOICE:
        return ChoiceField(values=dict(words(column.table, column.name)), **options)
    if column.kind is Kind.YES_NO:
        return ChoiceField(values=dict(yes_no()), **options)
    if column.kind is Kind.DATE:
        return DateLine(render_kw={"placeholder": "1998-07-01"}, **options)
    if column.kind is Kind.MONTH:
        options["description"] = gettext("The month, written like 1998-07.")
        return MonthLine(render_kw={"placeholder": "1998-07"}, **options)
    if column.kind is Kind.NUMBER:
        return IntegerField(**options | {"validators": [validators.Optional(), *options["validators"]]})
    if column.kind is Kind.PHRASE:
        return PhraseLine(**options)
    clean = _CLEANERS.get((column.table, column.name), plain_text)
    return (MaskedLine if masked else Line)(clean=clean, **options)


def lookup_of(column: Column) -> Lookup | None:
    """The lookup that bounds a relation or a long list; None for a column that needs none.

    Raises RuntimeError for a relation without one: nothing would bound what can be chosen.
    """
    lookup = BY_CLASS.get(column.target) if column.target is not None else None
    if lookup is None and column.kind is Kind.RECORD:
        raise RuntimeError(f"{column.table}.{column.name} has no lookup that bounds it by scope")
    return lookup
