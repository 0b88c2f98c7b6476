"""The words for codes: each synonym leads to a label, and none hides behind a label of its own."""

from __future__ import annotations

import pytest

from partyadmin.workbook.cleaning import label_key
from partyadmin.workbook.synonyms import SYNONYMS
from tests.operations.desk import Desk


@pytest.mark.parametrize("code_list", SYNONYMS)
def test_synonyms_lead_to_labels(shared_desk: Desk, code_list: str) -> None:
    labels = {label_key(label) for (label,) in shared_desk.rows(f"SELECT label_zh FROM {code_list}")}
    words = [label_key(word) for synonyms in SYNONYMS[code_list].values() for word in synonyms.split()]
    assert {label_key(label) for label in SYNONYMS[code_list]} <= labels
    assert labels.isdisjoint(words)
    assert len(set(words)) == len(words)
