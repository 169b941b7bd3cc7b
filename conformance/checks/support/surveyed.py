"""Where a run keeps what its server is like: learnt before the first check, and for a proof with its server."""

from __future__ import annotations

import pytest

from fixtures.survey import Survey

SURVEY = pytest.StashKey[Survey]()
