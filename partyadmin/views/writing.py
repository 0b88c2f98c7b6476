"""The writing half of every screen of records: the forms of new and present records, and their refusals."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import flash, jsonify, redirect, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from sqlalchemy.exc import DBAPIError

from partyadmin.db import db
from partyadmin.dictionary import Refused, refusal
from partyadmin.operations import Stale, acting, draft, lock
from partyadmin.operations.draft import AlreadyRegistered
from partyadmin.views import drafts, forms, history
from partyadmin.views.asking import first_ask
from partyadmin.views.cells import Cell, cell, names_of
from partyadmin.views.fields import MASK, field_of
from partyadmin.views.forms import Group, Locked, RecordForm
from partyadmin.views.lists import Answer, ListView
from partyadmin.views.lookups import whom_to_ask
from partyadmin.views.rights import demand


class WritingView(ListView):
    """Enters and changes the records of one class, as far as the post of the request may."""

    create_template = edit_template = "partyadmin/form.html"
    new_reason: ClassVar[Any] = lazy_gettext("New record")
    change_reason: ClassVar[Any] = lazy_gettext("Correction of information")
    new_word: ClassVar[Any] = lazy_gettext("New")
    save_word: ClassVar[Any] = lazy_gettext("Save")
    paper: ClassVar[Any] = ""
    """The paper form whose order the fields follow, in a line under the heading."""
    items: ClassVar[dict[str, str]] = {}
    """The numbers of the fields on that paper."""
    spanning: ClassVar[tuple[str, ...]] = ()
    """Fields that take both columns of the form."""

    def cells(self, row: Any, shown: tuple[str, ...]) -> list[tuple[str, Cell]]:
        """Columns of one record, each under its heading."""
        columns = [self.column(name) for name in shown]
        names = names_of(columns, [row])
        return [(self.heading_of(c.name), cell(c, getattr(row, c.name), names)) for c in columns]

    def heading(self, row: Any) -> str:
        """The name of one record on its pages."""
        shown = self.cells(row, ((self.column_details_list or self.readable_columns())[0],))
        return shown[0][1].text

    def heading_of_new(self) -> str:
        """The heading of the form of a new record."""
        return gettext("New: %(noun)s", noun=self.noun)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        """The form of a new record; saving it is one act."""
        if not self.can_create:
            return self.inaccessible_callback("create_view")
        bound = self.form_for(None)
        if request.method == "POST" and bound.validate():
            try:
                return self.create(bound)
            except AlreadyRegistered as again:
                return self.registered_before(bound, again)
            except Refused as refused:
                bound.refuse(refused, self.explain(refused, bound))
        return self.form_page(bound, None)

    def create(self, bound: RecordForm) -> Answer:
        """Writes the new record in one act, and answers.

        Raises Refused; then nothing was written.
        """
        with acting(db.session(), bound.form[forms.REASON].data):
            demand(self.create_by)
            draft.register(db.session(), bound.sheet)
            key = self.key_in(self.enter(bound))
            draft.became(db.session(), bound.sheet, key)
        self.saved(key)
        return self.created(key, bound)

    def registered_before(self, bound: RecordForm, again: AlreadyRegistered) -> Answer:
        """Leads a second sending of a form to its record; what was typed over it stays in a new form."""
        flash(again.sentence, "info")
        record = self.get_one(again.key)
        sent = {name: bound.form[name].data for name in bound.names("record")}
        if all(value in (None, getattr(record, name)) for name, value in sent.items()):
            return redirect(self.get_url(".details_view", id=again.key))
        bound.begin_again()
        bound.refusal = gettext("This sheet was registered before. Save again to register what it says now.")
        return self.form_page(bound, None, status=409)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Answer:
        """The form of a record; saving it is one act, refused where somebody saved in the meantime."""
        if not self.can_edit:
            return self.inaccessible_callback("edit_view")
        names = (*(self.column_details_list or self.readable_columns()), *self.form_columns, forms.VERSION)
        row = self.row_of(request.args.get("id"), names)
        bound = self.form_for(row)
        if request.method == "POST" and bound.validate():
            changes = bound.changes()
            if not self.has_change(bound):
                flash(gettext("Nothing was changed, so nothing was saved."), "info")
                return redirect(self.get_url(".details_view", id=self.key_in(row)))
            try:
                self.save(row, bound, changes)
            except AlreadyRegistered:
                return self.saved_before(row, bound)
            except Stale as stale:
                return self.stale_page(row, bound, stale)
            except Refused as refused:
                bound.refuse(refused, self.explain(refused, bound))
            else:
                self.saved(self.key_in(row))
                flash(gettext("Saved: %(name)s.", name=self.heading(row)), "success")
                return redirect(self.get_url(".details_view", id=self.key_in(row)))
        return self.form_page(bound, row)

    def save(self, row: Any, bound: RecordForm, changes: dict[str, Any]) -> None:
        """Writes the changes in one act.

        Raises Stale and Refused; then nothing was written.
        """
        opened = bound.form[forms.VERSION].data or ""
        with acting(db.session(), bound.form[forms.REASON].data):
            self.demand_change(row, changes)
            draft.register(db.session(), bound.sheet)
            record = self.get_one(self.key_in(row))
            lock(db.session(), record, int(opened) if opened.isascii() and opened.isdigit() else 0)
            self.apply(record, changes)
            db.session.flush()
            self.with_change(record, bound, changes)
            draft.became(db.session(), bound.sheet, self.key_in(row))

    def saved_before(self, row: Any, bound: RecordForm) -> Answer:
        """Leads a second sending of a change to the record; what was typed over it stays in the form."""
        fresh = self.row_of(str(self.key_in(row)), (*self.form_columns, forms.VERSION))
        bound.shown = dict(fresh._mapping)
        if not bound.changes():
            flash(gettext("Saved: %(name)s.", name=self.heading(row)), "success")
            return redirect(self.get_url(".details_view", id=self.key_in(row)))
        bound.begin_again(fresh.ver)
        bound.refusal = gettext("This sheet was saved before. Save again to save what it says now.")
        return self.form_page(bound, row, status=409)

    def has_change(self, bound: RecordForm) -> bool:
        """Whether there is anything to save."""
        return bool(bound.changes())

    def demand_change(self, row: Any, changes: dict[str, Any]) -> None:
        """Refuses inside the act what the post may not change."""
        demand(self.edit_by)

    def apply(self, record: Any, changes: dict[str, Any]) -> None:
        """Sets the changed fields of a locked record."""
        self.refuse_masks(changes)
        for name, value in changes.items():
            setattr(record, name, value)

    def refuse_masks(self, values: dict[str, Any]) -> None:
        """Refuses to store a number with its middle hidden."""
        for name in self.masked:
            if MASK in (values.get(name) or ""):
                raise Refused(gettext("Type the whole number, or leave the field as it was."), name)

    def with_change(self, record: Any, bound: RecordForm, changes: dict[str, Any]) -> None:
        """What else belongs into the act of a change."""

    def enter(self, bound: RecordForm) -> Any:
        """Writes a new record in the open act, and returns it."""
        values = {name: bound.form[name].data for name in bound.names("record")}
        self.refuse_masks(values)
        # An empty field leaves the column to its default.
        record = self.model(**{name: value for name, value in values.items() if value is not None})
        db.session.add(record)
        db.session.flush()
        return record

    def created(self, key: Any, bound: RecordForm) -> Answer:
        """The answer to a new record."""
        row = self.row_of(str(key), self.column_details_list or self.readable_columns())
        flash(gettext("Registered: %(noun)s.", noun=self.heading(row)), "success")
        return redirect(self.get_url(".details_view", id=key))

    def saved(self, key: Any) -> None:
        """What follows a committed change."""

    def explain(self, refused: Refused, bound: RecordForm) -> str:
        """The sentence on top of a refused form."""
        return refused.sentence

    def why_locked(self, name: str, row: Any) -> str | None:
        """Why this post cannot change a field of this record; None where it can."""
        return str(self.fixed[name]) if name in self.fixed else None

    def form_for(self, row: Any) -> RecordForm:
        """The form of a record, or of a new one where row is None."""
        groups = self.groups(row)
        shown = self.defaults() if row is None else dict(row._mapping)
        fields = {
            name: self.field(name, shown.get(name)) for group in groups if group.name == "record"
            for name in group.entries if isinstance(name, str)
        }  # fmt: skip
        fields |= self.more_fields(row)
        reason = str(self.new_reason if row is None else self.change_reason)
        opened = drafts.opening(self.endpoint, None if row is None else str(self.key_in(row)))
        return forms.build(fields, groups, shown, reason, opened)

    def defaults(self) -> dict[str, Any]:
        """What a new record's form proposes."""
        return {}

    def field(self, name: str, present: Any) -> Any:
        return field_of(
            self.column(name),
            lambda found: self.get_url(".ajax_lookup", name=found.name),
            self.lookup(name),
            present,
            name in self.masked,
        )

    def more_fields(self, row: Any) -> dict[str, Any]:
        """Fields of the form that are no columns of the record."""
        return {}

    def groups(self, row: Any) -> list[Group]:
        """The fields of the form in the order of the paper, each open or locked."""
        if row is None:
            return [Group("", [name for name in self.form_columns if name not in self.later])]
        reasons = {name: self.why_locked(name, row) for name in self.form_columns}
        shown = dict(zip(self.form_columns, self.cells(row, self.form_columns), strict=True))
        return [
            Group(
                "",
                [name if why is None else Locked(name, *shown[name], why) for name, why in reasons.items()],
            )
        ]

    def form_page(self, bound: RecordForm, row: Any, conflict: Any = None, status: int = 200) -> Answer:
        if bound.refusal is not None:
            status = 422 if status == 200 else status
            self.point_out(bound, row)
            if bound.has_file():
                drafts.keep(bound.sheet, bound.form)  # so that nobody has to choose the file again
        html = self.render(
            self.edit_template,
            bound=bound,
            key=None if row is None else self.key_in(row),
            heading=self.heading_of_new() if row is None else self.heading(row),
            conflict=conflict,
            mandatory=self.mandatory(),
            offers=drafts.offers(bound.sheet) if bound.opening.typed is None else [],
            restored=bound.opening.restored and drafts.clock(bound.opening.restored),
            ask=whom_to_ask(),
            **self.form_values(bound, row),
        )
        return html, status

    def form_values(self, bound: RecordForm, row: Any) -> dict[str, Any]:
        """What else the template of a noun shows beside its form."""
        return {}

    def mandatory(self) -> frozenset[str]:
        """Fields that must be filled in although their columns may be empty."""
        return frozenset()

    def point_out(self, bound: RecordForm, row: Any) -> None:
        """Marks in a refused form whatever else is wrong with it, so that it is not told one by one."""

    # -- drafts --

    @expose("/draft/", methods=("POST",))
    def keep_draft(self) -> Answer:
        """Keeps what was typed, for this person in this post, wherever the form itself opens."""
        bound = self.form_of_request()
        if not isinstance(bound, RecordForm):
            return bound
        try:
            saved = drafts.keep(bound.sheet, bound.form)
        except DBAPIError as error:
            db.session.rollback()
            return refusal(error).sentence, 422
        if request.accept_mimetypes.best == "application/json":
            return jsonify(drafts.answer(bound, saved))
        flash(gettext("Kept as a draft; nothing was registered."), "info")
        return redirect(self.form_url(bound.sheet.record, draft=bound.sheet.name))

    @expose("/draft/drop/", methods=("POST",))
    def drop_draft(self) -> Answer:
        """Empties a draft of this form that its person no longer wants."""
        bound = self.form_of_request()
        if not isinstance(bound, RecordForm):
            return bound
        back = self.form_url(bound.sheet.record)
        question = gettext("Discard the draft? What was typed in it is lost.")
        if page := first_ask(self, question, gettext("Discard"), back):
            return page
        draft.drop(db.session(), bound.sheet.name)
        db.session.commit()
        return redirect(back)

    def form_of_request(self) -> RecordForm | Answer:
        """The form of the record in the address, or of a new one; an answer where it does not open."""
        raw = request.args.get("id")
        if not (self.can_create if raw is None else self.can_edit):
            return self.inaccessible_callback((request.endpoint or "").rpartition(".")[2])
        names = (*self.readable_columns(), *self.form_columns, forms.VERSION)
        return self.form_for(None if raw is None else self.row_of(raw, names))

    def form_url(self, record: str | None, **query: str) -> str:
        """The address of the form of a record, or of a new one."""
        if record is None:
            return str(self.get_url(".create_view", **query))
        return str(self.get_url(".edit_view", id=record, **query))

    def stale_page(self, row: Any, bound: RecordForm, stale: Stale) -> Answer:
        """Shows what the other person changed, and lets this one save again on purpose."""
        fresh = self.row_of(str(self.key_in(row)), (*self.form_columns, forms.VERSION))
        changed = history.readable_changes(self.model, stale.changes, self.masked)
        bound.take_over(changed)
        bound.form[forms.VERSION].raw_data = None
        bound.form[forms.VERSION].data = fresh.ver
        bound.refusal = stale.sentence
        return self.form_page(bound, row, history.as_cells(self.model, changed), 409)
