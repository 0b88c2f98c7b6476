"""Changing a few small parts of a workbook's container while the large ones stay as they are."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from partyadmin.workbook.package import (
    Package,
    inflate,
    parse_small,
    relationships_part,
    target_part,
)

_CONTENT_TYPES = "[Content_Types].xml"
_CONTENT_TYPES_SPACE = "http://schemas.openxmlformats.org/package/2006/content-types"
_LINKS_SPACE = "http://schemas.openxmlformats.org/package/2006/relationships"
_LINK_TYPE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_FAST = 3
"""Compression level: a third of the time of the usual 6 for a tenth more bytes."""


class Parts:
    """The parts of a workbook as they will be written."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._names = set(package.zip.namelist())
        self._changed: dict[str, bytes] = {}

    def read(self, part: str) -> bytes | None:
        """The present content of a part, or None where there is none."""
        if part in self._changed:
            return self._changed[part]
        return b"".join(inflate(self._package, part)) if part in self._names else None

    def write(self, part: str, content: bytes) -> None:
        """Replace a part, or add it."""
        self._changed[part] = content
        self._names.add(part)

    def free_name(self, template: str) -> str:
        """A part name of this form, such as `xl/comments%d.xml`, that nothing bears yet."""
        number = 1
        while template % number in self._names:
            number += 1
        return template % number

    def linked(self, source: str, kind: str) -> list[str]:
        """The parts that `source` refers to by relationships of this kind, such as `comments`."""
        content = self.read(relationships_part(source))
        if content is None:
            return []
        return [
            target_part(source, link.get("Target", ""))
            for link in parse_small(content)
            if link.get("Type", "").endswith("/" + kind)
        ]

    def link(self, source: str, kind: str, target: str) -> str:
        """Add a relationship and return its id."""
        part = relationships_part(source)
        content = self.read(part) or b'<Relationships xmlns="%b"></Relationships>' % _LINKS_SPACE.encode()
        taken = {link.get("Id") for link in parse_small(content)}
        number = len(taken) + 1
        while f"rId{number}" in taken:
            number += 1
        element = (
            f'<Relationship xmlns="{_LINKS_SPACE}" Id="rId{number}" Type="{_LINK_TYPE}{kind}"'
            f" Target={quoteattr('/' + target)}/>"
        )
        self.write(part, appended(content, element.encode()))
        return f"rId{number}"

    def declare(self, part: str, content_type: str) -> None:
        """Tell the container what kind of content a new part has."""
        self._add_content_type(f'<Override PartName="/{part}" ContentType="{content_type}"')

    def declare_extension(self, extension: str, content_type: str) -> None:
        """Tell the container what all parts with this extension are, unless it knows."""
        if f'extension="{extension}"'.encode() not in (self.read(_CONTENT_TYPES) or b"").lower():
            self._add_content_type(f'<Default Extension="{extension}" ContentType="{content_type}"')

    def _add_content_type(self, element: str) -> None:
        content = self.read(_CONTENT_TYPES) or b""
        self.write(_CONTENT_TYPES, appended(content, f'{element} xmlns="{_CONTENT_TYPES_SPACE}"/>'.encode()))

    def save(self, target: str | Path | BinaryIO, streamed: Mapping[str, Iterator[bytes]]) -> None:
        """Write the container; `streamed` parts are produced in their order, while they are compressed."""
        others = sorted(self._names - {_CONTENT_TYPES} - streamed.keys())
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as container:
            for name in (_CONTENT_TYPES, *streamed, *others):
                entry = zipfile.ZipInfo(name)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with container.open(entry, "w") as part:
                    for piece in streamed.get(name) or self._pieces(name):
                        part.write(piece)

    def _pieces(self, name: str) -> Iterator[bytes]:
        if name in self._changed:
            yield self._changed[name]
        else:
            yield from inflate(self._package, name)


def appended(content: bytes, element: bytes) -> bytes:
    """An XML document with one more element at the end of its root."""
    end = content.rfind(b"</")
    if end >= 0:
        return content[:end] + element + content[end:]
    root = re.search(rb"<([A-Za-z_][\w:.-]*)([^>]*)/>\s*$", content)
    if root is None:
        return content
    return content[: root.start()] + b"<%b%b>%b</%b>" % (root.group(1), root.group(2), element, root.group(1))
