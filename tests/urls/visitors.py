"""People at the door: each request of theirs is checked for what no response may ever hold."""

import hashlib
import html
import io
import re
import zipfile
from typing import Any
from urllib.parse import quote, unquote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from partyadmin.identity import COOKIE
from tests.urls.counties import DIRECTORY, Connection, Post, Record

_ONCE = re.compile(
    r'nonce="[^"]*"|name="csrf_token"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="csrf_token"'
    r'|name="sheet" value="[^"]*"'
)
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
_SCRIPTS = re.compile(r"script-src ([^;]*)")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'")
SANDBOX = "default-src 'none'; sandbox"
TRACES = ("Traceback", "psycopg", "sqlalchemy", "SELECT ", "INSERT INTO", "UPDATE ", "_pkey", "_fkey")


class Visitor:
    """A signed-in browser, or an anonymous one where it has no post."""

    def __init__(self, name: str, app: Flask, post: Post | None, records: list[Record]) -> None:
        self.name, self.post = name, post
        self.client: FlaskClient = app.test_client()
        self.numbers = {number for record in records for number in record.numbers}
        self.hidden = {
            secret: record
            for record in records
            if post is None or not record.is_seen_by(post)
            for secret in record.secrets
        }
        self._spare_what_everybody_knows(records)
        self._pattern = re.compile("|".join(map(re.escape, [*self.hidden, *self.numbers])))
        self._csrf = ""

    def _spare_what_everybody_knows(self, records: list[Record]) -> None:
        """Superiors are known by name and office telephone; those who keep accounts know all committees.

        Whoever sees a record sees who changed it.
        """
        for record in records:
            if self.post is not None and record.is_seen_by(self.post):
                for told in record.tells:
                    self.hidden.pop(told, None)
            if self.post is None or record.noun != "organisation":
                continue
            if self.post.code.startswith(record.code) or (
                not self.post.sees_records and record.code in DIRECTORY
            ):
                self.hidden.pop(record.secrets[0], None)
                self.hidden.pop(record.secrets[3], None)

    def sign_in(self, app_session: Connection) -> None:
        """Opens a session through the door that signing in uses, without the work of a password."""
        assert self.post
        token = f"token-of-a-test-{self.post.login}"
        digest = hashlib.sha256(token.encode()).hexdigest()
        app_session.execute("SELECT start_session(%s, %s, '127.0.0.1', 'test')", [digest, self.post.login])
        self.client.set_cookie(COOKIE, token)

    @property
    def csrf(self) -> str:
        """The token of this browser's session."""
        if not self._csrf:
            page = self.client.get("/" if self.post else "/sign-in/").text
            found = _TOKEN.search(page)
            assert found, page
            self._csrf = found[1]
        return self._csrf

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.ask("GET", path, query)

    def post_form(self, path: str, data: dict[str, Any] | None = None, **query: Any) -> TestResponse:
        return self.ask("POST", path, query, {**(data or {}), "csrf_token": self.csrf})

    def ask(
        self,
        method: str,
        path: str,
        query: dict[str, Any] | str | None = None,
        data: dict[str, Any] | None = None,
    ) -> TestResponse:
        """Sends a request and checks its answer; what was typed may come back to the one who typed it."""
        response = self.client.open(path, method=method, query_string=query, data=data)
        said = " ".join(map(str, [unquote(path), query, *(data or {}).values()]))
        place = f"{self.name}: {method} {path} {query or ''} {sorted(data or {})} -> {response.status_code}"
        check_response(response, place)
        body = text_in(response)
        response.close()
        for found in {match[0] for match in self._pattern.finditer(body)}:
            assert found in said, f"{place} tells {found!r} of {self.hidden.get(found, 'a number in full')}"
        return response


def text_in(response: TestResponse) -> str:
    """All that can be read in an answer, inside a workbook too."""
    content = response.get_data()
    if response.mimetype.endswith("spreadsheetml.sheet"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b" ".join(book.read(part) for part in book.namelist())
    return html.unescape(content.decode("utf-8", "replace"))


def check_response(response: TestResponse, place: str) -> None:
    """What holds for every answer of the server: no failure, no trace of one, and all headers."""
    assert response.status_code < 500, place
    for header, value in HEADERS.items():
        assert response.headers.get(header) == value, f"{place}: {header}"
    policy = response.headers.get("Content-Security-Policy", "")
    assert policy == SANDBOX or all(part in policy for part in POLICY), f"{place}: {policy}"
    sources = re.sub(r"'nonce-[^']*'", "", policy)  # random letters may spell anything
    assert not re.search(r"unsafe|http|\*", sources), f"{place}: {policy}"
    if not response.request.path.startswith("/static/"):
        assert response.headers.get("Cache-Control") == "no-store", place
        if response.mimetype == "text/html":
            assert not any(trace in response.text for trace in TRACES), f"{place}\n{response.text}"


def plain(response: TestResponse) -> str:
    """The body without what is new in every answer."""
    return _ONCE.sub("", response.text)


def masked(answer: TestResponse, *asked: str) -> str:
    """A body in which the question does not matter."""
    either = "|".join(re.escape(form) for value in asked for form in {value, quote(value)})
    return re.sub(rf"(?<![0-9A-Za-z])({either})(?![0-9A-Za-z])", "?", plain(answer))


def table_states(superuser: Connection) -> dict[str, tuple[int, str]]:
    """Rows and digest of every table but the two that reading itself writes to."""
    names = superuser.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        " AND relname NOT IN ('access_log', 'user_session') ORDER BY 1"
    ).fetchall()
    question = " UNION ALL ".join(
        f"SELECT '{name}', count(*), md5(coalesce(string_agg(h, '' ORDER BY h), ''))"
        f" FROM (SELECT md5(t::text) AS h FROM {name} t) AS {name}_rows"
        for (name,) in names
    )
    states = {name: (rows, digest) for name, rows, digest in superuser.execute(question.encode())}
    superuser.rollback()
    return states
