"""How many bits of a generated value an attacker has to guess, at most (RFC 6749 section 10.10). Pure statistics.

Structure is looked for, not the entropy of characters: a prefix, a counter, a clock or a half that repeats counts
for nothing, however many different characters it has. The result is an upper bound; what cannot be seen in samples
(a weak generator behind a hash) is not judged. Nothing here is a verdict.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from fixtures.http.fact import Fact, fact

DOUBT = 1e-9
"""How unlikely a pattern has to be before it counts as structure: chance makes it once in a thousand million runs."""

SAMPLES = 32
"""So many samples tell a constant position from a random one, within `DOUBT`."""

_ALPHABETS = (
    ("0123456789", 10),
    ("0123456789abcdef", 16),
    ("0123456789ABCDEF", 16),
    ("0123456789abcdefghijklmnopqrstuvwxyz", 36),
    ("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", 36),
    ("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_+/=", 64),
)
_PRINTABLE = 95


def bits_to_guess(values: Sequence[str]) -> float:
    """How many bits of the next value are unknown to somebody who has seen these, at most.

    values: in the order in which they were issued. Each position counts by how many characters it may take; it
    counts 0 where it is constant, where it repeats another position, or where the values ascend like a counter or
    a clock. Values of different length are compared up to the shortest. Fewer than `SAMPLES` values hide structure,
    which only raises the result; one value gives the bits that its length and alphabet have room for.
    """
    length = min(map(len, values), default=0)
    columns = list(zip(*(value[:length] for value in values), strict=True))
    known = _ascending(values, length)
    # Separators and prefixes say nothing about the alphabet of what is random.
    moving = {index for index in range(length) if len(values) == 1 or len(set(columns[index])) > 1}
    size = _alphabet({char for index in moving for char in columns[index]})
    seen: set[tuple[int, ...]] = set()
    bits = 0.0
    for index, column in enumerate(columns):
        shape = _shape(column)
        if index in known or (len(values) >= SAMPLES and shape in seen):
            continue
        seen.add(shape)
        bits += math.log2(_possible(len(set(column)), len(column), size))
    return bits


def _alphabet(characters: set[str]) -> int:
    """How many characters the smallest common alphabet has that holds all of these."""
    return next((size for known, size in _ALPHABETS if characters <= set(known)), _PRINTABLE)


def _possible(distinct: int, samples: int, size: int) -> int:
    """The most characters that a position may have to choose from, when `samples` draws showed `distinct` of them."""
    for choices in range(size, distinct, -1):
        if math.comb(choices, distinct) * (distinct / choices) ** samples >= DOUBT:
            return choices
    return distinct


def _shape(column: Sequence[str]) -> tuple[int, ...]:
    """Which samples agree with which at a position: equal for positions that are the same but for other letters."""
    first: dict[str, int] = {}
    return tuple(first.setdefault(char, len(first)) for char in column)


def _ascending(values: Sequence[str], length: int) -> set[int]:
    """The positions at which the values ascend in the order in which they were issued, as counters and clocks do."""
    if len(values) < SAMPLES:
        return set()
    found: set[int] = set()
    start = 0
    while start < length:
        end = _end_of_ascent(values, start, length)
        found |= set(range(start, end))
        start = max(end, start + 1)
    return found


def _end_of_ascent(values: Sequence[str], start: int, length: int) -> int:
    """Where the ascent that begins at a position ends; the position itself when none begins there."""
    found = start
    for end in range(start + 1, length + 1):
        parts = [value[start:end] for value in values]
        different = len(set(parts))
        if different == 1 or any(left > right for left, right in itertools.pairwise(parts)):
            return found
        if _chance_of_order(different, len(parts)) < DOUBT:
            found = end
        if different == len(parts):
            return found  # what follows can no longer change the order, so it may be random
    return found


def _chance_of_order(different: int, samples: int) -> float:
    """How likely random values, so many different ones among them, come in ascending order."""
    orders: int = sum(
        (-1) ** left_out * math.comb(different, left_out) * (different - left_out) ** samples
        for left_out in range(different)
    )
    return float(math.comb(samples - 1, different - 1) / orders)


def repeated(values: Iterable[str]) -> list[str]:
    """The values that occur more than once."""
    return sorted(value for value, times in Counter(values).items() if times > 1)


def is_signed_token(value: str) -> bool:
    """Whether a value is a JWS in compact form (RFC 7515 section 3.1), whose guard is its signature."""
    return _header(value) is not None and value.count(".") == 2


def signature_bits(value: str) -> int:
    """The length of the signature of a JWS in bits; 0 where it names the algorithm none or has no signature."""
    header = _header(value) or {}
    algorithm = header.get("alg")
    signature = _decoded(value.rsplit(".", 1)[-1])
    if not isinstance(algorithm, str) or algorithm.lower() == "none" or signature is None:
        return 0
    return len(signature) * 8


def _decoded(part: str) -> bytes | None:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _header(value: str) -> dict[str, object] | None:
    decoded = _decoded(value.split(".", 1)[0])
    try:
        header = json.loads(decoded or b"")
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) and "alg" in header else None


def hard_to_guess(what: str, values: Sequence[str], bits: int) -> Fact:
    """Whether who has seen these values can know all but so many bits of the next. what: the words for them."""
    found = bits_to_guess(values)
    length = min(map(len, values), default=0)
    same = sum(len(set(column)) == 1 for column in zip(*(value[:length] for value in values), strict=True))
    return fact(
        found >= bits,
        f"{what} with {bits} bits or more that cannot be predicted",
        f"{found:.0f} bits at most, by {len(values)} that were compared: {length} characters, of which {same} are the "
        "same in all",
    )


def hashes_of_something_known(values: Iterable[str], known: Iterable[str]) -> dict[str, str]:
    """The values that are the plain hash of one of the known strings, or of a number below 1000, with what they hash.

    MD5, SHA-1 and SHA-256 are tried, in hexadecimal and in base64 with either alphabet.
    """
    table: dict[str, str] = {}
    for source in (*known, *map(str, range(1000))):
        for name in ("md5", "sha1", "sha256"):
            digest = hashlib.new(name, source.encode(), usedforsecurity=False)
            plain = base64.b64encode(digest.digest()).decode("ascii").rstrip("=")
            url_safe = plain.replace("+", "-").replace("/", "_")
            table |= dict.fromkeys((digest.hexdigest(), digest.hexdigest().upper(), plain, url_safe), source)
    return {value: table[value.rstrip("=")] for value in values if value.rstrip("=") in table}
