"""Documents, evidence, exceptions, exports, the access log."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from tests.schema.cases import SUPERUSER, Case
from tests.schema.world import INSTALLER, Ref, act_text, insert

MOVED_HOUSE = "UPDATE member SET address = '人民路2号' WHERE id = %(wei)s"
KEEPER = "SET ROLE keeper; "
PAPER = Ref("approval_of_committee_org")
OTHERS = Ref("approval_of_other_committee")
KEPT = "a_document_is_kept_at_or_above_the_branch"
LATER = "UPDATE member SET full_date = '2005-07-02' WHERE id = %(wei)s"
AS_BRANCH = "SELECT act('branch.sun', 'branch@001001001001', 'test'); "
WITHOUT_RULES = "SET LOCAL session_replication_role = replica; "
DIGEST = sha256(b"x").hexdigest()


def document(**changes: Any) -> str:
    values = {
        "kind": "approval",
        "number": "〔2026〕1号",
        "title": "批复",
        "organisation_id": Ref("committee_org"),
    }
    return insert("document", **(values | changes))


def workbook(place: str) -> str:
    return document(kind="workbook", sha256=DIGEST, organisation_id=Ref(place))


def content(text: str, media_type: str = "application/pdf") -> str:
    """A document with these bytes; SQL expression given as text."""
    filed = document(sha256="{digest}").replace("'{digest}'", f"encode(sha256({text}), 'hex')")
    values = f"SELECT currval('document_id_seq'), '{media_type}', {text}"
    return f"{filed}; INSERT INTO document_content (document_id, media_type, content) {values}"


def proof(**changes: Any) -> str:
    values = {
        "subject_id": Ref("wei"),
        "field": "birth_date",
        "document_id": Ref("approval_of_committee_org"),
    }
    return insert("evidence", **(values | changes))


def exception(**changes: Any) -> str:
    values = {"subject": "member", "subject_id": Ref("wei"), "rule": "M04", "value_hash": DIGEST}
    return insert("rule_exception", **(values | {"document_id": Ref("approval_of_committee_org")} | changes))


def export(**changes: Any) -> str:
    values = {
        "organisation_id": Ref("committee_org"),
        "purpose": "年度统计",
        "subject": "member",
        "columns": ["name"],
    }
    return insert("export_ledger", **(values | {"full_numbers": False, "way": "screen"} | changes))


COMPLETION = f"rows = 0, sha256 = '{DIGEST}'"


def completed(changes: str = COMPLETION, times: int = 1, **announced: Any) -> str:
    """An export that is announced, and then changed so many times."""
    update = f"UPDATE export_ledger SET {changes} WHERE id = (SELECT max(id) FROM export_ledger)"
    return "; ".join([export(**announced), *[update] * times])


def final_entries() -> Iterator[Case]:
    """Not even the owner's raw SQL, nor a superuser's, changes an entry of the ledger otherwise."""
    rule, post = "an_export_is_completed_once", {"post_id": Ref("county_post")}
    for who in ("committee", INSTALLER, SUPERUSER):
        for note, refused in {
            "twice": completed(times=2, **post),
            "nothing added": completed("purpose = purpose", **post),
            "another purpose beside": completed(f"{COMPLETION}, purpose = '改过'", **post),
            "taken back": f"{completed(**post)}; UPDATE export_ledger SET rows = NULL, sha256 = NULL",
        }.items():
            yield Case(rule, completed(**post), refused, who, note=f"{note}, {who}")
    others = completed(account_id=Ref("county_account"), **post)
    yield Case(rule, completed(**post), others, SUPERUSER, note="another's")


def logged(**changes: Any) -> str:
    return insert(
        "access_log",
        **({"kind": "refused", "detail": "x" * 500, "account_id": Ref("committee_account")} | changes),
    )


PAPER_TEXTS = (
    ("document_number_reads_well", "number", 80),
    ("document_title_reads_well", "title", 200),
    ("document_issuer_reads_well", "issuer", 120),
    ("document_file_name_reads_well", "file_name", 200),
)

CASES = [
    *(
        Case(rule, document(**{column: "文" * most}), document(**{column: bad}), note=repr(bad[:3]))
        for rule, column, most in PAPER_TEXTS
        for bad in ("文" * (most + 1), "", " 文", "文\u3000", "文\u0007")
    ),
    Case("document_has_pages", document(pages=10000), document(pages=0)),
    Case("document_digest_is_sha256", document(sha256=DIGEST), document(sha256=DIGEST.upper())),
    Case("document_can_be_found_again", document(number=None, sha256=DIGEST), document(number=None)),
    Case(
        "workbook_is_loaded_once",
        workbook("committee_org") + "; " + workbook("second_county_committee"),
        workbook("committee_org") + "; " + workbook("committee_org"),
    ),
    Case(
        "content_has_the_digest_of_its_document",
        content("'\\x25'::bytea"),
        content("'\\x25'::bytea") + " || '\\x00'",
    ),
    Case(
        "document_content_is_of_a_known_type",
        content("'\\x25'::bytea"),
        content("'\\x25'::bytea", "text/html"),
    ),
    Case("document_content_is_at_most_20_mb", content("'\\x25'::bytea"), content("''::bytea"), note="empty"),
    Case(
        "document_content_is_at_most_20_mb",
        content("'\\x25'::bytea"),
        content("convert_to(repeat('x', 20971521), 'UTF8')"),
        note="too large",
    ),
    Case("evidence_is_for_members", proof(), proof(subject="unit"), "committee"),
    Case("evidence_is_for_key_fields", proof(field="id_number"), proof(field="name"), "committee"),
    Case("evidence_is_named_once", proof(), proof() + ";" + proof(), "committee"),
    Case(
        "rule_exception_is_for_records",
        exception(),
        exception(subject="tenure", subject_id=Ref("committee_tenure")),
        "county",
    ),
    Case(KEPT, proof(), proof(document_id=OTHERS), "city"),
    Case(
        KEPT,
        act_text("city", document="approval_of_committee_org") + "; " + LATER,
        act_text("city", document="approval_of_other_committee") + "; " + LATER,
        "city",
        note="of the act",
    ),
    Case(KEPT, exception(), exception(document_id=OTHERS), "city", note="of an exception"),
    Case("rule_exception_value_is_hashed", exception(), exception(value_hash="abc"), "committee"),
    Case("rule_exception_is_made_once", exception(), exception() + ";" + exception(), "committee"),
    Case("export_has_a_purpose", export(), export(purpose="x"), "committee", note="too short"),
    Case("export_has_a_purpose", export(), export(purpose=" 统计"), "committee", note="blank before"),
    Case("export_counts_its_rows", completed(), completed(COMPLETION.replace("0", "-1", 1)), "committee"),
    Case(
        "export_digest_is_sha256",
        completed(),
        completed(f"rows = 0, sha256 = '{'0' * 63}'"),
        "committee",
    ),
    Case("export_is_completed_whole", completed(), completed("rows = 0"), "committee"),
    *(
        Case("an_export_is_written_down_before_it_leaves", export(), export(**known), "committee", note=note)
        for note, known in {"rows": {"rows": 0}, "digest": {"sha256": DIGEST}}.items()
    ),
    *final_entries(),
    Case("export_way_is_known", export(way="command line"), export(way="usb"), "committee"),
    Case("export_way_is_known", export(way="print"), export(way="fax"), "committee", note="on paper"),
    Case("access_kind_is_known", logged(), logged(kind="lunch"), "committee"),
    Case("access_detail_is_short", logged(), logged(detail="x" * 501), "committee"),
    Case(
        "every_write_stands_in_an_act",
        document(),
        "SELECT set_config('app.transaction', '', true); " + document(),
    ),
    Case(
        "every_write_stands_in_an_act",
        MOVED_HOUSE,
        "SELECT enter('committee.qian', 'basic@001001001'); " + MOVED_HOUSE,
        "committee",
        note="to enter is not to act",
    ),
    Case("an_act_says_why", act_text("county"), act_text("county", reason="x" * 501)),
    Case(
        "an_act_says_why", act_text("county", reason="x" * 500), act_text("county", reason=""), note="blank"
    ),
    Case(
        "an_act_rests_on_a_document_in_scope",
        act_text("committee", document="approval_of_committee_org"),
        act_text("committee", document="approval_of_other_committee"),
    ),
    Case(
        "an_act_has_a_reason",
        KEEPER + insert("transaction", account_id=Ref("county_account"), reason="理由"),
        KEEPER + insert("transaction", account_id=Ref("county_account"), reason=" "),
        SUPERUSER,
    ),
    Case(
        "a_document_supersedes_one_in_reach",
        document(supersedes=PAPER),
        document(supersedes=Ref("approval_of_other_committee")),
        "committee",
        note="of another keeper",
    ),
    Case(
        "a_document_supersedes_one_in_reach",
        proof() + "; " + AS_BRANCH + document(supersedes=PAPER, organisation_id=Ref("branch_org")),
        AS_BRANCH + document(supersedes=PAPER, organisation_id=Ref("branch_org")),
        "committee",
        note="a branch for what proves something of its members",
    ),
    Case(
        "a_document_supersedes_one_in_reach",
        document(supersedes=PAPER),
        document(supersedes=Ref("workbook_of_county_org")),
        "county",
        note="a workbook",
    ),
    Case(
        "a_document_is_superseded_once",
        document(supersedes=PAPER),
        document(supersedes=PAPER) + "; " + document(supersedes=PAPER),
        "committee",
    ),
    Case(
        "document_supersedes_an_earlier_one",
        document(supersedes=PAPER),
        WITHOUT_RULES
        + document(supersedes=PAPER)
        .replace("INSERT INTO document (", "INSERT INTO document (id, ")
        .replace("VALUES (", "OVERRIDING SYSTEM VALUE VALUES (-1, "),
        SUPERUSER,
    ),
]
