"""Tables of schema.sql as thin typed classes: columns and relationships only.

Importing this package maps everything, the version classes of Continuum included.
"""

from sqlalchemy.orm import configure_mappers

from partyadmin.db import versioning
from partyadmin.models.account import (
    Account,
    LastLook,
    Permission,
    PermissionFunction,
    Post,
    SavedView,
    Tenure,
)
from partyadmin.models.audit import AccessLog, Draft, ExportLedger, Installation, KeyChange, Transaction
from partyadmin.models.change_order import (
    ChangeAccount,
    ChangeLine,
    ChangeOrder,
    ChangePaper,
    ChangePlace,
    ChangePlan,
    OrganisationTerm,
)
from partyadmin.models.codes import (
    CODE_LISTS,
    CalendarDay,
    ChangeKind,
    EntryReason,
    ExitReason,
    Level,
    Region,
    ReportKind,
)
from partyadmin.models.document import Document, DocumentContent, Evidence, OwedScan
from partyadmin.models.job import Job
from partyadmin.models.member import KEY_FIELDS, FieldDelegation, Member, MembershipSpell, RuleException
from partyadmin.models.organisation import (
    BranchCount,
    Lineage,
    Organisation,
    OrganisationCode,
    OrganisationSpell,
    Unit,
)
from partyadmin.models.past import PastMember
from partyadmin.models.report import Report, ReportItem, ReportStep, StatusChange, TimeLimit

__all__ = [
    "CODE_LISTS", "KEY_FIELDS", "AccessLog", "Account", "BranchCount", "CalendarDay", "ChangeAccount",
    "ChangeKind", "ChangeLine", "ChangeOrder", "ChangePaper", "ChangePlace", "ChangePlan", "Document",
    "DocumentContent", "Draft", "EntryReason", "Evidence", "ExitReason", "ExportLedger", "FieldDelegation",
    "Installation", "Job", "KeyChange", "LastLook", "Level", "Lineage", "Member", "MembershipSpell",
    "Organisation", "OrganisationCode", "OrganisationSpell", "OrganisationTerm", "OwedScan", "PastMember",
    "Permission", "PermissionFunction", "Post", "Region", "Report", "ReportItem", "ReportKind",
    "ReportStep", "RuleException", "SavedView", "StatusChange", "Tenure", "TimeLimit", "Transaction",
    "Unit",
]  # fmt: skip

versioning.transaction_cls = Transaction
configure_mappers()
