"""Headers of every response, and nothing inline that they would have to allow."""

import re
from typing import Any

import pytest

from partyadmin.models import Evidence
from partyadmin.views.base import PartyView

PAGES = [
    "/",
    "/member/",
    "/member/new/",
    "/change_order/new/?kind=establish",
    "/codes/",
    "/nowhere/",
    "/static/partyadmin.css",
    "/access_log/",
]


@pytest.mark.parametrize("path", PAGES)
def test_every_response_is_guarded(people: Any, path: str) -> None:
    answer = people("committee").open(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
        assert part in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    if not path.startswith("/static/"):
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PAGES[:6])
def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(people: Any, path: str) -> None:
    page = people("committee").open(path).text
    assert not re.search(r"""\son\w+=|style=|javascript:|https?://""", page)
    assert all(" nonce=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_a_form_without_bounds_for_its_relations_does_not_start() -> None:
    class Boundless(PartyView):
        form_columns = ("subject_id",)

    with pytest.raises(RuntimeError, match="no lookup"):
        Boundless(Evidence)


def test_a_foreign_host_name_is_refused(site: Any) -> None:
    answer = site.app.test_client().get("/sign-in/", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize("path", ["/sign-in/", "/", "/member/"])
def test_a_first_page_weighs_less_than_200_kb(site: Any, people: Any, path: str) -> None:
    """The page and all that it fetches, compressed, before anything lies in the browser's store."""
    client = site.app.test_client() if path == "/sign-in/" else people("committee").client
    page = client.get(path).text
    fetched = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert any(".css" in address for address in fetched)
    answers = [
        client.get(each, headers={"Accept-Encoding": "gzip"}, buffered=True) for each in (path, *fetched)
    ]
    assert {answer.headers.get("Content-Encoding") for answer in answers[:1]} == {"gzip"}
    assert sum(len(answer.data) for answer in answers) < 200_000
