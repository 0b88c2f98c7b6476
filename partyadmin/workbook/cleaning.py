"""Pure functions from what a cell holds to what the registry may store.

Each returns None for an empty cell and for the marks people write when they know nothing, and cleans
only what has one possible reading. A value it cannot place is returned as clean text for the database
to refuse; a number the spreadsheet has damaged raises CellRefused, because guessing would invent data.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from partyadmin.workbook import messages
from partyadmin.workbook.reading import Scalar
from partyadmin.workbook.refusal import DAMAGED_NUMBER, CellRefused

_KNOWS_NOTHING = frozenset(
    ("无", "暂无", "不详", "未知", "0", "-", "--", "—", "——", "－", "–", "/", "\\", "N/A", "n/a")
).union(("1900-1-0", "1900/1/0", "1900-01-00", "1900/01/00"))
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_SPACE_OR_BREAK = re.compile(r"[\t-\r\x85\xa0\u2028\u2029]+")
_BLANK = re.compile(r"\s+")
_QUOTES = "'`‘’＇′"
_DASHES = re.compile(r"[-‐-―−－﹣]")
_PUNCTUATION = re.compile(r"[-‐-―−－﹣()]")
_FULL_WIDTH = {
    code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}
_HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_BLANK_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}·])|(?<=·)\s+(?=[{_HAN}])")
_MIDDLE_DOT = re.compile(rf"(?<=[{_HAN}])\s*[·．.•・‧･∙⋅-]\s*(?=[{_HAN}])")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d{1,3}")
_CUT_TO_15_DIGITS = re.compile(r"\d{15}000")
_WRITTEN_BY_PROGRAM = re.compile(r"\d+\.0+")
_COUNTRY_CODE = re.compile(r"(\+|00)86(?=1\d{10}$)")
_MOBILE = re.compile(r"1\d{10}")
_LANDLINE = re.compile(r"(010|02\d|0[3-9]\d{2})(\d{7,8})")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"

_YES = frozenset(["是", "√", "✓", "✔", "☑", "Y", "YES", "TRUE", "1", "有", "对"])
_NO = frozenset(["否", "×", "✗", "✘", "✕", "X", "N", "NO", "FALSE", "0", "无", "没有", "错", "不是"])
_SEX = dict.fromkeys(["男", "男性", "1", "M", "MALE"], "男") | dict.fromkeys(
    ["女", "女性", "2", "F", "FEMALE"], "女"
)


def plain_text(value: Scalar) -> str:
    """Any cell as text in NFC, trimmed, without control and invisible characters; "" when empty."""
    if isinstance(value, str):
        if "_x" in value:
            value = _ESCAPED.sub(lambda found: chr(int(found.group(1), 16)), value)
        if not value.isprintable():
            value = _INVISIBLE.sub("", _SPACE_OR_BREAK.sub(" ", value))
        return _composed(value).strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat()


def label_key(text: str) -> str:
    """The form in which two spellings of a label are equal: NFKC, without blanks, small letters."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def clean_text(value: Scalar) -> str | None:
    """Free text, such as an address: full-width digits and letters become narrow, the rest stays."""
    text = plain_text(value)
    if not text.isascii():
        text = _composed(text.translate(_FULL_WIDTH))
    return _known(text)


@lru_cache(maxsize=20_000, typed=True)
def clean_label(value: Scalar) -> str | None:
    """A word of a code list as the user wrote it, without blanks."""
    return _known(_composed(_BLANK.sub("", plain_text(value).translate(_FULL_WIDTH))))


def clean_name(value: Scalar) -> str | None:
    """A person's name: blanks beside Han characters go, every kind of middle dot becomes `·`."""
    text = plain_text(value).lstrip(_QUOTES)
    if not text.isalpha():
        text = _BLANK_BESIDE_HAN.sub("", _MIDDLE_DOT.sub("·", text)).strip()
    return _known(text)


@lru_cache(maxsize=20_000, typed=True)
def clean_organisation_name(value: Scalar) -> str | None:
    """The name of an organisation or unit: as free text, without blanks between Han characters."""
    text = clean_text(value)
    return text and _BLANK_BESIDE_HAN.sub("", text)


def clean_id_number(value: Scalar) -> str | None:
    """A citizen's number, narrow, without blanks and dashes, capital X; CellRefused when damaged."""
    if value and not isinstance(value, str | bool):
        raise _damaged(messages.DAMAGED_ID_NUMBER)
    text = _composed(_narrow(value).upper())
    if _SCIENTIFIC.fullmatch(text) or (len(text) > 10 and _WRITTEN_BY_PROGRAM.fullmatch(text)):
        raise _damaged(messages.DAMAGED_ID_NUMBER)
    digits = _DASHES.sub("", text)
    if _CUT_TO_15_DIGITS.fullmatch(digits) and check_character(digits) != digits[17]:
        raise _damaged(messages.DAMAGED_ID_NUMBER)
    return _known(digits)


def check_character(number: str) -> str:
    """The last character that the first 17 digits of an ID number demand (ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK_CHARACTERS[total % 11]


@lru_cache(maxsize=20_000, typed=True)
def clean_code(value: Scalar) -> str | None:
    """An organisation's or unit's code in capitals; CellRefused for numbers, which lose leading zeros."""
    if value and not isinstance(value, str | bool):
        raise _damaged(messages.DAMAGED_CODE)
    text = _composed(_narrow(value).upper())
    if _SCIENTIFIC.fullmatch(text) and "+" in text:
        raise _damaged(messages.DAMAGED_CODE)
    return _known(text)


def clean_phone(value: Scalar) -> str | None:
    """A phone number: mobile as 11 digits, landline as `0562-2861234`, anything else as text."""
    text = _narrow(value)
    if _SCIENTIFIC.fullmatch(text) and "." in text:
        raise _damaged(messages.DAMAGED_PHONE)
    digits = _COUNTRY_CODE.sub("", _PUNCTUATION.sub("", text))
    if _MOBILE.fullmatch(digits):
        return digits
    landline = _LANDLINE.fullmatch(digits)
    return "-".join(landline.groups()) if landline else _known(text)


def is_mobile_phone(number: str) -> bool:
    """Whether a cleaned phone number has the shape of a mobile number."""
    return _MOBILE.fullmatch(number) is not None


def is_landline(number: str) -> bool:
    """Whether a cleaned phone number has the shape of a landline number with its area code."""
    return _LANDLINE.fullmatch(number.replace("-", "")) is not None


@lru_cache(maxsize=1_000, typed=True)
def clean_sex(value: Scalar) -> str | None:
    """男 or 女; other text as it stands."""
    text = _composed(_narrow(value).upper())
    return _SEX.get(text) or _known(text)


@lru_cache(maxsize=1_000, typed=True)
def clean_yes_no(value: Scalar) -> bool | str | None:
    """True, False, None when unknown (an empty cell is not a "no"), other text as it stands."""
    text = _composed(_narrow(value).upper())
    if text in _YES:
        return True
    return False if text in _NO else _known(text)


def _narrow(value: Scalar) -> str:
    text = plain_text(value)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _composed(_BLANK.sub("", text)).strip(_QUOTES)


def _composed(text: str) -> str:
    """NFC once more: what was taken out may have stood between a letter and its accent."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _known(text: str) -> str | None:
    return None if not text or text in _KNOWS_NOTHING else text


def _damaged(message_id: str) -> CellRefused:
    return CellRefused(DAMAGED_NUMBER, message_id)
