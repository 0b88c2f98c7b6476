from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from partyadmin.workbook import cleaning
from partyadmin.workbook.reading import Scalar
from partyadmin.workbook.refusal import DAMAGED_NUMBER, CellRefused
from tests.workbook.making import valid_number

GOOD = "11010519491231002X"
first_17 = st.text("0123456789", min_size=17, max_size=17)
full_width = {ord(c): ord(c) + 0xFEE0 for c in "0123456789Xx"}


@pytest.mark.parametrize(
    "written",
    [
        GOOD,
        GOOD.lower(),
        f"'{GOOD}",
        f" {GOOD}\u3000",
        "110105 19491231 002X",
        "110105-19491231-002x",
        f"\ufeff{GOOD}",
        GOOD.translate(full_width),
        "110105\u00a019491231\u00a0002Ｘ",
        f"‘{GOOD}",
    ],
)
def test_an_id_number_is_cleaned(written: str) -> None:
    assert cleaning.clean_id_number(written) == GOOD


@pytest.mark.parametrize(
    "written",
    [
        3.40702199001011e17,
        340702199001011.0,
        440524188001010014,
        "3.40702E+17",
        "3.40702199001011E+17",
        "3E17",
        "340702199001011000",
        "３４０７０２１９９００１０１１０００",
        "340702199001011234.0",
        date(1990, 1, 1),
    ],
)
def test_a_damaged_id_number_is_refused(written: Scalar) -> None:
    with pytest.raises(CellRefused) as refused:
        cleaning.clean_id_number(written)
    assert refused.value.rule == DAMAGED_NUMBER


def test_a_sound_number_may_end_in_three_zeros() -> None:
    sound = next(
        n
        for n in (valid_number(f"34070219900101{i}00") for i in range(1000))
        if n.endswith("000") and len(n) == 18
    )
    assert cleaning.clean_id_number(sound) == sound


@given(first_17)
def test_sound_numbers_survive_and_cleaning_twice_changes_nothing(digits: str) -> None:
    number = valid_number(digits)
    assert cleaning.clean_id_number(number) == number
    messy = f" {number[:6]} {number[6:14]}\u3000{number[14:].lower()}".translate(full_width)
    assert cleaning.clean_id_number(messy) == number


@given(st.one_of(st.integers(10**14, 10**18), st.floats(1e14, 1e18)))
def test_no_number_ever_becomes_an_id_number(value: float) -> None:
    with pytest.raises(CellRefused):
        cleaning.clean_id_number(value)


@given(st.text())
@example("\u0131\u0306")
@example("\u0131\u02d8")
def test_cleaning_any_text_twice_changes_nothing(text: str) -> None:
    for clean in (cleaning.clean_id_number, cleaning.clean_text, cleaning.clean_name, cleaning.clean_code):
        try:
            once = clean(text)
        except CellRefused:
            continue
        assert clean(once) == once
        assert once is None or unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("张　三 ", "张三"),
        ("张\u00a0三", "张三"),
        ("\u200b张三\n", "张三"),
        ("买买提．艾力", "买买提·艾力"),
        ("买买提 • 艾力", "买买提·艾力"),
        ("买买提-艾力", "买买提·艾力"),
        ("买买提‧艾力", "买买提·艾力"),
        ("買賣・提", "買賣·提"),
        ("John Smith", "John Smith"),
        ("李4", "李4"),
        ("𠮷野家", "𠮷野家"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("无", None),
        ("—", None),
        ("", None),
        (None, None),
        ("'张三", "张三"),
        ("e\u0301", "é"),
    ],
)
def test_names(written: Scalar, clean: str | None) -> None:
    assert cleaning.clean_name(written) == clean


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("云岭路１２号Ａ座（东）", "云岭路12号A座（东）"),
        (" 北京\n路 1 号 ", "北京 路 1 号"),
        ("不详", None),
        (0.0, None),
        ("0", None),
        ("1900-1-0", None),
        (12.0, "12"),
        (1.5, "1.5"),
        ("a_x000D_b", "a b"),
        ("坏\x07字", "坏字"),
        (True, "是"),
    ],
)
def test_free_text(written: Scalar, clean: str | None) -> None:
    assert cleaning.clean_text(written) == clean


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("１５０３６４７７７４３", "15036477743"),
        ("150-3647-7743", "15036477743"),
        (15036477743.0, "15036477743"),
        ("+86 150 3647 7743", "15036477743"),
        ("0562—2861234", "0562-2861234"),
        ("(010)12345678", "010-12345678"),
        ("05622861234", "0562-2861234"),
        ("02187654321", "021-87654321"),
        ("1234567", "1234567"),
        ("无", None),
    ],
)
def test_phones(written: Scalar, clean: str | None) -> None:
    assert cleaning.clean_phone(written) == clean


@pytest.mark.parametrize("written", [1001.0, "1.23E+17", 1001])
def test_a_code_kept_as_a_number_is_refused(written: Scalar) -> None:
    with pytest.raises(CellRefused) as refused:
        cleaning.clean_code(written)
    assert refused.value.rule == DAMAGED_NUMBER


def test_codes_are_narrow_capitals_without_blanks() -> None:
    assert cleaning.clean_code(" ００１ ａ00") == "001A00"


@pytest.mark.parametrize("yes", ["是", "√", "Y", "y", "1", 1.0, True, "有", "Ｙ"])
def test_yes(yes: Scalar) -> None:
    assert cleaning.clean_yes_no(yes) is True


@pytest.mark.parametrize("no", ["否", "×", "N", "0", 0.0, False, "无", "x"])
def test_no(no: Scalar) -> None:
    assert cleaning.clean_yes_no(no) is False


@pytest.mark.parametrize("unknown", ["", None, " ", "不详", "—"])
def test_empty_is_unknown_and_not_no(unknown: Scalar) -> None:
    assert cleaning.clean_yes_no(unknown) is None


def test_a_strange_answer_is_left_for_the_code_lists() -> None:
    assert cleaning.clean_yes_no("也许") == "也许"
    assert cleaning.clean_sex("未说明") == "未说明"


@pytest.mark.parametrize(
    ("written", "clean"), [("男性", "男"), ("1", "男"), (2.0, "女"), ("F", "女"), (" 女 ", "女"), ("0", None)]
)
def test_sex(written: Scalar, clean: str | None) -> None:
    assert cleaning.clean_sex(written) == clean


def test_labels_compare_without_blanks_width_and_case() -> None:
    assert cleaning.label_key(" Ａ 类（甲）") == cleaning.label_key("a类(甲)")
    assert cleaning.clean_label("汉 族") == "汉族"
