"""What one kept request did, in words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from reports.parts import (
    ISSUED,
    LABEL,
    OF_THE_FILE,
    TELLING,
    Kept,
    header,
    labels_in,
    members,
    parameters,
    place_of,
    user_of,
    variables_in,
)
from reports.redact.labels import looks_random

_PLAIN = frozenset({"client_assertion_type", "username"})
"""Parameters whose name is enough."""
_MEMBERS = frozenset(
    {"redirect_uris", "grant_types", "application_type", "token_endpoint_auth_method", "scope"}
)
"""Members of a JSON body whose value says what a request is about."""
_ENCODED_LETTER = re.compile("%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])", re.IGNORECASE)
_OF_A_CERTIFICATE = re.compile(r"client-?cert|^ssl-client", re.IGNORECASE)
_LONGEST = 60
"""Characters of a value up to which it is told as it stands."""
_AUTHENTICATED = frozenset({"introspection", "revocation"})
"""Endpoints where whoever asks says who it is."""
_TIMES = ("", "", " (the same parameter a second time)", " (the same parameter once more)")


def told(exchange: Kept, names: Mapping[str, str], earlier: Sequence[Kept] = ()) -> str:
    """What was done, in words: `POST to the token endpoint with grant_type=authorization_code, code (sent before)`.

    earlier: the needed exchanges before it.
    """
    request = exchange["request"]
    before = set().union(*(labels_in(one["request"]) for one in earlier)) if earlier else set()
    pairs = parameters(request)
    times = [[other for other, _ in pairs[: at + 1]].count(name) for at, (name, _) in enumerate(pairs)]
    name = names.get(place_of(exchange))
    said = _said(exchange)
    parts = [
        f"{_parameter(key, value, before if name or value in said else set())}{_TIMES[min(nth, 3)]}"
        f"{f' ({said[value]})' if value in said else ''}"
        for (key, value), nth in zip(pairs, times, strict=True)
    ]
    parts += (
        _document(request)
        + _credentials(request, said, exchange.get("client", ""))
        + _proofs(request, said)
        + _certificate(exchange, names, earlier)
        + _accepted(request)
    )
    parts += _written(request)
    if name in _AUTHENTICATED and not _names_a_client(request):
        parts.append("no client credentials")
    if lacks_its_cookie(exchange, names, earlier):
        parts.append("but without the cookie of the browser that got the form")
    path = urlsplit(request["url"]).path or "/"
    plain = request["url"].startswith("http://") and any(
        known.startswith("https://") and urlsplit(known).path == path for known in names
    )
    where = f"{path} over plain HTTP" if plain else path
    where = where if name is None else f"the {name.replace('_', ' ')} endpoint"
    where = f"the protected resource {path}" if name == "resource" else where
    nothing = "" if request["method"] in {"GET", "HEAD"} else ", with no parameters"
    return f"{request['method']} to {where}{' with ' + ', '.join(parts) if parts else nothing}"


def _certificate(exchange: Kept, names: Mapping[str, str], earlier: Sequence[Kept]) -> list[str]:
    """Which client certificate a request comes with, in header fields too; that it comes with none where others do."""
    request = exchange["request"]
    fields = [name for name, _ in request["headers"] if _OF_A_CERTIFICATE.search(name)]
    claimed = [f"a certificate in the header field {name}" for name in fields]
    if shown := request.get("certificate"):
        return [f"the client certificate {shown[0]}", *claimed]
    name = names.get(place_of(exchange))
    aliased = name is not None and name != "resource" and list(names.values()).count(name) > 1
    others = any(one["request"].get("certificate") for one in earlier)
    known = header(request, "authorization").lower().startswith("basic ")
    none = [] if known or name is None or not (aliased or others) else ["no client certificate"]
    return [*none, *claimed]


def _names_a_client(request: Mapping[str, Any]) -> bool:
    """Whether a request names its client anywhere, or shows a certificate."""
    named = {"client_id", "client_secret", "client_assertion"} & {key for key, _ in parameters(request)}
    return bool(named or header(request, "authorization") or request.get("certificate"))


def lacks_its_cookie(exchange: Kept, names: Mapping[str, str], earlier: Sequence[Kept]) -> bool:
    """Whether a form is sent without any cookie, though one was set where its page came from."""
    request = exchange["request"]
    if request["method"] != "POST" or names.get(place_of(exchange)) or header(request, "cookie"):
        return False
    held = labels_in(request)
    pages = [one for one in earlier if held & labels_in((one.get("answer") or {}).get("body"))]
    return any(header(page["request"], "cookie") or header(page["answer"], "set-cookie") for page in pages)


def _said(exchange: Kept) -> dict[str, str]:
    """What sets each value of a request apart, by its label: what a JWT says, and how a value is not the right one."""
    jwts = {label: telling for label, (_, telling) in exchange.get("jwts", {}).items()}
    others = {label: variables_in(one["short"]) for label, one in exchange.get("values", {}).items()}
    for label, one in exchange.get("values", {}).items():
        if label in jwts and one.get("signed"):
            signed = one["signed"].removesuffix(" in the target file")
            jwts[label] = "; ".join(part for part in (jwts[label], signed) if part)
    of_jwts = {label: others[label] for label in jwts if others.get(label, "").startswith("like ")}
    apart = {
        **others,
        **jwts,
        **{label: f"{jwts[label]}; {words}".strip("; ") for label, words in of_jwts.items()},
    }
    return {label: words for label, words in apart.items() if words}


def _parameter(name: str, value: str, before: set[str]) -> str:
    shown = name if name.isprintable() else ascii(name)
    if not value:
        return f"{shown} empty"
    if name in TELLING and len(value) <= _LONGEST and value.isprintable():
        return f"{shown}={value}"
    if name not in _PLAIN and _is_written(value):
        return f"{shown}={json.dumps(value, ensure_ascii=False) if ' ' in value or ',' in value else value}"
    of_another = re.fullmatch(r"<(\w+) [0-9]+>", value)
    if of_another and of_another[1] in ISSUED and of_another[1] != name:
        shown = f"{shown} ({_article(of_another[1].replace('_', ' '))})"
    return f"{shown} (sent before)" if value in before else shown


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _is_written(value: str) -> bool:
    """Whether somebody wrote a value, so that it tells something: no label, nothing generated, nothing long."""
    labelled = LABEL.search(value) or re.search(OF_THE_FILE, value)
    generated = looks_random(value) and not re.match(r"https?://", value)
    return len(value) <= _LONGEST and value.isprintable() and not labelled and not generated


def _document(request: Mapping[str, Any]) -> list[str]:
    """The body of a request that is no form, in words."""
    body = request.get("body")
    kind = header(request, "content-type")
    if body is None or ("form-urlencoded" in kind.lower() and body["encoding"] == "utf8"):
        return []
    if body["encoding"] != "utf8":
        return [f"a body of {kind.partition(';')[0] or 'no media type'} that is not UTF-8"]
    if held := members(request):
        return [
            f"a JSON body of {', '.join(_member(name, value) for name, value in list(held.items())[:12])}"
        ]
    return [f"a body of {kind.partition(';')[0] or 'no media type'}"]


def _member(name: str, value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    plain = isinstance(value, str) and name != "client_name" and _is_written(value)
    told = (name in _MEMBERS or plain) and len(text) <= 80 and text.isprintable() and not LABEL.search(text)
    return f"{name} {text}" if told else name


def _proofs(request: Mapping[str, Any], said: Mapping[str, str]) -> list[str]:
    """The DPoP proofs of a request, each with what sets it apart."""
    proofs = [str(value) for name, value in request["headers"] if name.lower() == "dpop"]
    return [f"a DPoP proof ({said[each]})" if each in said else "a DPoP proof" for each in proofs]


def _written(request: Mapping[str, Any]) -> list[str]:
    """How a form is written, where that is not as forms usually are."""
    body = request.get("body")
    kind = header(request, "content-type")
    if body is None or "form-urlencoded" not in kind.lower() or body["encoding"] != "utf8":
        return []
    told = [f"Content-Type: {kind}"] if ";" in kind and len(kind) <= _LONGEST else []
    told += ["letters percent-encoded"] if re.search(_ENCODED_LETTER, body["text"]) else []
    return told + (["blanks as %20"] if "%20" in body["text"] else [])


def _accepted(request: Mapping[str, Any]) -> list[str]:
    """The Accept header of a request, where it asks for what is neither JSON nor a page."""
    accept = header(request, "accept")
    plain = accept in {"", "*/*", "application/json"} or accept.startswith("text/html")
    return [] if plain or len(accept) > _LONGEST else [f"Accept: {accept}"]


def _secret_of_another(credentials: str, name: str) -> str:
    """Which secret of the target file comes with a client, where it is not this one's. name: the client's there."""
    found = re.search(OF_THE_FILE, credentials)
    own = f"{re.sub('[^A-Za-z0-9]+', '_', name).strip('_').upper()}_SECRET"
    label = found[0].strip("<>").removesuffix(" form-encoded") if found and name else own
    return f", with ${label}" if label != own else ""


def _kind_of_bearer(credentials: str) -> str:
    """What comes as a Bearer token, where that is no access token: `a refresh token as Bearer token`."""
    kind = re.fullmatch(r"<(\w+) [0-9]+>", credentials)
    other = kind and kind[1] in ISSUED - {"access_token"}
    return f"{_article(kind[1].replace('_', ' '))} as Bearer token" if kind and other else "a Bearer token"


def _credentials(request: Mapping[str, Any], said: Mapping[str, str], name: str) -> list[str]:
    """How a client authenticates, in words. name: the client's in the target file, where it is there."""
    value = header(request, "authorization")
    scheme, _, rest = value.partition(" ")
    if scheme.startswith("<"):
        return ["an Authorization header that names no scheme"]
    told = next((words for label, words in said.items() if label in rest), "")
    apart = f" ({told})" if told else ""
    user = user_of(value)
    if user:
        empty = ", with an empty secret" if value.endswith(":)") else ""
        which = f"wrong credentials ({told})" if told else "the credentials"
        spelt = "" if scheme == "Basic" else f", the scheme written {scheme}"
        return [f"{which} of client {user} by HTTP Basic{empty}{_secret_of_another(rest, name)}{spelt}"]
    if (
        rest
        and not LABEL.search(value)
        and "<" not in value
        and len(value) <= _LONGEST
        and value.isprintable()
    ):
        return [f"Authorization: {value}"]
    return {
        "": [],
        "basic": [f"client credentials by HTTP Basic{apart}"],
        "bearer": [
            f"{_kind_of_bearer(rest)}{apart}{'' if scheme == 'Bearer' else f', the scheme written {scheme}'}"
        ],
    }.get(scheme.lower(), [f"an Authorization header of the scheme {scheme[:20]}{apart}"])
