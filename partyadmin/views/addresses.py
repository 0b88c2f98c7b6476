"""Addresses of pages that need nothing but their name.

A list page names some fifty of them, and the router takes longer to build one than the template to write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from flask import current_app, request, url_for

EMPTY: Mapping[str, str | None] = MappingProxyType({})


def path_of(endpoint: str, query: Mapping[str, str | None] = EMPTY) -> str:
    """The address of a page without arguments in its path, and with a query without what is None.

    The path is built once for each place at which the application is mounted.
    """
    known: dict[tuple[str, str], str] = current_app.extensions.setdefault("paths", {})
    key = (request.script_root, endpoint)
    if key not in known:
        known[key] = url_for(endpoint)
    asked = urlencode({name: value for name, value in query.items() if value is not None})
    return f"{known[key]}?{asked}" if asked else known[key]
