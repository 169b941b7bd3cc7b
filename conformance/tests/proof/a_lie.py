"""A plugin for proofs: the server that is drawn says that it is compliant, and is not."""

from __future__ import annotations

from dataclasses import replace

from conformance.proof import mixing
from fixtures.reference.faults import FAULTS
from fixtures.reference.faults.registry import REGISTRY

LIE = "legal-lie"

REGISTRY[LIE] = replace(FAULTS["revoke-is-a-no-op"], name=LIE)
mixing.mixes = lambda *_: {"mix-1": LIE}
