"""Servers that are compliant in several unusual ways at once, drawn by a seed: what real ones are like.

A check that finds nothing at any single legal behaviour may still take two of them together for a breach. No server is
drawn whose legal behaviours replace one and the same decision, for then one of them would hide the other.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterator, Mapping

from fixtures.reference import Fault

APART = (
    "legal-authorize-scope-syntax-unchecked",
    "legal-introspect-many-audiences",
    "legal-resource-token-with-audience",
    "legal-token-handed-out-again",
    "legal-token-same-again",
    "legal-token-scope-syntax-unchecked",
    "legal-token-type-of-one-vendor",
)
"""Behaviours that are legal where a server has no extension: they know no resources, bound keys, claims."""
EACH = 20
"""Legal behaviours of one server: enough that each pair meets soon, few enough that most checks still get a token."""
JOINED = "+"


def mixes(faults: Mapping[str, Fault], legal: str, count: int, seed: int) -> dict[str, str]:
    """So many servers by a short name, each the names of its legal behaviours, joined; the same for the same seed.

    faults: all there are, by name; legal: how the names of legal behaviours begin.
    """
    drawn = random.Random(seed)  # noqa: S311 - a draw that can be repeated, no secret
    names = sorted(name for name in faults if name.startswith(legal) and name not in APART)
    return {
        f"mix-{number}": JOINED.join(sorted(_of_one_server(faults, drawn.sample(names, len(names)))))
        for number in range(1, count + 1)
    }


def _of_one_server(faults: Mapping[str, Fault], names: list[str]) -> Iterator[str]:
    taken: set[Hashable] = set()
    found = 0
    for name in names:
        places = _places(faults[name])
        if found < EACH and not taken & places:
            taken |= places
            found += 1
            yield name


def _places(fault: Fault) -> set[Hashable]:
    """What a behaviour replaces: a decision of a class, or the answers of some paths."""
    return {(fault.target, fault.method)} if fault.target is not None else set(fault.paths)
