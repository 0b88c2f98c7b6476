"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask_babel import gettext

from partyadmin.dictionary import Refused


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """A private file beside the target that takes its place when the block ends well, and else vanishes.

    Raises Refused before the block where the folder is closed or the target is no plain file.
    """
    if target.exists() and not target.is_file():
        raise Refused(gettext("%(target)s is no plain file; choose another name.", target=target), "target")
    try:
        handle, name = tempfile.mkstemp(prefix=".partyadmin-", suffix=".xlsx", dir=target.parent)
    except OSError as error:
        message = gettext(
            "%(target)s cannot be written: %(reason)s.", target=target, reason=error.strerror or error
        )
        raise Refused(message, "target") from error
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        os.replace(draft, target)
    finally:
        draft.unlink(missing_ok=True)
