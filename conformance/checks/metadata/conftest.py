"""The metadata document, fetched once for all checks that read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fixtures.endpoints import MetadataEndpoint
from fixtures.errors import CannotTest


@pytest.fixture(scope="session")
def document(metadata: MetadataEndpoint) -> Mapping[str, Any]:
    """The members of the document; CannotTest when there is no JSON object where it is claimed to stand."""
    answer = metadata.fetch()
    if not answer.is_success or not answer.members:
        raise CannotTest(f"There is no metadata document at {metadata.url}: {answer.brief}.")
    return answer.members
