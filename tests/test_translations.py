"""The catalogue says everything in Chinese, and nothing that the program no longer says."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from partyadmin import dictionary
from partyadmin.views.columns import PHRASES
from tests.conftest import Registry

ROOT = Path(__file__).parents[1]
CHINESE = ROOT / "partyadmin/translations/zh_Hans_CN/LC_MESSAGES/partyadmin.po"

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")
WORD = re.compile(r"[A-Za-z_]{2,}")
HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]|[!！]")
POLITE = re.compile("您")

FORMATS = {"Excel", "Shift", "xls", "xlsb", "xlsx", "PDF", "JPEG", "PNG", "SHA", "MB"}
TYPED = {"LEVEL", "CODE", "post", "province", "city", "county", "city_committee", "basic"}
"""What an administrator types on the command line."""


def messages(catalogue: Catalog) -> Iterator[Message]:
    """All messages without the header."""
    return (message for message in catalogue if message.id)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make messages` finds in the schema and the program."""
    template = tmp_path_factory.mktemp("messages") / "partyadmin.pot"
    options = ["-F", str(ROOT / "babel.cfg"), "-k", "lazy_gettext", "-o", str(template)]
    CommandLineInterface().run(["pybabel", "--quiet", "extract", *options, str(ROOT)])  # type: ignore[no-untyped-call]
    with template.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with CHINESE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN", domain="partyadmin")


def test_the_catalogue_is_what_the_program_says(said: Catalog, chinese: Catalog) -> None:
    found, kept = {m.id for m in messages(said)}, {m.id for m in messages(chinese)}
    assert found - kept == set(), "run `make messages` and translate"
    assert kept - found == set(), "run `make messages`: these are said no longer"


def test_everything_is_translated(chinese: Catalog) -> None:
    assert [m.id for m in messages(chinese) if m.fuzzy or not HAN.search(str(m.string))] == []


def test_placeholders_agree(chinese: Catalog) -> None:
    def placeholders(text: object) -> list[str]:
        return sorted(PLACEHOLDER.findall(str(text)))

    assert [m.id for m in messages(chinese) if placeholders(m.id) != placeholders(m.string)] == []


def test_chinese_holds_no_english(chinese: Catalog) -> None:
    def english(text: object) -> set[str]:
        return set(WORD.findall(PLACEHOLDER.sub("", str(text)))) - FORMATS - TYPED

    assert {m.id: words for m in messages(chinese) if (words := english(m.string))} == {}


def test_chinese_is_punctuated_as_chinese(chinese: Catalog) -> None:
    def unlike(message: Message) -> bool:
        text = str(message.string)
        ends = str(message.id).endswith(".") == text.endswith("。")
        return not ends or bool(LATIN_PUNCTUATION.search(text) or POLITE.search(text))

    assert [m.string for m in messages(chinese) if unlike(m)] == []


def test_extraction_misses_no_word_of_the_database(registry: Registry, said: Catalog) -> None:
    url = registry.url("owner").replace("postgresql://", "postgresql+psycopg://", 1)
    with sa.create_engine(url, poolclass=sa.NullPool).connect() as connection:
        dictionary.load_words(connection)
    words = dictionary._words
    shown = {dictionary.help_text(*column) for column in words.columns} - {""}
    shown |= {dictionary.label(*column) for column in words.columns}
    shown |= {dictionary.table_label(table) for table in words.tables if not table.endswith("_version")}
    sentences = {words.rules[name] for _, name in words.rule_columns if name in words.rules}
    # A key that speaks for itself refuses with a sentence of its SQLSTATE.
    shown |= {sentence for sentence in sentences if not sentence.startswith("The value must be one of")}
    assert shown - {m.id for m in messages(said)} == set()


def test_extraction_misses_no_phrase_of_the_seeds(said: Catalog) -> None:
    with (ROOT / "seeds/permissions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {table for table, _ in PHRASES} == {"permission"}
    assert {row[column] for row in rows for _, column in PHRASES} - {""} - {
        m.id for m in messages(said)
    } == set()
