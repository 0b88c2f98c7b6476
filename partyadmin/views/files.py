"""A file in a form: chosen once, kept with the draft through a refusal, and used by the next save."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from wtforms import FileField
from wtforms.utils import unset_value
from wtforms.widgets import FileInput

from partyadmin.db import db
from partyadmin.operations.draft import SHEET, KeptFile, is_sheet_name, kept_file
from partyadmin.workbook.cleaning import plain_text

KEPT = "_kept"
"""Ends the name of the field that says which kept file is meant, by its digest."""
_LONGEST_NAME = 200
LARGEST = 20 * 1024 * 1024
_CHIP = Markup(
    '<label class="file-chip"><input type="checkbox" name="{}" value="{}" checked> <span>{}</span></label>'
)


def _file_input(field: Any, **kwargs: Any) -> Markup:
    kwargs |= {
        "data-largest": LARGEST,
        "data-too-large": gettext("A file has at most 20 MB. Scan with fewer dots or split it."),
    }
    chosen = FileInput()(field, **kwargs)
    if not field.is_kept:
        return chosen
    return chosen + _CHIP.format(field.name + KEPT, field.data.digest, field.data.filename)


class KeptFileField(FileField):
    """A file; `data` is a KeptFile or None. One that the draft keeps is meant while its box stays ticked."""

    widget = staticmethod(_file_input)
    data: KeptFile | None

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        super().process(formdata, data, extra_filters)
        upload: Any = self.data
        self.data, self.is_kept = None, False
        if getattr(upload, "filename", "") and hasattr(upload, "read"):
            name = plain_text(upload.filename) or ""
            self.data = KeptFile(name[-_LONGEST_NAME:].strip() or gettext("File"), upload.read())
        elif formdata is not None and (digest := formdata.get(self.name + KEPT)):
            self._take_kept(formdata.get(SHEET, ""), digest)

    def _take_kept(self, sheet: str, digest: str) -> None:
        kept = kept_file(db.session(), sheet) if is_sheet_name(sheet) else None
        if kept is not None and kept.digest == digest:
            self.data, self.is_kept = kept, True
        else:
            self.process_errors = [*self.process_errors, gettext("The kept file is gone; choose it again.")]
