"""Code lists, calendar, and the tables about the schema itself."""

from tests.schema.cases import SUPERUSER, Case
from tests.schema.world import insert

LISTS = (
    "level organisation_kind unit_situation unit_nature unit_party_status unit_affiliation"
    " document_kind sex ethnicity education person_type membership_status report_kind report_state"
    " change_kind order_state job_post new_social_stratum entry_reason exit_reason region"
).split()
LABELS = {"label_zh": "标签", "label_en": "label"}
NEEDED = {"report_kind": {"function": "P1"}}


def value(name: str, code: str) -> str:
    return insert(name, code=code, **LABELS, **NEEDED.get(name, {}))


def day(kind: str = "off", label: str = "假日") -> str:
    return insert("calendar_day", day="2031-01-01", kind=kind, label_zh=label, label_en="holiday")


def era(until: str) -> str:
    words = {"applies_to": "-", "length": "-", "months": "-", "joining_date_basis": "-"}
    return insert("probation_period", code="PX", date_from="2030-01-01", date_to=until, **words)


def reading(character: str, sound: str = "ling", surname: str | None = None) -> str:
    return insert("pinyin", character=character, reading=sound, surname=surname)


def limit(**changes: object) -> str:
    values = {"code": "report", "valid_from": "2030-01-01", "number": 5}
    return insert("time_limit", **(values | {"legal_basis_zh": "文件", "legal_basis_en": "notice"} | changes))


def step(letter: str) -> str:
    return insert("report_step", was="withdrawn", becomes="reported", letter=letter)


CASES = [
    *(Case(f"{name}_reads_well", value(name, "ZZ"), value(name, "ZZ ")) for name in LISTS),
    Case("time_limit_is_known", limit(), limit(code="lunch")),
    Case("time_limit_is_positive", limit(), limit(number=0)),
    Case(
        "time_limit_holds_from_one_day",
        limit() + "; " + limit(valid_from="2031-01-01"),
        limit() + "; " + limit(number=6),
    ),
    Case("report_step_letter_is_known", step("W"), step("X")),
    Case("calendar_day_is_off_or_work", day("work"), day("free"), "city"),
    Case("calendar_day_reads_well", day(), day(label=""), "city"),
    Case("pinyin_is_of_one_character", reading("〇"), reading("〇〇")),
    Case("reading_is_in_small_letters", reading("〇", "ling"), reading("〇", "líng")),
    Case(
        "surname_reading_is_in_small_letters",
        reading("〇", surname="ling"),
        reading("〇", surname="Ling"),
    ),
    Case("probation_period_ends_after_it_began", era("2030-01-02"), era("2030-01-01")),
    Case(
        "installation_is_one",
        "UPDATE installation SET demonstration = true",
        "UPDATE installation SET only_one = false",
    ),
    Case(
        "table_scope_writes_are_known",
        "UPDATE table_scope SET writes = 'UPDATE' WHERE table_name = 'sex'",
        "UPDATE table_scope SET writes = 'DELETE' WHERE table_name = 'sex'",
        SUPERUSER,
    ),
]
