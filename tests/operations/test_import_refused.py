"""When a whole import is refused: one clear sentence, and the database as it was."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import psycopg
import pytest

from partyadmin.operations.exchange import load as load_module
from partyadmin.operations.exchange.members import MemberLoad
from tests.operations.desk import Desk
from tests.operations.rows import CITY, city, member, organisations, sheet, workbook
from tests.workbook.making import changed, text_row, with_sheet_xml

EMPTY_CITY = (1, 1)  # organisations and their versions
MEGABYTE = 1024 * 1024


def refusal(desk: Desk, content: bytes, *more: str | Path) -> str:
    """The sentence of a refused import; what stands in the database is compared before and after."""
    before = desk.state()
    file = desk.file(content, "bad.xlsx")
    sentence = desk.refusal("import", file, "--as", "loader", "--initial", "--format", "json", *more)
    assert desk.state() == before
    assert sentence and "Traceback" not in sentence
    return sentence


def bomb() -> bytes:
    buffer = io.BytesIO(city())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as container:
        container.writestr("xl/media/zeros.bin", bytes(60 * MEGABYTE))
    return buffer.getvalue()


def far_apart() -> bytes:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>z</t></is></c></row>'
    return with_sheet_xml(text_row(1, ["姓名", "公民身份证号", "所在党支部"]) + far)


def without(heading: str) -> bytes:
    person = {name: value for name, value in member().items() if name != heading}
    return workbook(党组织=organisations(), 党员=sheet([person]))


BAD = {
    "no workbook": lambda: b"%PDF-1.4 not a workbook",
    "empty": lambda: b"",
    "old format or encrypted": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "encrypted": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
    "cut off": lambda: city()[:2000],
    "damaged sheet": lambda: changed(city(), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row"}),
    "zip bomb": bomb,
    "two cells far apart": far_apart,
    "ten times too large": lambda: b"PK\x03\x04" + bytes(200 * MEGABYTE),
    "no table": lambda: workbook(说明=[["请填写"]]),
    "no ID numbers": lambda: without("公民身份证号"),
    "no branches": lambda: without("所在党支部编码"),
    "no kinds": lambda: workbook(党组织=[row[:3] for row in organisations()]),
}


@pytest.fixture(scope="module")
def sentences() -> dict[str, str]:
    return {}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_workbook_is_refused_in_a_sentence_of_its_own(
    shared_desk: Desk, sentences: dict[str, str], kind: str
) -> None:
    report = shared_desk.folder / "report.xlsx"
    sentences[kind] = refusal(shared_desk, BAD[kind](), "--report", report)
    assert sorted(shared_desk.folder.glob("*port*")) == []
    twins = [other for other, sentence in sentences.items() if sentence == sentences[kind]]
    assert set(twins) in ({kind}, {"cut off", "damaged sheet"}), twins


def test_a_character_that_cannot_be_stored_ends_in_a_sentence(shared_desk: Desk) -> None:
    try:
        answer = shared_desk.load(city(member(姓名="张_xD83D_伟")))
    except AssertionError:
        refusal(shared_desk, city(member(姓名="张_xD83D_伟")))
    else:
        assert answer["members"]["read"] == 1


@pytest.mark.parametrize(
    "broken",
    [RuntimeError("power cut"), psycopg.errors.CheckViolation("unforeseen"), OSError(28, "No space left")],
)
def test_a_failure_in_the_middle_leaves_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, broken: Exception
) -> None:
    def fail(self: MemberLoad, *_: Any) -> None:
        assert self.session.connection().exec_driver_sql("SELECT count(*) FROM organisation").scalar() == len(
            CITY
        )
        raise broken

    monkeypatch.setattr(MemberLoad, "store", fail)
    before, file = desk.state(), desk.file(city())
    arguments = ("import", file, "--as", "loader", "--initial", "--report", desk.folder / "report.xlsx")
    if isinstance(broken, RuntimeError):
        with pytest.raises(RuntimeError):
            desk.run(*arguments)
    else:
        assert desk.refusal(*arguments)
    assert desk.state() == before
    assert {path.name for path in desk.folder.iterdir()} == {"city.xlsx"}


def test_what_no_check_foresaw_ends_in_the_sentence_of_the_rule(desk: Desk) -> None:
    with psycopg.connect(desk.url) as session:
        session.execute("ALTER TABLE member ADD CONSTRAINT nobody_is_called_so UNIQUE (name)")
        session.execute("COMMENT ON CONSTRAINT nobody_is_called_so ON member IS 'Nobody is called so.'")
    assert refusal(desk, city(member(姓名="李四"), member(姓名="李四"))) == "Nobody is called so."


def test_a_report_that_cannot_be_written_stops_the_import(desk: Desk) -> None:
    content = city()
    assert "/nowhere/report.xlsx" in refusal(desk, content, "--report", "/nowhere/report.xlsx")
    refusal(desk, content, "--report", "/dev/null")
    refusal(desk, content, "--report", desk.folder / "bad.xlsx")
    assert (desk.folder / "bad.xlsx").read_bytes() == content


def test_a_failing_report_undoes_the_import(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(load_module, "answer", fail)
    assert "No space left" in refusal(desk, city(), "--report", desk.folder / "report.xlsx")


def test_the_same_file_is_loaded_once(desk: Desk) -> None:
    content = city()
    desk.load(content)
    refusal(desk, content)


def test_only_a_post_that_may_load_loads(desk: Desk) -> None:
    for level in ("auditor", "system"):
        desk.open_account(level, f"{level}@001")
        before = desk.state()
        assert "E1" in desk.refusal("import", desk.file(city()), "--as", level, "--initial")
        assert desk.state() == before


def test_a_post_that_is_not_held_is_refused(desk: Desk) -> None:
    file = desk.file(city())
    assert desk.refusal("import", file, "--as", "nobody", "--initial")
    assert desk.refusal("import", file, "--as", "loader", "--post", "county@001", "--initial")
    assert desk.run("import", file, "--as", "loader").exit_code == 2
    assert desk.run("import", desk.folder / "missing.xlsx", "--as", "loader", "--initial").exit_code == 2


def test_links_scripts_and_rare_characters_are_only_text(desk: Desk) -> None:
    names = ["<script>alert(1)</script>", '=HYPERLINK("http://x")', "𠮷𡈼", "'; DROP TABLE member; --"]
    desk.load(city(*(member(姓名=name) for name in names)))
    stored = [name for (name,) in desk.rows("SELECT name FROM member ORDER BY id")]
    assert stored == [name.lstrip("'") for name in names]


@pytest.mark.parametrize(
    "name", ["云岭市 (终稿) 📎.xlsx", "e\u0301tat.xlsx", f"{'长' * 70}.xlsx", " x .xlsx", "bad\udcff.xlsx"]
)
def test_any_file_name_will_do(shared_desk: Desk, name: str) -> None:
    file = shared_desk.file(city(), name)
    assert shared_desk.run("import", file, "--as", "loader", "--initial").exit_code == 0
