"""Which client libraries are known to notice a departure from a requirement, in which version and how.

observed.toml holds what was seen, and when. Nothing here decides a verdict: it tells an operator who is hit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

OBSERVED = Path(__file__).parent / "observed.toml"


@cache
def noticed(file: Path = OBSERVED) -> Mapping[str, Sequence[str]]:
    """By requirement, a sentence for each library: `Nimbus 11.39 refuses metadata without issuer (2026-11-30)`.

    KeyError where a library is named that has no version.
    """
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    clients = {client["name"]: client for client in content["client"]}
    found: dict[str, list[str]] = {}
    for seen in content["notices"]:
        for name in seen["clients"]:
            client = clients[name]
            sentence = f"{name} {client['version']} {seen['how']} ({client['date']})"
            found.setdefault(seen["requirement"], []).append(sentence)
    return found
