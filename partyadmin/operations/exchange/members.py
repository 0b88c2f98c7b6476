"""The members of a workbook: codes for labels, a branch for each, then one set-wise load as stock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session

from partyadmin.dictionary import rule_sentence
from partyadmin.operations.exchange.batch import NOT_IN_CODE_LIST, UNKNOWN_BRANCH, Batch
from partyadmin.operations.exchange.codebook import CodeBook, NotInList
from partyadmin.operations.exchange.placing import ALREADY_THERE
from partyadmin.operations.exchange.progress import CHECKING, STORING, Progress
from partyadmin.operations.exchange.staging import Staging
from partyadmin.operations.exchange.tree import Tree
from partyadmin.workbook.rows import Row, Skipped, Value

CODE_FIELDS = {
    "sex": "sex", "ethnicity": "ethnicity", "education": "education", "person_type": "person_type",
    "job_post": "job_post", "status": "membership_status",
}  # fmt: skip
COLUMNS = (
    "name", "sex", "ethnicity", "id_number", "birth_date", "birth_date_text", "education", "person_type",
    "branch_id", "join_date", "join_date_text", "full_date", "full_date_text", "job_post", "mobile",
    "landline", "address", "status", "lost", "lost_month", "is_mobile", "destination", "destination_text",
    "remark",
)  # fmt: skip
# The rule of the catalogue that a broken CHECK comes nearest to, by column.
RULE_OF_COLUMN = {"name": "M26", "id_number": "M05", "mobile": "M23", "landline": "M24", "address": "M32"}
FIELD_OF_COLUMN = {"destination_text": "destination"}


class MemberLoad:
    """Takes the member sheets one after the other, then writes all rows at once."""

    def __init__(self, session: Session, batch: Batch, book: CodeBook, tree: Tree):
        self.session = session
        self.batch = batch
        self.book = book
        self.tree = tree
        self.staging = Staging(session, "member", COLUMNS)

    def take(self, rows: Iterator[Row | Skipped], columns: set[str]) -> None:
        """Stages the rows of a sheet that has these fields as columns."""
        self.staging.copy(self._staged(rows, columns))

    def store(self, progress: Progress) -> None:
        """Refuses what no row may hold and writes the others as stock, branch by branch."""
        progress(CHECKING, 0, 0)
        broken = set()
        for sheet, row, column, constraint in self.staging.broken_checks():
            rule = RULE_OF_COLUMN.get(column, NOT_IN_CODE_LIST)
            field_name = FIELD_OF_COLUMN.get(column, column)
            self.batch.refuse(self.batch.members, sheet, row, field_name, rule, rule_sentence(constraint))
            broken.add((sheet, row))
        self.staging.discard(broken)
        for sheet, row in self._discard_known():
            self.batch.skip(self.batch.members, Skipped(sheet, row, ALREADY_THERE, {}))
        total, stored = self.staging.count(), 0
        progress(STORING, 0, total)
        for moved in self.staging.insert_in_parts("branch_id, sheet, row"):
            stored += moved
            progress(STORING, stored, total)

    def _discard_known(self) -> list[tuple[str, int]]:
        """Leaves out people whom an earlier load put into the same branch: corrected workbooks come again."""
        self.session.execute(sa.text("ANALYZE staged_member"))
        known = self.session.execute(
            sa.text(
                "DELETE FROM staged_member AS s USING member AS m"
                " WHERE m.branch_id = s.branch_id AND m.name = s.name AND m.id_number = s.id_number"
                " RETURNING s.sheet, s.row"
            )
        )
        return [(sheet, row) for sheet, row in known]

    def _staged(self, rows: Iterator[Row | Skipped], columns: set[str]) -> Iterator[tuple[Any, ...]]:
        # A sheet without the column says nothing about the status, and a roster lists the members of today.
        default_status = None if "status" in columns else "1"
        for row in self.batch.readable(self.batch.members, rows):
            values = self._coded(row)
            if values is not None:
                values["status"] = values.get("status") or default_status
                yield (row.sheet, row.number, *(values.get(name) for name in COLUMNS))

    def _coded(self, row: Row) -> dict[str, Any] | None:
        """The values with codes for labels and the branch's id; None where the row is refused."""
        values: dict[str, Any] = dict(row.values)
        sound = True
        for name, code_list in CODE_FIELDS.items():
            word = values.get(name)
            if word is None:
                continue
            try:
                values[name] = self.book.code(code_list, word)
            except NotInList:
                sound = self._refuse(row, name, gettext('"%(value)s" is not in the code list.', value=word))
        for name in ("lost", "is_mobile"):
            if isinstance(values.get(name), str):
                message = gettext('"%(value)s" is neither yes nor no.', value=values[name])
                sound = self._refuse(row, name, message)
        values["lost_month"] = _first_of_month(values.get("lost_month"))
        if values.get("phone"):  # its column held a number where mobile and landline had theirs
            values["remark"] = "；".join(filter(None, (values.get("remark"), str(values["phone"]))))
        if (destination := values.get("destination")) is not None:
            values["destination"] = self.book.region(destination)
            values["destination_text"] = None if values["destination"] else destination
        return values if self._placed(row, values) and sound else None

    def _placed(self, row: Row, values: dict[str, Any]) -> bool:
        code, name = row.values.get("branch_external_code"), row.values.get("branch_name")
        meant = self.tree.meant(code, name)
        stored = [branch for branch in meant if branch.id is not None]
        if len(meant) == 1 and stored and stored[0].kind in self.tree.holds_members:
            values["branch_id"] = stored[0].id
            return True
        shown = code or name
        sentence: str
        if shown is None:
            sentence = gettext("No branch is named.")
        elif len(meant) > 1:
            sentence = gettext("Several branches are called %(branch)s.", branch=shown)
        elif stored:
            sentence = gettext("%(branch)s is no branch; members stand in a branch.", branch=shown)
        else:
            sentence = gettext(
                "The branch %(branch)s is neither in your scope nor on an accepted row of the workbook.",
                branch=shown,
            )
        field_name = "branch_external_code" if code else "branch_name"
        self._refuse(row, field_name, sentence, UNKNOWN_BRANCH)
        return False

    def _refuse(self, row: Row, name: str, message: str, rule: str = NOT_IN_CODE_LIST) -> bool:
        self.batch.refuse(self.batch.members, row.sheet, row.number, name, rule, message)
        return False


def _first_of_month(month: Value) -> date | None:
    return date.fromisoformat(f"{month}-01") if isinstance(month, str) else None
