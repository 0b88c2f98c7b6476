"""Forms as people fill them in, and what else somebody may put into an address or a field."""

import base64
import json
from typing import Any, NamedTuple

from tests.schema.slow import id_number
from tests.urls.counties import BORN, Counties

KINDS_OF_RECORDS = (
    "list", "record", "change", "bytes", "new", "look-up", "search", "renew", "export", "sheet", "reveal",
    "many", "tree", "setting", "mark",
)  # fmt: skip
KEYS_OF = {
    # filters that take the key of a record
    "organisation": "organisation", "directly": "organisation", "parent_id": "organisation",
    "organisation_id": "organisation",
    "account_id": "account", "post_id": "post", "number": "document", "login": "account",
    "person": "account",
}  # fmt: skip
WHY = {"reason": "办理核对"}
REFERENCES = {
    # noun: the fields by which its form names other records, and columns that name one and are in no form
    "organisation": {"parent_id": "superior", "organisation_id": "organisation"},
    "change_order": {"superior_id": "superior", "document_id": "document", "organisation_id": "organisation"},
    "unit": {"organisation_id": "organisation"},
    "member": {"branch_id": "branch", "document_id": "document", "organisation_id": "organisation"},
    "report": {"branch_id": "branch", "document_id": "document", "organisation_id": "organisation"},
    "document": {"organisation_id": "organisation"},
    "field_delegation": {"place": "branch", "document_id": "document", "branch_id": "branch"},
    "export_ledger": {},
    "key_change": {},
    "account": {"organisation_id": "organisation"},
    "post": {"organisation_id": "organisation"},
    "tenure": {"account_id": "account", "post_id": "post", "document_id": "document"},
}


IN_NO_NEW_FORM = {
    ("organisation", "organisation_id"), ("organisation", "parent_id"), ("change_order", "organisation_id"),
    ("member", "organisation_id"), ("member", "document_id"),
    ("field_delegation", "branch_id"), ("report", "organisation_id"), ("report", "document_id"),
}  # fmt: skip


class Home(NamedTuple):
    """Where somebody writes: a committee of theirs and a branch below it."""

    visitor: str
    committee: str
    branch: str


HOMES = dict.fromkeys(REFERENCES, Home("neighbour_county", "001002001", "001002001001")) | {
    "member": Home("neighbour_committee", "001001002", "001001002001"),
    "report": Home("neighbour_committee", "001001002", "001001002001"),
    "key_change": Home("committee", "001001001", "001001001001"),
}
ABROAD = Home("", "001001001", "001001001001")


def named(seed: Counties, noun: str, home: Home) -> int:
    """The id of the record of a noun at a home."""
    places = {"superior": home.committee[:-3], "branch": home.branch}
    if noun in places:
        return seed.ids["organisation", places[noun]]
    return seed.ids[noun, home.branch if noun in ("account", "post") else home.committee]


def new_form(noun: str, seed: Counties, home: Home) -> dict[str, Any]:
    """A sound form that registers a record at a home."""
    forms: dict[str, dict[str, Any]] = {
        "organisation": {},
        "change_order": {
            "kind": "establish", "effective_on": "2026-11-02", "new1_name": "中共新建委员会",
            "new1_kind": "611", "new1_can_admit": "1", "new1_unit_situation": "1",
        },
        "unit": {"name": "新建单位"},
        "member": {
            "name": "钱新生", "sex": "2", "ethnicity": "01", "birth_date": BORN.isoformat(),
            "id_number": id_number("340702", BORN, 802), "education": "11", "person_type": "1",
            "join_date": "2004-07-01",
            "full_date": "2005-07-01", "job_post": "01", "mobile": "13700001234", "address": "新路1号",
        },
        "report": {
            "kind": "admission", "event_date": "2026-11-02", "began_by": "1", "name": "钱新报", "sex": "2",
            "ethnicity": "01", "birth_date": BORN.isoformat(), "id_number": id_number("340702", BORN, 806),
            "education": "11", "job_post": "01", "mobile": "13700001235", "address": "新路2号",
        },
        "document": {"kind": "approval", "number": "新〔2026〕1号", "title": "新批复"},
        "field_delegation": {"field_address": "y", "since": "2026-01-01"},
        "export_ledger": {"purpose": "核对名册"},
        "key_change": {"purpose": "核对变更"},
        "account": {"login": "new.person", "name": "钱新人"},
        "post": {"level": "basic"},
        "tenure": {"since": "2026-01-01"},
    }  # fmt: skip
    form = WHY | forms[noun]
    for field in form_fields(noun):
        form[field] = str(named(seed, REFERENCES[noun][field], home))
    return form


def form_fields(noun: str) -> list[str]:
    """The references that the form of a new record has."""
    return [field for field in REFERENCES[noun] if (noun, field) not in IN_NO_NEW_FORM]


def _token(values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


LONG = "9" * 20
BAD_KEYS = (
    "abc", "-1", "0", "", LONG, "1,2", "1 ", "01", "１", "²", "1.0", "1e3", "0x1", "' OR 1=1 --", "a\x00b",
    "😀", "../1", "x" * 5000,
)  # fmt: skip
BAD_PAGES = (
    "x", "!!", "=", "é", "a\x00", "[" * 100, _token([]), _token({}), _token([None]), _token([1, 2, 3]),
    _token(["a", "b"]), _token(["a\x00", 1]), _token([True, 1]), _token([2**63, "1"]), _token([1.5]),
    _token(["001", 2**63]), _token(["2026-02-30"]),
    _token(["2026-02-30 08:00:00+08:00", 1]),
    _token(["2026-02-03 08:00:00", 1]), _token(["0001-01-01 00:00:00+14:00", 1]),
    base64.urlsafe_b64encode(b"[" * 5000).decode(),
)  # fmt: skip
BY_LINK = {"parent_id", "account_id", "post_id", "organisation_id"}
NO_FILTERS = (
    "sort",
    "desc",
    "page",
    "page_size",
    "search",
    "flt0_0",
    "flt1_5",
    "no_such_filter",
    "url",
    "lang",
)
PARAMETERS = (
    *sorted(BY_LINK), "organisation", "directly", "name", "number", "login", "kind", "search", "id_number",
    "person", "flt0_0",
)  # fmt: skip
BAD_WORDS = ("'", "%", "a\x00b", "😀", LONG, "-1", "x" * 3000)
BAD_FIELDS = ("", LONG, "-1", "²", "' OR 1=1 --", "2026-02-30", "a\x01b", "😀", "<script>", "x" * 3000)
