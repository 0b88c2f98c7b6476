"""Imports in the browser: upload, progress, what was found, the named button, the answered workbook."""

from __future__ import annotations

import io
import tempfile
from typing import Any

import sqlalchemy as sa
from flask import Response, abort, flash, jsonify, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import get_locale, gettext, lazy_gettext

from partyadmin import audit, jobs
from partyadmin.db import db
from partyadmin.dictionary import Refused
from partyadmin.models import Job
from partyadmin.operations.document import WORKBOOK
from partyadmin.views import menu
from partyadmin.views.asking import first_ask
from partyadmin.views.filters import Equal
from partyadmin.views.lists import Answer, ListView
from partyadmin.views.progress import AT_WORK, Waiting, progress_of, standing_of
from partyadmin.views.refusals import read_refusals
from partyadmin.views.rights import Rights, holds
from partyadmin.workbook.blank import write_blank
from partyadmin.workbook.labels import LABELS, MANDATORY

IMPORTERS: Rights = (jobs.IMPORTERS,)
_SLICE = 1024 * 1024
_SHOWN = (
    "kind", "state", "file_name", "asked_at", "stage", "done", "total", "started_at", "ended_at",
    "rows_read", "rows_accepted", "rows_refused", "sentence", "handled_at", "emptied_at",
)  # fmt: skip


class ImportView(ListView):
    """One's own imports in this post, from the upload to the answered workbook."""

    chapter = menu.EXCHANGE
    title = lazy_gettext("Imports")
    noun = lazy_gettext("import of a workbook")
    new_word = lazy_gettext("Upload a workbook")
    read_by = create_by = edit_by = IMPORTERS

    column_list = (
        "file_name", "asked_at", "kind", "state", "rows_read", "rows_accepted", "rows_refused", "handled_at",
    )  # fmt: skip
    newest_first = True
    narrow_by = (Equal("state"),)
    keeps_versions = False
    edit_view = None  # what was uploaded is corrected in the workbook

    def __init__(self) -> None:
        super().__init__(Job, url="/import", endpoint="import")

    def scoped(self, query: sa.Select[Any]) -> sa.Select[Any]:
        return super().scoped(query).where(Job.kind != jobs.ORDER)

    # -- upload --

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        """The form of the upload; a workbook is queued to be checked, and nothing is written."""
        error = None
        if request.method == "POST":
            try:
                return redirect(self.get_url(".details_view", id=self._queue_upload()))
            except Refused as refused:
                error = refused.sentence
        page = self.render(
            "partyadmin/import_new.html",
            error=error,
            headings=LABELS,
            mandatory=_mandatory(),
            busy=waiting_imports(),
        )
        return page, 200 if error is None else 422

    def _queue_upload(self) -> int:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            raise Refused(gettext("Choose the workbook first."), "file")
        language = str(get_locale())
        return jobs.ask_for_import(db.session(), upload.filename, upload.read(), language)

    @expose("/template/")
    def template(self) -> Response:
        """An empty workbook with all headings that are recognised."""
        file = io.BytesIO()
        write_blank(file)
        file.seek(0)
        name = gettext("Collection workbook") + ".xlsx"
        return send_file(file, mimetype=WORKBOOK, as_attachment=True, download_name=name)

    # -- progress and result --

    @expose("/details/")
    def details_view(self) -> Answer:
        """How far it has come, and then what was found."""
        row = self._job()
        if row.state in AT_WORK:
            return str(self.render("partyadmin/import_progress.html", job=row, progress=progress_of(row)))
        result = db.session.scalar(sa.select(Job.result.op("-")("refusals")).where(Job.id == row.id)) or {}
        refusals = read_refusals(row.id, [tuple(each) for each in result.get("rules", [])])
        return str(
            self.render(
                "partyadmin/import.html",
                job=row,
                result=result,
                refusals=refusals,
                is_check=row.kind == jobs.CHECK,
            )
        )

    @expose("/progress/")
    def progress(self) -> Response:
        """The same as amounts, for the page that waits."""
        return jsonify(progress_of(self._job()))

    def _job(self) -> Any:
        return self.row_of(request.args.get("id"), _SHOWN)

    def _own(self) -> Job:
        """The job that a button was pressed for; 404 where it is somebody else's."""
        job: Job = self.get_one(request.args.get("id"))
        return job

    # -- buttons --

    @expose("/write/", methods=("POST",))
    def write(self) -> Answer:
        """The named button: what the check accepted is written; what failed is tried again."""
        job = self._own()
        try:
            jobs.go_on(db.session(), job)
        except Refused as refused:
            # A second click, or another tab, finds it on its way already: the page shows how far.
            if refused.rule != "a_job_goes_on_from_its_check":
                flash(refused.sentence, "danger")
        return redirect(self.get_url(".details_view", id=job.id))

    @expose("/aside/", methods=("POST",))
    def aside(self) -> Answer:
        """The person has dealt with it: it waits for nobody any more."""
        job = self._own()
        is_unwritten = job.kind == jobs.CHECK and job.state == "done"
        if is_unwritten:
            question = gettext(
                "Give up the import of %(file)s? Nothing of it is written.", file=job.file_name
            )
            if page := first_ask(
                self, question, gettext("Give up"), self.get_url(".details_view", id=job.id)
            ):
                return page
        if jobs.put_aside(db.session(), job):
            given_up = gettext("Given up: %(file)s.", file=job.file_name)
            dealt_with = gettext("Dealt with: %(file)s.", file=job.file_name)
            flash(given_up if is_unwritten else dealt_with, "success")
        return redirect(self.get_url(".index_view"))

    @expose("/answer/", methods=("POST",))
    def answer(self) -> Response:
        """The workbook with its refused cells marked; handing it out is logged before it happens."""
        job = self._own()
        length = db.session.scalar(sa.select(sa.func.length(Job.file_out)).where(Job.id == job.id)) or abort(
            404
        )
        audit.log(db.session(), "document read", "job", job.id)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this function
        for start in range(1, length + 1, _SLICE):
            part = sa.select(sa.func.substring(Job.file_out, start, _SLICE)).where(Job.id == job.id)
            file.write(db.session.scalar(part) or b"")
        db.session.commit()
        if job.kind != jobs.CHECK:
            jobs.put_aside(db.session(), job)
        file.seek(0)
        name = gettext("Answered: %(file)s", file=job.file_name.removesuffix(".xlsx")) + ".xlsx"
        response = send_file(file, mimetype=WORKBOOK, as_attachment=True, download_name=name)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


def waiting_imports() -> list[Waiting]:
    """One's own imports that wait for something, newest first: a worker, a decision, a correction."""
    if not holds(IMPORTERS):
        return []
    is_import = Job.kind != jobs.ORDER
    undecided = sa.and_(Job.state == "done", sa.or_(Job.kind == jobs.CHECK, Job.rows_refused > 0))
    query = sa.select(Job).where(is_import, Job.handled_at.is_(None), sa.or_(undecided, Job.state != "done"))
    return [
        Waiting(job.file_name, _standing(job), url_for("import.details_view", id=job.id), job.asked_at)
        for job in db.session.scalars(query.order_by(Job.id.desc()).limit(20))
    ]


def _standing(job: Any) -> str:
    """How a job stands, in words that say what to do."""
    if job.state != "done":
        return standing_of(job)
    if job.kind == jobs.CHECK:
        return gettext("Checked, not written yet")
    return gettext("Written; rows to be corrected: %(number)s", number=f"{job.rows_refused:,}")


def _mandatory() -> dict[str, list[str]]:
    """For each kind of sheet the headings that must be there; of a group one will do."""
    return {
        kind: ["/".join(LABELS[kind][field][0] for field in group) for group in groups]
        for kind, groups in MANDATORY.items()
    }
