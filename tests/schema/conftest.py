"""The small world, written once for each module; the tests themselves roll back."""

from typing import Any

import pytest

from tests.schema.world import build


@pytest.fixture(scope="module")
def world(registry: Any) -> dict[str, Any]:
    """Ids by name, see world.py."""
    with registry.connect("owner") as owner:
        return build(owner)
