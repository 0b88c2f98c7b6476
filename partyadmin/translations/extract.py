"""Extraction methods for Babel (babel.cfg): words of schema.sql, constants of Python, cells of a table."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Collection, Iterable, Iterator
from typing import IO, Any

Message = tuple[int, None, str, list[str]]
"""Line, calling function, message and translator's comments, as Babel wants them."""

_TEXT = r"'((?:[^']|'')*)'"
_COMMENT = re.compile(rf"COMMENT ON (?P<kind>[A-Z]+)\s+(?P<name>[\w.]+)[^']*? IS {_TEXT};")
_TEMPLATE = re.compile(
    rf"'COMMENT ON (?P<kind>[A-Z]+)\s+(?P<name>[\w.%$]+)[^']* IS %[\d$]*L'[^';]*, {_TEXT}\);"
)
_CODE_LIST = re.compile(rf"CALL pg_temp\.(?P<kind>code_list)\('(?P<name>\w+)', {_TEXT}\);")

_FUNCTION = re.compile(r"CREATE FUNCTION (\w+)(.*?)(?=CREATE FUNCTION|COMMENT ON FUNCTION)", re.DOTALL)
_TRIGGER = re.compile(r"CREATE (?:CONSTRAINT )?TRIGGER (\w+)[^;]*? EXECUTE FUNCTION (\w+)\(")
_REFUSED_BY_NAME = re.compile(r"\brefuse(?:_unless)?\('(\w+)'")
_FAULT = re.compile(r"'([a-z_]+)\|")
_CATALOGUE_RULE = re.compile(r"\brule_[a-z]\d\d\b")

_NAMED = {"TABLE", "VIEW", "code_list"}
_WHOLE = {"CONSTRAINT", "INDEX"}
_WHERE_IT_REFUSES = {"FUNCTION", "TRIGGER"}


def words_of_schema(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """Labels, help and refusals: each comment of the schema that a person may come to read."""
    schema = fileobj.read().decode()
    refusing = _refusing(schema)
    for pattern in (_COMMENT, _TEMPLATE, _CODE_LIST):
        for found in pattern.finditer(schema):
            line = schema.count("\n", 0, found.start()) + 1
            text = found.group(3).replace("''", "'")
            for message in _messages(found["kind"], found["name"], text, refusing):
                yield line, None, message, []


def _messages(kind: str, name: str, text: str, refusing: Collection[str]) -> Iterable[str]:
    """The messages of one comment, as the dictionary of the program asks for them.

    Of a column its label and its help, of a table what it is called, and a sentence whole; none of a note
    for maintainers.
    """
    if kind == "COLUMN":
        return text.split(": ", 1)
    if kind in _NAMED:
        return [text.split(": ", 1)[0].removesuffix(".")]
    shown = kind in _WHOLE or (kind in _WHERE_IT_REFUSES and name in refusing)
    return [text] if shown else []


def _refusing(schema: str) -> set[str]:
    """The functions and triggers whose comment a refusal shows, by name."""
    by_own_name = {name for name, body in _FUNCTION.findall(schema) if "refuse(TG_NAME" in body}
    return {
        *_REFUSED_BY_NAME.findall(schema),
        *_FAULT.findall(schema),
        *_CATALOGUE_RULE.findall(schema),
        *(trigger for trigger, function in _TRIGGER.findall(schema) if function in by_own_name),
    }


def constants(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """The value of every text constant of a module of sentences."""
    for node in ast.parse(fileobj.read()).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                if name.isupper():
                    yield node.lineno, None, text, []


def cells_of_table(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """The distinct texts in the columns of a CSV file that the option `columns` names."""
    rows = csv.DictReader(fileobj.read().decode().splitlines())
    known: set[str] = set()
    for row in rows:
        for text in (row[column] for column in options["columns"].split()):
            if text and text not in known:
                known.add(text)
                yield rows.line_num, None, text, []
