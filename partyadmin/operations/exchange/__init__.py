"""What comes in and goes out as a workbook."""

from partyadmin.operations.exchange.export import ExportRequest, export_members
from partyadmin.operations.exchange.load import ImportResult, import_workbook, importing

__all__ = ["ExportRequest", "ImportResult", "export_members", "import_workbook", "importing"]
