"""How this package says no: to a whole workbook, or to one cell."""

from __future__ import annotations

DAMAGED_NUMBER = "DAMAGED_NUMBER"
UNREADABLE_DATE = "UNREADABLE_DATE"
FORMULA = "FORMULA"


class WorkbookRefused(Exception):
    """The workbook cannot be taken at all; `message_id % params` is the sentence in English."""

    def __init__(self, message_id: str, **params: str) -> None:
        super().__init__(message_id % params)
        self.message_id = message_id
        self.params = params


class CellRefused(Exception):
    """One cell cannot be read; `rule` names the kind of damage."""

    def __init__(self, rule: str, message_id: str, **params: str) -> None:
        super().__init__(message_id % params)
        self.rule = rule
        self.message_id = message_id
        self.params = params
