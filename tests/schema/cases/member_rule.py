"""The error rules of the look-back that no registered member breaks."""

from datetime import date
from typing import Any

from tests.schema.cases import Case
from tests.schema.slow import check_character
from tests.schema.world import new_member, number

PROBATIONARY = {"person_type": "2", "full_date": None}
OLD = {"birth_date": date(1925, 1, 1)}
FOUND_LATER = {"lost": True, "birth_date": date(1990, 1, 1), "join_date": None}
"""Not found yet: what is missing may stay missing."""


def odd(digits: str) -> dict[str, Any]:
    return {"id_number": digits + check_character(digits), "sex": "1" if int(digits[16]) % 2 else "2"}


MANDATORY = (
    "name sex ethnicity id_number birth_date education person_type join_date job_post address"
    " status mobile".split()
)
WRONG_END = number(901)[:17] + ("0" if number(901)[17] != "0" else "1")
PAIRS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("rule_m01", {"full_date": date(2005, 7, 1)}, {"full_date": date(2005, 6, 30)}),
    (
        "rule_m01",
        OLD | {"join_date": date(1950, 1, 31), "full_date": date(1950, 7, 31)},
        OLD | {"join_date": date(1950, 1, 31), "full_date": date(1950, 7, 30)},
    ),
    (
        "rule_m02",
        OLD | {"join_date": date(1970, 1, 1), "full_date": date(1970, 1, 1)},
        OLD | {"join_date": date(1970, 1, 1), "full_date": date(1971, 1, 1)},
    ),
    (
        "rule_m02",
        OLD | {"join_date": date(1969, 4, 20), "full_date": date(1970, 4, 20)},
        OLD | {"join_date": date(1969, 5, 2), "full_date": date(1970, 5, 2)},
    ),
    ("rule_m04", {"sex": "1"}, {"sex": "2"}),
    ("rule_m05", {}, {"id_number": "34070219800301901x"}),
    ("rule_m05", {}, {"id_number": number(901)[:16]}),
    ("rule_m06", {}, {"id_number": WRONG_END}),
    ("rule_m07", {}, odd("34070219801301901")),
    ("rule_m07", {}, odd("34070218991231901")),
    ("rule_m07", {}, odd("34070220990101901")),
    ("rule_m08", {}, odd("83000019800301901")),
    ("rule_m09", {}, {"id_number": "340702800301901"}),
    *(("rule_m14", {}, {item: None}) for item in MANDATORY),
    ("rule_m14", {"mobile": None, "landline": "0562-2880000"}, {"mobile": None, "landline": "无"}),
    ("rule_m14", {"education": None, "address": None, "lost": True}, {"education": None}),
    ("rule_m14", {}, {"birth_date": date(1900, 1, 1)}),
    ("rule_m14", {}, {"sex": "9"}),
    ("rule_m15", {"birth_date": date(1986, 7, 1)}, {"birth_date": date(1986, 7, 2)}),
    (
        "rule_m16",
        OLD | PROBATIONARY | {"birth_date": date(1901, 1, 1), "join_date": date(1921, 7, 1)},
        OLD | PROBATIONARY | {"birth_date": date(1901, 1, 1), "join_date": date(1921, 6, 30)},
    ),
    (
        "rule_m16",
        PROBATIONARY | {"join_date": date(2026, 1, 1)},
        PROBATIONARY | {"join_date": date(2099, 1, 1)},
    ),
    (
        "rule_m17",
        OLD | {"join_date": date(1969, 4, 10), "full_date": date(1969, 4, 10)},
        OLD | {"join_date": date(1969, 4, 10), "full_date": date(1969, 4, 9)},
    ),
    ("rule_m18", PROBATIONARY, {"full_date": None}),
    ("rule_m19", PROBATIONARY | {"full_date": date(2099, 1, 1)}, {"person_type": "2"}),
    ("rule_m22", {"birth_date": date(1900, 1, 2)}, {"birth_date": date(1899, 12, 31)}),
    (
        "rule_m22",
        FOUND_LATER | {"full_date": None, **PROBATIONARY},
        FOUND_LATER | PROBATIONARY | {"birth_date": date(2015, 1, 1)},
    ),
    ("rule_m23", {"mobile": "19999999999"}, {"mobile": "12345678901"}),
    ("rule_m23", {}, {"mobile": "1380000000"}),
    ("rule_m26", {"name": "阿卜杜拉·买买提"}, {"name": "王 伟"}),
    ("rule_m26", {"name": "\U00020bb7\u7530"}, {"name": "王"}),
    ("rule_m26", {}, {"name": "Anna Li"}),
    ("rule_m30", {"is_mobile": True, "destination": "110105"}, {"is_mobile": True}),
    (
        "rule_m33",
        FOUND_LATER | {"full_date": date(2008, 1, 1)},
        FOUND_LATER | {"full_date": date(2007, 12, 31)},
    ),
]
CASES = [
    Case(rule, new_member(**sound), new_member(**faulty), "committee", note=",".join(faulty))
    for rule, sound, faulty in PAIRS
]
