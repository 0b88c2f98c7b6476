"""Static files: an address changes with the content, so that browsers may keep a file for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_compress import Compress


def init_static_files(app: Flask) -> None:
    """Puts a digest into the addresses of static files, and compresses what is text."""
    # A workbook that is streamed is packed already.
    app.config.update(COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_STREAMS=False)
    Compress(app)
    app.url_defaults(_add_digest)


def _add_digest(endpoint: str, values: dict[str, Any]) -> None:
    if endpoint == "static" and current_app.static_folder and "filename" in values:
        file = Path(current_app.static_folder, values["filename"])
        values["v"] = _digest(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(file: Path, _changed_at: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]
