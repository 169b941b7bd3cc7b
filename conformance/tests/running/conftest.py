"""Order alone: what looks at the traces of all other tests runs after them."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run last what looks at what the others left behind."""
    items.sort(key=lambda item: item.get_closest_marker("after_all") is not None)
