"""Which client libraries are known to notice a departure from a requirement, in which version and how.

observed.toml holds what was seen, and when. Nothing here decides a verdict: it tells an operator who is hit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

OBSERVED = Path(__file__).parent / "observed.toml"


@cache
def noticed(file: Path = OBSERVED) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """By requirement, for each library what is `told` of it, and `when`: an expression that what came has to match.

    Told is, for example, `Nimbus 11.39 refuses metadata without issuer (seen 2026-11-30, findings/clients.sh)`: when it
    was seen, and the command that asks again. KeyError where a library is named that has no version.
    """
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    found: dict[str, list[Mapping[str, str]]] = {}
    for seen in content["notices"]:
        told = [{"told": each, "when": seen.get("when", "")} for each in _sentences(seen, content)]
        found.setdefault(seen["requirement"], []).extend(told)
    return found


@cache
def conforming(file: Path = OBSERVED) -> Sequence[Mapping[str, Any]]:
    """The answers that conform and break a client: how each is known (see the file), and `told`, a sentence a library.

    KeyError as above.
    """
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    return [
        {
            **{key: seen[key] for key in seen if key not in {"how", "clients"}},
            "told": _sentences(seen, content),
        }
        for seen in content["conforming"]
    ]


def _sentences(seen: Mapping[str, Any], content: Mapping[str, Any]) -> list[str]:
    clients = {client["name"]: client for client in content["client"]}
    told = [(name, clients[name]) for name in seen["clients"]]
    return [
        f"{name} {client['version']} {seen['how']} (seen {client['date']}, {client['again']})"
        for name, client in told
    ]
