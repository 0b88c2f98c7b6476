"""Whatever is sent, the answer is rows or one clear sentence, soon, and the reader is still alive."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from partyadmin.workbook import messages, reading
from partyadmin.workbook.package import MEGABYTE
from partyadmin.workbook.reading import open_workbook
from partyadmin.workbook.refusal import WorkbookRefused
from tests.workbook.making import MEMBER, NS, changed, members, text_row, with_sheet_xml

GOOD = members(MEMBER)
SHEET = "xl/worksheets/sheet1.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def refusal(data: bytes, limit: int = 20 * MEGABYTE) -> str:
    with pytest.raises(WorkbookRefused) as refused:
        open_workbook(data, limit)
    assert "%" not in str(refused.value)
    return refused.value.message_id


def raw_entry(name: bytes, content: bytes, flags: int = 0) -> bytes:
    header = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 20, flags, 0, 0, 0, 0, len(content), len(content), len(name), 0
    )
    return header + name + content


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", messages.EMPTY),
        ("姓名,性别\n张三,男\n".encode("gbk"), messages.NOT_A_WORKBOOK),
        (b"%PDF-1.7\n%\xe2\xe3", messages.NOT_A_WORKBOOK),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), messages.NOT_A_WORKBOOK),
        (b"<html><table><tr><td>x</td></tr></table></html>", messages.NOT_A_WORKBOOK),
        (OLE + bytes(4096), messages.OLD_FORMAT),
        (OLE + bytes(512) + "EncryptedPackage".encode("utf-16-le"), messages.ENCRYPTED),
        (GOOD[: len(GOOD) // 2], messages.DAMAGED),
        (b"prefix" + GOOD, messages.NOT_A_WORKBOOK),
        (b"PK\x03\x04" + random.Random(1).randbytes(5000), messages.DAMAGED),
    ],
)
def test_other_files(data: bytes, message: str) -> None:
    assert refusal(data) == message


def test_a_file_ten_times_too_large() -> None:
    assert refusal(bytes(10 * MEGABYTE), MEGABYTE) == messages.TOO_LARGE


def test_a_zip_of_something_else() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr("word/document.xml", "<w/>")
    assert refusal(buffer.getvalue()) == messages.NOT_A_WORKBOOK


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"xl/vbaProject.bin": b"macro"}, messages.MACROS),
        ({"xl/macrosheets/sheet1.xml": b"<x/>"}, messages.MACROS),
        ({"../../etc/passwd": b"x"}, messages.DAMAGED),
        ({"XL/workbook.xml": b"<workbook/>"}, messages.DAMAGED),
        ({f"xl/part{i}.xml": b"" for i in range(2500)}, messages.TOO_MANY_PARTS),
        ({"xl/media/bomb.bin": bytes(90 * MEGABYTE)}, messages.INFLATED),
        ({f"xl/media/{i}.bin": bytes(45 * MEGABYTE) for i in range(10)}, messages.INFLATED),
    ],
)
def test_dangerous_containers(parts: dict[str, bytes], message: str) -> None:
    assert refusal(changed(GOOD, {}, parts)) == message


def test_an_entry_encrypted_inside_the_zip() -> None:
    data = bytearray(GOOD)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    assert refusal(bytes(data)) == messages.ENCRYPTED


def test_a_part_that_outgrows_its_declared_size() -> None:
    bomb = changed(GOOD, {}, {"xl/media/lie.bin": bytes(30 * MEGABYTE)})
    lied = bytearray(bomb)
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = lied.rindex(signature)
        lied[at + offset : at + offset + 4] = struct.pack("<L", 1000)
    assert refusal(bytes(lied)) == messages.INFLATED


def test_two_cells_at_the_ends_of_the_sheet() -> None:
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    assert refusal(with_sheet_xml(far)) == messages.SPREAD
    hidden_from_the_scan = far.replace('r="XFD1048576"', 'r="&#88;FD1048576"').replace('r="1048576"', "")
    open_or_refused(with_sheet_xml(hidden_from_the_scan))


def test_a_false_dimension_hides_no_rows() -> None:
    xml = "".join(text_row(number, ["姓名", "性别"]) for number in range(1, 12))
    sheet = open_workbook(with_sheet_xml(xml, head='<dimension ref="A1:A3"/>')).sheets[0]
    assert len(list(sheet.rows())) == 11 and (sheet.rows_used, sheet.columns) == (11, 2)


def test_formatted_but_empty_cells_far_away_do_no_harm() -> None:
    xml = text_row(1, ["姓名"]) + '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    sheet = open_workbook(with_sheet_xml(xml)).sheets[0]
    assert (sheet.rows_used, sheet.columns) == (1, 1)


@pytest.mark.parametrize(
    "parts",
    [
        {"xl/workbook.xml": b"not xml"},
        {"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><workbook/>'},
        {"xl/_rels/workbook.xml.rels": None},
        {SHEET: None},
        {SHEET: b""},
        {SHEET: b"<worksheet><sheetData><row r='1'><c"},
        {SHEET: f"<worksheet {NS}><sheetData/></worksheet>".encode("utf-16")},
        {"xl/styles.xml": b"\x00\x01"},
        {"xl/sharedStrings.xml": b"<sst"},
        {"xl/sharedStrings.xml": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><sst>&x;</sst>'},
        {"[Content_Types].xml": b""},
    ],
)
def test_broken_parts(parts: dict[str, bytes | None]) -> None:
    open_or_refused(changed(GOOD, parts))


def open_or_refused(data: bytes) -> None:
    try:
        for sheet in open_workbook(data).sheets:
            list(sheet.rows())
    except WorkbookRefused as refused:
        assert str(refused)


def test_random_damage_never_escapes() -> None:
    chance = random.Random(20261101)
    for _ in range(12):
        data = bytearray(GOOD)
        for _ in range(chance.choice((1, 5, 50))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        open_or_refused(bytes(data))


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    sst = f'<!DOCTYPE sst [<!ENTITY a0 "ha">{entities}]><sst {NS}><si><t>&a9;</t></si></sst>'
    return changed(GOOD, {"xl/sharedStrings.xml": sst.encode()})


def endless_text() -> bytes:
    return changed(
        GOOD, {"xl/sharedStrings.xml": f"<sst {NS}><si><t>".encode() + random.Random(3).randbytes(8_000_000)}
    )


def a_million_merged_ranges() -> bytes:
    merged = "".join(f'<mergeCell ref="A{i}:B{i + 500}"/>' for i in range(1, 100_000))
    return with_sheet_xml(text_row(1, ["姓名"]), tail=f"<mergeCells>{merged}</mergeCells>")


def overlapping_arrays() -> bytes:
    row = '<row r="{0}"><c r="A{0}"><f t="array" ref="A{0}:XFD1048576">1</f><v>1</v></c></row>'
    return with_sheet_xml("".join(row.format(number) for number in range(1, 3000)))


def more_rows_than_a_sheet_has() -> bytes:
    return with_sheet_xml('<row r="1"><c r="A1"><v>1</v></c></row>' * 1_200_000)


@pytest.mark.parametrize(
    "make",
    [more_rows_than_a_sheet_has, billion_laughs, endless_text, a_million_merged_ranges, overlapping_arrays],
)
def test_costly_files(make: Callable[[], bytes]) -> None:
    open_or_refused(make())


def test_too_little_memory_or_time_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # A small workbook would fit into what Python keeps free after compiling its modules.
    large = with_sheet_xml("".join(text_row(row, [str(row) * 40] * 5) for row in range(1, 20_001)))
    monkeypatch.setattr(reading, "_MEMORY", 20 * MEGABYTE)
    assert refusal(large) == messages.CRASHED
    monkeypatch.undo()
    monkeypatch.setattr(reading, "_WALL_SECONDS", 0.01)
    assert refusal(GOOD) == messages.TOO_SLOW


def test_external_links_are_not_followed_and_do_no_harm() -> None:
    link = b'<externalLink><externalBook r:id="rId1"/></externalLink>'
    assert (
        len(
            list(
                open_workbook(changed(GOOD, {}, {"xl/externalLinks/externalLink1.xml": link}))
                .sheets[0]
                .rows()
            )
        )
        == 2
    )


def test_the_child_sees_no_secret_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}
    real = reading.subprocess.run

    def watched(*arguments: object, **options: object) -> object:
        seen.update(options)
        return real(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(reading.subprocess, "run", watched)
    open_workbook(GOOD)
    assert seen["env"] == {}
