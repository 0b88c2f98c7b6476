"""The zip container of an .xlsx file: what is checked before anything is unpacked."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from partyadmin.workbook import messages
from partyadmin.workbook.refusal import WorkbookRefused

MEGABYTE = 1024 * 1024
DEFAULT_LIMIT = 20 * MEGABYTE

_MAX_PARTS = 2000
_MAX_SHEETS = 200
_MAX_INFLATION = 20
"""Of the whole workbook against the allowed file size; real sheets inflate 6 to 15 times."""
_MAX_RATIO = 200
_RATIO_COUNTS_FROM = 50 * MEGABYTE
"""Small parts may be very regular: a ratio alone says nothing below this size."""
_MAX_INDEX_PART = 4 * MEGABYTE
"""For the parts parsed in memory: list of sheets, relationships, content types."""
_MAX_SHEET_NAME = 255

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LOCAL_HEADER = b"PK\x03\x04"
_CENTRAL_HEADER = b"PK\x01\x02"
WORKBOOK_PART = "xl/workbook.xml"


@dataclass(frozen=True)
class SheetPart:
    """One worksheet: its name on the tab and where its XML lies in the zip."""

    name: str
    part: str


@dataclass(frozen=True)
class Package:
    """A container that passed the check; `data` are the bytes of the file.

    `counts_from_1904` tells that numbers mean days since 1904, as in workbooks from old Macintoshes.
    """

    data: bytes
    zip: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]
    counts_from_1904: bool


def open_package(data: bytes, limit: int = DEFAULT_LIMIT) -> Package:
    """Check the container without unpacking the sheets; raises WorkbookRefused."""
    _check_outside(data, limit)
    try:
        container = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, RuntimeError) as error:
        raise WorkbookRefused(messages.DAMAGED) from error
    _check_directory(container, limit)
    overview = parse_small(small_part(container, WORKBOOK_PART))
    sheets = tuple(_worksheets(container, overview))
    if len({sheet.name for sheet in sheets}) != len(sheets):
        raise WorkbookRefused(messages.DAMAGED)
    properties = overview.find("{*}workbookPr")
    from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
    return Package(data, container, sheets, from_1904)


def _check_outside(data: bytes, limit: int) -> None:
    if not data:
        raise WorkbookRefused(messages.EMPTY)
    if len(data) > limit:
        raise WorkbookRefused(messages.TOO_LARGE, limit=f"{limit / MEGABYTE:g}")
    if data.startswith(_OLE):
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise WorkbookRefused(messages.ENCRYPTED if locked else messages.OLD_FORMAT)
    if not data.startswith(_LOCAL_HEADER):
        raise WorkbookRefused(messages.NOT_A_WORKBOOK)
    # Counted in the bytes, before zipfile builds an object for each of possibly half a million entries.
    if data.count(_CENTRAL_HEADER) > _MAX_PARTS:
        raise WorkbookRefused(messages.TOO_MANY_PARTS)


def _check_directory(container: zipfile.ZipFile, limit: int) -> None:
    entries = container.infolist()
    names = [entry.filename.lower() for entry in entries]
    if any(entry.flag_bits & 1 for entry in entries):
        raise WorkbookRefused(messages.ENCRYPTED)
    if WORKBOOK_PART not in names or "[content_types].xml" not in names:
        binary = "xl/workbook.bin" in names
        raise WorkbookRefused(messages.BINARY_FORMAT if binary else messages.NOT_A_WORKBOOK)
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        raise WorkbookRefused(messages.MACROS)
    if len(set(names)) != len(names) or any(_leads_outside(name) for name in names):
        raise WorkbookRefused(messages.DAMAGED)
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise WorkbookRefused(messages.DAMAGED)
    if sum(entry.file_size for entry in entries) > limit * _MAX_INFLATION or any(map(_is_bomb, entries)):
        raise WorkbookRefused(messages.INFLATED)


def _leads_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/")


def _is_bomb(entry: zipfile.ZipInfo) -> bool:
    return entry.file_size > _RATIO_COUNTS_FROM and entry.file_size > entry.compress_size * _MAX_RATIO


def inflate(package: Package, part: str) -> Iterator[bytes]:
    """The content of a part in pieces; WorkbookRefused as soon as it outgrows its declared size.

    zipfile stops at the declared size, other readers do not, so the declaration is put to the test here.
    """
    entry = package.zip.getinfo(part)
    start = entry.header_offset
    header = package.data[start : start + 30]
    if header[:4] != _LOCAL_HEADER or len(header) < 30:
        raise WorkbookRefused(messages.DAMAGED)
    start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(package.data)[start : start + entry.compress_size]
    grown = 0
    for piece in _inflated(packed) if entry.compress_type == zipfile.ZIP_DEFLATED else _stored(packed):
        grown += len(piece)
        if grown > entry.file_size:
            raise WorkbookRefused(messages.INFLATED)
        yield piece
    if grown != entry.file_size:
        raise WorkbookRefused(messages.DAMAGED)


def _stored(content: memoryview) -> Iterator[bytes]:
    for start in range(0, len(content), MEGABYTE):
        yield bytes(content[start : start + MEGABYTE])


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for start in range(0, len(packed), MEGABYTE):
        waiting = bytes(packed[start : start + MEGABYTE])
        while waiting and not inflater.eof:
            try:
                yield inflater.decompress(waiting, MEGABYTE)
            except zlib.error as error:
                raise WorkbookRefused(messages.DAMAGED) from error
            waiting = inflater.unconsumed_tail
    if not inflater.eof:
        yield inflater.flush()


def small_part(container: zipfile.ZipFile, part: str) -> bytes:
    """A part that is parsed in memory; WorkbookRefused when it is missing, broken or not small."""
    try:
        if container.getinfo(part).file_size > _MAX_INDEX_PART:
            raise WorkbookRefused(messages.INFLATED)
        return container.read(part)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        raise WorkbookRefused(messages.DAMAGED) from error


def parse_small(content: bytes) -> ElementTree.Element:
    """The XML tree of a small part; WorkbookRefused when it is broken or declares entities."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise WorkbookRefused(messages.DAMAGED)
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise WorkbookRefused(messages.DAMAGED) from error


def relationships_part(part: str) -> str:
    """Where the relationships of a part are listed: `xl/a.xml` -> `xl/_rels/a.xml.rels`."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def target_part(source: str, target: str) -> str:
    """The part a relationship's target means, as a name in the zip."""
    if target.startswith("/"):
        return target[1:]
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def _worksheets(container: zipfile.ZipFile, overview: ElementTree.Element) -> Iterator[SheetPart]:
    relationships = parse_small(small_part(container, relationships_part(WORKBOOK_PART)))
    parts = {
        link.get("Id", ""): target_part(WORKBOOK_PART, link.get("Target", ""))
        for link in relationships
        if link.get("Type", "").endswith("/worksheet")
    }
    sheets = overview.findall("{*}sheets/{*}sheet")
    if len(sheets) > _MAX_SHEETS:
        raise WorkbookRefused(messages.TOO_MANY_PARTS)
    for sheet in sheets:
        name = sheet.get("name", "")
        link = next((value for key, value in sheet.items() if key.endswith("}id")), "")
        if link not in parts:
            continue  # a chart or dialogue sheet: it has no cells
        if not 0 < len(name) <= _MAX_SHEET_NAME or parts[link] not in container.namelist():
            raise WorkbookRefused(messages.DAMAGED)
        yield SheetPart(name, parts[link])
