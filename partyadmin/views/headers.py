"""Security headers, by hand: the nonce must be the one that Flask-Admin puts on its tags."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def nonce() -> str:
    """The nonce of this response's scripts and styles."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def init_headers(app: Flask) -> None:
    """Puts the headers on every response, errors included."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    response.headers.update(_ALWAYS)
    # A document that is handed out brings a stricter policy of its own.
    response.headers.setdefault(
        "Content-Security-Policy",
        f"default-src 'none'; script-src 'self' 'nonce-{nonce()}'; style-src 'self' 'nonce-{nonce()}'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'",
    )
    if not request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-store"
    elif "v" in request.args and response.status_code == 200:  # the address has the digest of the content
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
