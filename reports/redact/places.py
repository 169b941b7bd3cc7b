"""Where in a message secrets stand: header lines, URLs, form pairs, JSON members, HTML inputs, keys, JWTs.

What stands there gets its label from labels.py, unless it is harmless.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, unquote_plus

from reports.redact.labels import PLACEHOLDER, Labels, clean, looks_random
from reports.redact.spellings import SHORTEST

_SECRET_NAME = re.compile(
    r"(?:.*(?:token|secret|password|passwd|passphrase|assertion|verifier|csrf.*|xsrf.*|api[_-]?key|private[_-]?key)"
    r"|code|device_code|user_code|session_code|sid|session(?:_?id)?|jsessionid|pin|otp|dpop)",
    re.IGNORECASE,
)
_PAIR = re.compile(
    r"(?P<name>[\w.%\[\]-]{1,64})="
    r"(?:(?P<quote>b?\\{0,3}[\"'])(?P<quoted>(?:(?!(?P=quote)).){0,4096})(?P=quote)|(?P<bare>[^&\s\"'<>;#\\,)]+))"
)
_MEMBER = re.compile(r'"(?P<name>(?:[^"\\]|\\.){1,96})"(?P<colon>\s*:\s*)"(?P<value>(?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(r'"(?P<name>(?:[^"\\]|\\.){1,96})"(?P<colon>\s*:\s*)(?P<value>-?[0-9][0-9.eE+-]*)')
_LOOSE_MEMBER = re.compile(
    r"(?P<open>\\{0,3}[\"'])(?P<name>[\w.-]{1,64})(?P=open)(?P<colon>\s*:\s*)"
    r"(?P<quote>b?\\{0,3}[\"'])(?P<value>(?:(?!(?P=quote)).){0,4096})(?P=quote)"
)
_TAG = re.compile(r"<(?:input|meta|button)\b[^>]{0,2048}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"\b(?P<name>name|type|id|value|content)(?P<equals>\s*=\s*)(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\bname=\"?(?P<name>[\w.-]{1,64})\"?[^\n]{0,512}\n(?:[^\r\n][^\n]{0,512}\n){0,8}\r?\n(?P<value>.*?)(?=\r?\n--|\Z)",
    re.DOTALL,
)
_HEADER_LINE = re.compile(
    r"\b(?P<name>(?:proxy-)?authorization|(?:set-)?cookie)(?P<colon>[\"']?\s*[:,]\s*[\"']?)(?P<value>[^\r\n\"']+)",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(
    r"\b(?P<scheme>basic|bearer|dpop)(?P<space>[ ]+)(?P<value>[A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE
)
_JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_.-]*")
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_USERINFO = re.compile(
    r"(?P<before>\b[a-z][a-z0-9+.-]{0,30}://[^/\s:@?#]*:)(?P<value>[^/\s@?#]+)(?=@)", re.IGNORECASE
)


class Places:
    """Replaces what stands in secret places by the labels of a run."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels

    def header(self, name: str, value: str, *, request: bool) -> str:
        """The value of a header line; of a request's, what it tells was not issued just now."""
        kind = name.lower().strip()
        if kind in ("authorization", "proxy-authorization"):
            return self._authorization(value)
        if kind == "cookie":
            return ";".join(self._cookie(part) for part in value.split(";"))
        if kind == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._cookie(pair) + semicolon + attributes
        if _SECRET_NAME.fullmatch(kind):
            return self._labels.learn_in_place(value, kind, issued=False)
        if kind in ("location", "content-location", "referer"):
            return self.url(value, issued=not request)
        return self.text(value, request=request)

    def _authorization(self, value: str) -> str:
        scheme, space, credentials = value.partition(" ")
        if not space:
            return self._labels.learn_in_place(value, "credentials", issued=False)
        if scheme.lower() != "basic":
            kind = "access_token" if scheme.lower() in ("bearer", "dpop") else "credentials"
            return scheme + space + self._labels.learn_in_place(credentials, kind, issued=False)
        if self._labels.calls_harmless(credentials):
            return value
        try:
            pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return scheme + space + self._labels.learn_in_place(credentials, "credentials", issued=False)
        if ":" not in pair:
            return scheme + space + self._labels.learn_in_place(credentials, "credentials", issued=False)
        user, _, password = clean(pair).partition(":")
        return f"{scheme}{space}base64({user}:{self._basic_password(password)})"

    def _basic_password(self, password: str) -> str:
        """A password of Basic. RFC 6749 section 2.3.1 wants it form-encoded: the label says when it is."""
        decoded = unquote_plus(password)
        if self._labels.calls_harmless(decoded):
            return password
        if decoded != password and self._labels.has(decoded):
            self._labels.learn_named(password, self._labels.name_of(decoded) + " form-encoded")
        return self._labels.learn_in_place(password, "client_secret", issued=False)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        stripped = value.strip()
        if not stripped:
            return pair
        return name + equals + self._labels.learn_in_place(stripped, "cookie", issued=False)

    def url(self, url: str, *, issued: bool = False) -> str:
        """A URL with the secrets in its query, its fragment and its user information replaced."""
        whole = _USERINFO.sub(
            lambda match: (
                match["before"]
                + self._labels.learn_in_place(unquote(match["value"]), "password", issued=False)
            ),
            clean(url),
        )
        before, hash_sign, fragment = whole.partition("#")
        before, question, query = before.partition("?")
        return (
            self._labels.everywhere(before)
            + question
            + self._labels.everywhere(self.form(query, issued=issued))
            + hash_sign
            + self._labels.everywhere(self.form(fragment, issued=issued))
        )

    def form(self, text: str, *, issued: bool = False) -> str:
        """Form-encoded pairs (RFC 6749 appendix B) with the secret ones replaced; the others as they are."""
        pieces = []
        for piece in text.split("&"):
            name, equals, value = piece.partition("=")
            decoded_name = unquote_plus(name).strip()
            if equals and _SECRET_NAME.fullmatch(decoded_name):
                pieces.append(name + equals + self._encoded(value, decoded_name, issued=issued))
            elif equals and "%3D" in value.upper():
                inner = self.url(unquote_plus(value), issued=issued)
                changed = PLACEHOLDER.search(inner) is not None
                pieces.append(name + equals + (inner if changed else value))
            else:
                pieces.append(piece)
        return "&".join(pieces)

    def _encoded(self, value: str, kind: str, *, issued: bool) -> str:
        """A value in a secret place, as it is spelt there or decoded, whichever is known."""
        decoded = unquote_plus(value)
        plain = value if self._labels.has(value) and not self._labels.has(decoded) else decoded
        shown = self._labels.learn_in_place(plain, kind, issued=issued)
        return value if shown == plain else shown

    def text(self, text: str, *, request: bool) -> str:
        """Any text with what stands in secret places replaced: members, pairs, HTML inputs, header lines."""
        issued = not request

        def replaced(match: re.Match[str], group: str, read: Callable[[str], str]) -> str:
            name, raw = _unescaped(match["name"]), match[group]
            if not _SECRET_NAME.fullmatch(name) or (name == "code" and not looks_random(raw)):
                return match[0]
            plain = read(raw)
            shown = self._labels.learn_in_place(plain, name, issued=issued)
            begin = match.start(group) - match.start()
            return match[0] if shown == plain else match[0][:begin] + shown + match[0][begin + len(raw) :]

        text = _PEM.sub(self._private_key, text)
        text = _TAG.sub(lambda match: self._tag(match[0], issued=issued), text)
        text = _PART.sub(lambda match: replaced(match, "value", str), text) if text.startswith("--") else text
        text = _MEMBER.sub(lambda match: replaced(match, "value", _unescaped), text)
        text = _NUMBER.sub(lambda match: replaced(match, "value", str), text)
        text = _LOOSE_MEMBER.sub(lambda match: replaced(match, "value", str), text)
        text = _HEADER_LINE.sub(
            lambda match: (
                match["name"] + match["colon"] + self.header(match["name"], match["value"], request=request)
            ),
            text,
        )
        text = _CREDENTIALS.sub(self._loose_credentials, text)
        text = _PAIR.sub(lambda match: self._pair(match, issued=issued), text)
        text = _USERINFO.sub(
            lambda match: (
                match["before"]
                + self._labels.learn_in_place(unquote(match["value"]), "password", issued=False)
            ),
            text,
        )
        return _JWT.sub(lambda match: self._labels.learn_in_place(match[0], "jwt", issued=True), text)

    def _private_key(self, match: re.Match[str]) -> str:
        plain = match[0].replace("\\n", "\n")
        key = plain + "\n" if self._labels.has(plain + "\n") else plain
        return self._labels.learn_in_place(key, "private_key", issued=True)

    def _pair(self, match: re.Match[str], *, issued: bool) -> str:
        if not _SECRET_NAME.fullmatch(unquote(match["name"])):
            return match[0]
        group = "bare" if match["quote"] is None else "quoted"
        value = match[group]
        if PLACEHOLDER.search(value):
            return match[0]
        begin = match.start(group) - match.start()
        shown = self._encoded(value, unquote(match["name"]), issued=issued and looks_random(value))
        return match[0][:begin] + shown + match[0][begin + len(value) :]

    def _loose_credentials(self, match: re.Match[str]) -> str:
        known = self._labels.has(match["value"])
        return self._authorization(match[0]) if known or looks_random(match["value"]) else match[0]

    def _tag(self, tag: str, *, issued: bool) -> str:
        """An HTML input or meta element whose value is secret by its name or its type."""
        names = [
            _attribute(match)
            for match in _ATTRIBUTE.finditer(tag)
            if match["name"].lower() in ("name", "type", "id")
        ]
        kind = next(
            (html.unescape(name) for name in names if _SECRET_NAME.fullmatch(html.unescape(name))), None
        )
        if kind is None:
            return tag

        def replaced(match: re.Match[str]) -> str:
            if match["name"].lower() not in ("value", "content"):
                return match[0]
            plain = html.unescape(_attribute(match))
            return (
                f'{match["name"]}{match["equals"]}"{self._labels.learn_in_place(plain, kind, issued=issued)}"'
            )

        return _ATTRIBUTE.sub(replaced, tag)


def _unescaped(text: str) -> str:
    """A JSON string's content without its escapes; as it is when they are broken."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _attribute(match: re.Match[str]) -> str:
    return next((match[group] for group in ("double", "single", "bare") if match[group] is not None), "")


_OPEN = frozenset({"scope", "iss", "aud", "token_type", "client_id"})
"""Members that hold no secret, even where a token is an object that has them."""


def issued_in(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Each string in a JSON value that stands under a secret name, with that name."""
    waiting: list[tuple[str, Any]] = [(name, value)]
    while waiting:
        under, item = waiting.pop()
        if isinstance(item, dict):
            waiting += [
                (key if _SECRET_NAME.fullmatch(key) else under, inner)
                for key, inner in item.items()
                if key not in _OPEN
            ]
        elif isinstance(item, list):
            waiting += [(under, inner) for inner in item]
        elif (
            isinstance(item, str)
            and under
            and len(item) >= SHORTEST
            and (under != "code" or looks_random(item))
            and not re.match(
                r"https?://[^@]*$", item
            )  # what a server names beside a token: an issuer, a resource
        ):
            yield under, item
