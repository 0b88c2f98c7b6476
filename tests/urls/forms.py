"""Forms as people fill them in: `ids` says which records of the registry they name."""

from typing import Any

from tests.schema.slow import id_number
from tests.urls.counties import BORN, Counties

WHY = {"reason": "办理核对"}
REFERENCES = {
    # noun: fields by which a form names another record, and the noun of that record
    "organisation": {"parent_id": "organisation", "organisation_id": "organisation"},
    "unit": {"organisation_id": "organisation"},
    "member": {"branch_id": "organisation", "organisation_id": "organisation"},
    "document": {"organisation_id": "organisation"},
    "field_delegation": {"branch_id": "organisation", "document_id": "document"},
    "account": {"organisation_id": "organisation"},
    "post": {"organisation_id": "organisation"},
    "tenure": {"account_id": "account", "post_id": "post", "document_id": "document"},
}


def new_form(noun: str, seed: Counties, committee: str, branch: str, serial: int = 1) -> dict[str, Any]:
    """A form that registers a record at a committee or a branch of its own."""
    ids = seed.ids
    place, below = ids["organisation", committee], ids["organisation", branch]
    forms: dict[str, dict[str, Any]] = {
        "organisation": {
            "parent_id": place, "name": f"中共新建{serial}支部", "kind": "631", "can_admit": "0",
            "unit_situation": "1",
        },
        "unit": {"organisation_id": place, "name": f"新单位{serial}"},
        "member": {
            "name": "钱新生", "sex": "2", "ethnicity": "01", "birth_date": BORN.isoformat(), "education": "11",
            "id_number": id_number("340702", BORN, 800 + 2 * serial), "person_type": "1", "branch_id": below,
            "join_date": "2004-07-01", "full_date": "2005-07-01", "job_post": "01", "mobile": "13700001234",
            "address": "新路1号",
        },
        "document": {
            "kind": "approval", "number": f"新〔2026〕{serial}号", "title": "新批复", "organisation_id": place,
        },
        "field_delegation": {
            "branch_id": below, "field": "address", "since": "2026-01-01",
            "document_id": ids.get(("document", committee), ""),
        },
        "account": {"login": f"new.{serial}", "name": "钱新人", "organisation_id": below},
        "post": {"organisation_id": below, "level": "branch"},
        "tenure": {
            "account_id": ids["account", f"basic.{committee}"], "since": "2026-01-01",
            "post_id": ids["post", branch],
        },
    }  # fmt: skip
    return WHY | forms[noun]
