"""What the JWTs say that were made for a request: client assertions, request objects and DPoP proofs, in words.

Their values are secrets of a run and become labels; what they claim is what a finding is about. Of a token that a
server issued nothing is told here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fixtures.http.exchange import Request
from fixtures.http.fact import as_json, shown

_PARAMETERS = frozenset({"client_assertion", "assertion", "request"})
_TOKENS = frozenset({"token", "subject_token", "actor_token"})
"""Where a JWT may stand that a server issued: of its claims the names are told, and no value."""
_SCHEMES = frozenset({"bearer", "dpop"})
_TIMES = frozenset({"exp", "iat", "nbf", "auth_time"})
_GENERATED = frozenset({"jti", "nonce", "ath"})
"""Claims that are told by their name: their values are random, or hashes."""
_DEMANDED = {
    "dpop": ("jti", "htm", "htu", "iat"),
    "client_assertion": ("iss", "sub", "aud", "exp", "iat", "jti"),
}
_PARTS = ("header", "claims", "signature")
_SIGNS = {" ": "blanks", "=": "padding"}
_LEEWAY = 60
_FAR = 1_000_000_000


@dataclass(frozen=True)
class Said:
    """What one JWT says. whole: all of it; telling: what sets it apart from an ordinary one; both in words."""

    value: str
    whole: str
    telling: str


def said(request: Request, now: float) -> Iterator[Said]:
    """What the JWTs of a request say, in the order in which they stand there.

    now: seconds since the epoch, from which their times are counted.
    """
    pairs = [(name.lower(), value) for name, value in request.headers if name.lower() == "dpop"]
    form = "form-urlencoded" in (request.header("content-type") or "").lower()
    texts = [urlsplit(request.url).query, *([request.body.decode("utf-8", "replace")] if form else [])]
    pairs += [pair for text in texts for pair in parse_qsl(text) if pair[0] in _PARAMETERS | _TOKENS]
    credentials = [value.partition(" ") for name, value in request.headers if name.lower() == "authorization"]
    pairs += [("token", value) for scheme, _, value in credentials if scheme.lower() in _SCHEMES]
    for name, value in pairs:
        parts = [_object(part) for part in value.split(".")[:2]]
        if len(parts) == 2 and parts[0] is not None:
            header, claims = parts[0], {} if name in _TOKENS else parts[1] or {}
            if name in _TOKENS and "alg" not in header:
                continue
            named = [f"claims {', '.join(parts[1])}"] if name in _TOKENS and parts[1] else []
            stray = _stray(value.split("."))
            odd = [*_odd(name, header, claims, request, now), *stray]
            yield Said(value, "; ".join([_whole(header, claims, now), *named, *stray]), "; ".join(odd))


def _object(part: str) -> Mapping[str, Any] | None:
    """The JSON object that a part of a JWT is, or None."""
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _stray(parts: Sequence[str]) -> list[str]:
    """What the parts of a JWT hold that base64url has not (RFC 7515 section 2), or that one lacks; in words."""
    if len(parts) != len(_PARTS):
        return [f"{len(parts)} parts"] if len(parts) < len(_PARTS) else []
    found = [] if parts[2] else ["no signature"]
    for name, part in zip(_PARTS, parts, strict=True):
        signs = dict.fromkeys(
            sign for sign in part if not (sign.isascii() and sign.isalnum()) and sign not in "-_"
        )
        told = [
            _SIGNS.get(sign, f"'{sign}'" if sign.isprintable() else f"U+{ord(sign):04X}") for sign in signs
        ]
        found += [f"{', '.join(told[:4])} within the {name}"] if told else []
    return found


def _whole(header: Mapping[str, Any], claims: Mapping[str, Any], now: float) -> str:
    told = [_of_header(name, value) for name, value in list(header.items())[:8]]
    return "; ".join([*told, *(_claim(name, value, now) for name, value in list(claims.items())[:16])])


def _of_header(name: str, value: object) -> str:
    if name == "jwk" and isinstance(value, dict):
        return f"jwk {' '.join(shown(value[part]) for part in ('kty', 'crv') if part in value)}"
    return f"{name} {shown(value, 60) if isinstance(value, str) else as_json(value, 60)}"


def _ahead(value: object, now: float) -> int | None:
    """How many seconds lie between now and a time of a JWT; None where that is no time, or none within thirty years."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -_FAR < value - int(now) < _FAR:
        return None
    return round(value - now)


def _claim(name: str, value: object, now: float) -> str:
    ahead = _ahead(value, now)
    if name in _TIMES and ahead is not None:
        return f"{name} {abs(ahead)} s {'ahead' if ahead >= 0 else 'ago'}"
    if name in _GENERATED and isinstance(value, str) and value:
        return name
    return f"{name} {shown(value, 100) if isinstance(value, str) else as_json(value, 100)}"


def _odd(
    kind: str, header: Mapping[str, Any], claims: Mapping[str, Any], request: Request, now: float
) -> Sequence[str]:
    """What sets a JWT apart from an ordinary one of its kind, and for whom it is."""
    odd = [f"alg {shown(header.get('alg'))}"] if str(header.get("alg"))[:2] not in _ASYMMETRIC else []
    odd += [_of_header(name, header[name]) for name in ("crit",) if name in header]
    odd += [f"no {name}" for name in _DEMANDED.get(kind, ()) if name not in claims]
    odd += [_claim(name, claims[name], now) for name in ("iat", "nbf", "exp") if _is_off(name, claims, now)]
    if kind == "dpop":
        odd += [f"typ {shown(header.get('typ'))}"] if header.get("typ") != "dpop+jwt" else []
        odd += [f"key {thumbprint}"] if (thumbprint := _thumbprint(header.get("jwk"))) else []
        odd += [f"with {name}" for name in ("nonce", "ath") if name in claims]
        usual = {"htm": request.method, "htu": request.url.partition("?")[0]}
        odd += [
            f"{name} {shown(claims[name])}" for name in usual if claims.get(name, usual[name]) != usual[name]
        ]
        return odd
    other = claims.get("iss") != claims.get("sub") and kind == "client_assertion"
    odd += [f"{name} {shown(claims[name])}" for name in ("iss", "sub") if other and name in claims]
    return [*odd, *([f"aud {shown(claims['aud'], 100)}"] if "aud" in claims else [])]


def _thumbprint(key: object) -> str:
    """The beginning of a key's thumbprint (RFC 7638), by which proofs of one key are known; empty for what is none."""
    wanted = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n"), "OKP": ("crv", "kty", "x")}
    members = wanted.get(str(key.get("kty")), ()) if isinstance(key, Mapping) else ()
    if not isinstance(key, Mapping) or not members or any(name not in key for name in members):
        return ""
    text = json.dumps({name: key[name] for name in members}, separators=(",", ":"), sort_keys=True)
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"{digest[:8]}\u2026"


_ASYMMETRIC = frozenset({"RS", "PS", "ES", "Ed"})


def _is_off(name: str, claims: Mapping[str, Any], now: float) -> bool:
    """Whether a time is one that a server has to mind: past its end, or not begun."""
    ahead = _ahead(claims.get(name), now)
    if ahead is None:
        return name in claims
    return ahead < 0 if name == "exp" else abs(ahead) > _LEEWAY if name == "iat" else ahead > 0
