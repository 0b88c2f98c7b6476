"""What comes in and goes out as a workbook."""

from partyadmin.operations.exchange.export import ExportRequest, Leaving, Pieces, export
from partyadmin.operations.exchange.load import ImportResult, import_workbook, importing
from partyadmin.operations.exchange.member_roster import export_members
from partyadmin.operations.exchange.roster import Sheet, selected_for, sheet_of

__all__ = [
    "ExportRequest", "ImportResult", "Leaving", "Pieces", "Sheet", "export", "export_members",
    "import_workbook", "importing", "selected_for", "sheet_of",
]  # fmt: skip
