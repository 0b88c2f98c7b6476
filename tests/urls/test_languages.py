"""Every page in both languages: data apart, no Chinese character in English, no English word in Chinese."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from partyadmin.workbook.labels import LABELS
from tests.urls.counties import Connection
from tests.urls.town import Town
from tests.urls.visitors import Visitor

HAN = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
SPOKEN = ("title", "placeholder", "aria-label", "alt", "value", "data-chosen")
"""Attributes that a person reads or hears."""
NAMES = {
    # names that are the same in both languages, and what people type
    "English", "Excel", "PDF", "JPEG", "PNG", "MB", "xlsx", "SHA", "WPS", "Ctrl", "Enter", "Esc", "Shift",
    "zwm",
}  # fmt: skip
MOST_OF_A_SHAPE = 3


class Words(HTMLParser):
    """All that is said on a page, each text with the language that its element names."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "style"):
            self.silent += 1
        hidden = given.get("type") in ("hidden", "radio", "checkbox")
        coded = tag == "option" or (tag == "button" and "name" in given)
        for name in SPOKEN:
            # The value of a hidden field, an option or a named button is a code for the server.
            if given.get(name) and not (name == "value" and (hidden or coded)):
                self.said.append(str(given[name]))
        self.said += [
            str(text) for name, text in attrs if tag == "body" and name.startswith("data-") and text
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.said.append(data.strip())


def crawl(visitor: Visitor) -> Iterator[tuple[str, str]]:
    """The pages that links lead to from the first one, a few of each shape."""
    waiting, seen, asked = ["/"], {"/"}, dict[str, int]()
    while waiting:
        path = waiting.pop()
        answer = visitor.ask("GET", path)
        if answer.mimetype != "text/html":
            continue
        yield path, answer.text
        for link in re.findall(r'(?:href|action)="(/[^"#]*)"', answer.text):
            address = urlsplit(link.replace("&amp;", "&"))
            shape = re.sub(r"^/codes/\w+", "/codes", address.path)
            if link not in seen and asked.get(shape, 0) < MOST_OF_A_SHAPE and "/file/" not in link:
                asked[shape] = asked.get(shape, 0) + 1
                seen.add(link)
                waiting.append(link.replace("&amp;", "&"))


def pages(town: Town, visitor: Visitor) -> Iterator[tuple[str, str]]:
    """What a visitor may read, and the forms as they come back when they are sent empty."""
    yield from crawl(visitor)
    for route in town.walk("new"):
        if visitor.name in route.allowed():
            yield f"POST {route.path}", visitor.post_form(route.path).text
    yield "/nowhere/", visitor.get("/nowhere/").text


def data_of(session: Connection, language: str) -> list[str]:
    """All texts that are data: what people wrote, and the labels of codes in the language of the page."""
    other = "label_zh" if language == "en" else "label_en"
    columns = session.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN pg_class ON relname = table_name"
        " WHERE table_schema = 'public' AND relkind = 'r' AND data_type IN ('text', 'jsonb')"
        " AND column_name <> %s AND table_name NOT LIKE '%%\\_version'"
        " AND table_name NOT IN ('table_scope', 'rule', 'probation_period', 'permission', 'pinyin')",
        [other],
    ).fetchall()
    found: set[str] = set()
    for table, column in columns:
        rows = session.execute(f'SELECT DISTINCT "{column}"::text FROM "{table}" LIMIT 20000'.encode())
        found |= {text for (text,) in rows if text}
    found |= {text.removeprefix("中共") for text in found}  # lists leave out what all names begin with
    session.rollback()
    # The tree shows names without what all names begin with.
    found |= {text.removeprefix("中共") for text in found}
    # What people wrote may lie inside a document of several texts, and headings of workbooks are theirs too.
    found |= {part for text in found if text[:1] in "[{" for part in _QUOTED.findall(text) if part.strip()}
    found |= {heading for fields in LABELS.values() for headings in fields.values() for heading in headings}
    return sorted(found, key=len, reverse=True)


def strange(page: str, language: str, data: list[str]) -> list[str]:
    """What is said on a page and is neither data nor in its language."""
    words = Words()
    words.feed(page)
    found = []
    for text in words.said:
        left = text
        if language == "en":
            if not HAN.search(left):
                continue
            for known in data:
                left = left.replace(known, " ")
            if HAN.search(left) and "中文" not in left:
                found.append(text)
            continue
        if not ENGLISH.search(left):
            continue
        for known in data:
            if ENGLISH.search(known):
                left = re.sub(rf"(?<![A-Za-z]){re.escape(known)}(?![A-Za-z])", " ", left)
        if set(ENGLISH.findall(left)) - NAMES:
            found.append(text)
    return found


@pytest.mark.parametrize("name", ["city", "committee", "branch", "auditor", "system", "security"])
@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_a_page_speaks_one_language(town: Town, name: str, language: str) -> None:
    visitor = town[name]
    visitor.post_form("/language/", {"language": language})
    data = data_of(town.watch, language)
    wrong: dict[str, list[str]] = {}
    read = 0
    for path, page in pages(town, visitor):
        read += 1
        assert f'lang="{"en" if language == "en" else "zh-CN"}"' in page, path
        if path.startswith("/codes/") and path != "/codes/":
            continue  # a code list shows the labels of both languages: they are its data
        for text in strange(page, language, data):
            wrong.setdefault(text, []).append(path)
    visitor.post_form("/language/", {"language": "zh_Hans_CN"})
    assert read > 20
    assert not wrong, "\n".join(f"{text!r} on {paths[0]}" for text, paths in wrong.items())
