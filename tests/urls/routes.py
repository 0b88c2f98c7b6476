"""What each address is and who may use it, said once more and by hand, so that a new route is decided on."""

from dataclasses import dataclass
from typing import Literal

from werkzeug.routing import Rule

from partyadmin.models import CODE_LISTS

Kind = Literal[
    "public", "signed in", "list", "record", "change", "bytes", "new", "look-up", "search", "renew", "export",
    "sheet", "reveal", "many",
    "tree", "setting", "mark",
]  # fmt: skip

PUBLIC = {"static", "admin.static", "person.sign_in", "person.set_language"}
SIGNED_IN = set(
    "admin.index codes.index finder.find person.sign_out person.switch_post"
    " person.password person.stop_look".split()
)
KINDS: dict[str, Kind] = {
    # the view's method: what its address is
    "index_view": "list",
    "mine": "list",
    "print_view": "list",
    "overview_view": "list",
    "workbook": "list",
    "details_view": "record",
    "versions_view": "record",
    "card_view": "record",
    "collection_form_view": "record",
    "blank_form_view": "list",
    "edit_view": "change",
    "create_view": "new",
    "ajax_lookup": "look-up",
    "file": "bytes",
    "scan": "bytes",
    "new_password": "renew",
    "search": "search",
    "export_view": "export",
    # what is typed into a form, on its way to the form's own save
    "keep_draft": "sheet",
    "drop_draft": "sheet",
    "check": "sheet",
    "reveal": "reveal",
    "look_view": "reveal",
    "undo_view": "reveal",
    "paste_view": "many",
    "correct_view": "many",
    "step_view": "change",
    "place_view": "change",
    "paper_view": "change",
    "preview_view": "renew",
    "apply_view": "renew",
    "worksheet_view": "renew",
    "detail_view": "renew",
    "slips_view": "renew",
    "withdraw_view": "renew",
    "conversion_view": "list",
    "chart_view": "list",
    "import_view": "new",
    "progress": "record",
    "template": "list",
    "write": "renew",
    "aside": "renew",
    "answer": "renew",
    "changes_view": "record",
    "seen": "mark",
    "tree": "tree",
    "choose_columns": "setting",
    "keep_view": "setting",
}
BY_ID = ("record", "change", "bytes", "renew", "reveal", "mark")
CODES = {model.__tablename__ for model in CODE_LISTS} | {"calendar_day"}


@dataclass(frozen=True)
class Noun:
    """Who may read, create, change and take out the records of one noun; by the names of the visitors."""

    read: frozenset[str]
    create: frozenset[str] = frozenset()
    change: frozenset[str] = frozenset()
    has_versions: bool = True
    export: frozenset[str] = frozenset()
    reveal: frozenset[str] = frozenset()


def _(names: str) -> frozenset[str]:
    return frozenset(names.split())


COMMITTEES = _("city county committee neighbour_county neighbour_committee")
BASIC = _("committee neighbour_committee")
BRANCHES = _("branch far_branch")
IMPORTERS = _("city county neighbour_county")
TECHNICAL = _("system security audit")
EXPORTERS = COMMITTEES | BRANCHES
RECORDS = COMMITTEES | BRANCHES | {"auditor"}
EVERYBODY = RECORDS | TECHNICAL
NOUNS = {
    "organisation": Noun(RECORDS, change=COMMITTEES, export=EXPORTERS),
    "change_order": Noun(RECORDS, COMMITTEES, COMMITTEES),
    "unit": Noun(RECORDS, COMMITTEES, COMMITTEES, export=EXPORTERS),
    "member": Noun(RECORDS, BASIC, BASIC | BRANCHES, export=EXPORTERS, reveal=COMMITTEES | {"auditor"}),
    "past_member": Noun(RECORDS, has_versions=False, export=EXPORTERS),
    "document": Noun(RECORDS, COMMITTEES | BRANCHES, has_versions=False),
    "own_act": Noun(BASIC | BRANCHES, has_versions=False, reveal=BASIC | BRANCHES),
    "owed_scan": Noun(RECORDS, has_versions=False),
    "report": Noun(RECORDS, BASIC | BRANCHES, BASIC | BRANCHES),
    "field_delegation": Noun(RECORDS, COMMITTEES, COMMITTEES),
    "account": Noun(
        COMMITTEES | TECHNICAL, COMMITTEES | {"system"}, COMMITTEES | {"system"}, reveal=COMMITTEES
    ),
    "post": Noun(COMMITTEES | TECHNICAL, COMMITTEES | {"security"}, COMMITTEES | {"security"}),
    "tenure": Noun(COMMITTEES | TECHNICAL, COMMITTEES | {"security"}, COMMITTEES | {"security"}),
    "export_ledger": Noun(RECORDS, has_versions=False),
    "import": Noun(IMPORTERS, IMPORTERS, IMPORTERS, has_versions=False),
    "time_limit": Noun(EVERYBODY, _("city"), has_versions=False),
    "permission": Noun(EVERYBODY, change=_("security")),
    "key_change": Noun(COMMITTEES | {"auditor"}, has_versions=False, export=COMMITTEES | {"auditor"}),
    "access_log": Noun(_("auditor security audit"), has_versions=False),
    "transaction": Noun(_("auditor security audit"), has_versions=False),
    **dict.fromkeys(CODES, Noun(EVERYBODY, _("city"), _("city"))),
}


@dataclass(frozen=True)
class Route:
    """One rule of the map, classified."""

    path: str
    kind: Kind
    noun: str
    view: str
    methods: frozenset[str]

    @property
    def policy(self) -> Noun:
        return NOUNS[self.noun]

    @property
    def is_kept(self) -> bool:
        """Whether the noun has what the address shows."""
        return self.view != "versions_view" or self.policy.has_versions

    def allowed(self) -> frozenset[str]:
        """The visitors to whom this address is open for some record."""
        policy = self.policy
        may = {
            "new": policy.create, "change": policy.change, "renew": policy.change, "sheet": policy.change,
            "export": policy.export, "reveal": policy.reveal, "many": policy.change,
        }  # fmt: skip
        return policy.read & may.get(self.kind, policy.read)


def classify(rule: Rule) -> Route:
    """Raises LookupError for a rule that nobody has decided on."""
    methods = frozenset(rule.methods or ()) - {"HEAD", "OPTIONS"}
    if rule.endpoint in PUBLIC | SIGNED_IN:
        return Route(
            rule.rule, "public" if rule.endpoint in PUBLIC else "signed in", "", rule.endpoint, methods
        )
    noun, _, view = rule.endpoint.partition(".")
    if noun not in NOUNS or view not in KINDS:
        raise LookupError(f"{rule.rule} ({rule.endpoint}) stands in no table of tests/urls/routes.py")
    return Route(rule.rule, KINDS[view], noun, view, methods)
