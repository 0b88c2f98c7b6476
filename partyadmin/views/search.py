"""What somebody typed into the quick search: a name, an ID number or a mobile number."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum, auto

from partyadmin.workbook.cleaning import clean_id_number, clean_name, clean_phone, is_mobile_phone
from partyadmin.workbook.refusal import CellRefused

_ID_NUMBER = re.compile(r"[0-9]{15}|[0-9]{17}[0-9X]")
_LONGEST = 60


class Kind(Enum):
    """What is sought."""

    NOTHING = auto()
    NAME = auto()
    ID_NUMBER = auto()
    MOBILE = auto()


def sought(typed: str) -> tuple[Kind, str]:
    """What is sought, in clean form. Anything with many digits is a number: none may land in an address."""
    typed = typed[:_LONGEST]
    number = _clean(clean_id_number, typed)
    if _ID_NUMBER.fullmatch(number):
        return Kind.ID_NUMBER, number
    phone = _clean(clean_phone, typed)
    if is_mobile_phone(phone):
        return Kind.MOBILE, phone
    if sum(character.isdigit() for character in typed) >= 5:
        return Kind.ID_NUMBER, number
    name = clean_name(typed) or ""
    return (Kind.NAME, name) if name else (Kind.NOTHING, "")


def _clean(clean: Callable[[str], str | None], typed: str) -> str:
    try:
        return clean(typed) or ""
    except CellRefused:
        return typed.strip()
