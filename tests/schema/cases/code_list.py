"""Code lists, calendar, and the tables about the schema itself."""

from tests.schema.cases import SUPERUSER, Case
from tests.schema.world import insert

LISTS = (
    "level organisation_kind unit_situation unit_nature unit_party_status unit_affiliation"
    " document_kind sex ethnicity education person_type membership_status job_post new_social_stratum"
    " entry_reason exit_reason region"
).split()
LABELS = {"label_zh": "标签", "label_en": "label"}


def day(kind: str = "off", label: str = "假日") -> str:
    return insert("calendar_day", day="2031-01-01", kind=kind, label_zh=label, label_en="holiday")


def era(until: str) -> str:
    words = {"applies_to": "-", "length": "-", "months": "-", "joining_date_basis": "-"}
    return insert("probation_period", code="PX", date_from="2030-01-01", date_to=until, **words)


def reading(character: str, sound: str = "ling", surname: str | None = None) -> str:
    return insert("pinyin", character=character, reading=sound, surname=surname)


CASES = [
    *(
        Case(f"{name}_reads_well", insert(name, code="ZZ", **LABELS), insert(name, code="ZZ ", **LABELS))
        for name in LISTS
    ),
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
