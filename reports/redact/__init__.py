"""Redaction at capture: what leaves the process holds no secret and no live token.

A value is replaced because it is known to be secret, wherever and however it is spelt, or because it stands
where secrets stand. Its label is the same all through a run, so that a reader sees which exchanges used the
same token.
"""

from __future__ import annotations

import base64
import binascii
import html
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from fixtures.http.exchange import Answer, Exchange, Request

MOST_BODY = 16_384
"""Characters of a body that are kept; the rest is counted and dropped."""

MOST_LINE = 4_096
"""Characters of a URL or of one header value that are kept."""

MOST_HEADERS = 100
"""Headers of one message that are kept."""

SHORTEST = 8
"""Shorter values are replaced only where secrets stand: elsewhere they would be ordinary words."""

_MOST_READ = 262_144  # a body is redacted up to here before it is cut, so that no cut divides a secret
_MARGIN = 4_096

# Words of the protocol: never a secret, whoever uses them as one.
_WORDS = (
    "access_token refresh_token id_token token token_type token_type_hint bearer implicit secret "
    "authorization_code code code_verifier code_challenge client_credentials client_id client_secret "
    "client_secret_basic client_secret_post client_assertion private_key_jwt username password "
    "state scope redirect_uri grant_type response_type registration_access_token "
    "undefined null none true false invalid_token invalid_grant invalid_client invalid_request"
)
_VOCABULARY = frozenset(_WORDS.split())

_INVENTED = frozenset({"token", "access_token", "refresh_token"})
"""Where a check may put an invented value, which stays readable unless it looks generated or is known as secret."""

_SECRET_NAME = re.compile(
    r"(?:.*(?:token|secret|password|passwd|passphrase|assertion|verifier|csrf.*|xsrf.*|api[_-]?key|private[_-]?key)"
    r"|code|device_code|user_code|session_code|sid|session(?:_?id)?|jsessionid|pin|otp|dpop)",
    re.IGNORECASE,
)
_OPEN, _CLOSE = "\ue000", "\ue001"  # stand around the number of a label until all passes are done
_PLACEHOLDER = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
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
_CUT = "..."  # what pytest, and the text of an answer, show for what they leave out
_FIRST_RUN, _LAST_RUN = re.compile(r"\A[\w.~+/%-]{8,}"), re.compile(r"[\w.~+/%-]{8,}\Z")
_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


class Redactor:
    """Knows the secrets of one run and replaces them by labels. Safe to share between threads.

    secrets: the values known from the start (client secrets, passwords, private keys), as a mapping from the
    name that a reader knows them by (`WEB_SECRET`, which becomes the label and the shell variable) or as bare
    values.
    """

    def __init__(self, secrets: Mapping[str, str] | Iterable[str] = ()) -> None:
        self._lock = threading.RLock()
        self._labels: dict[str, int] = {}
        self._names: list[str] = []
        self._counts: Counter[str] = Counter()
        self._harmless: set[str] = set()
        self._found_in_place: set[str] = set()
        # Spellings by their beginning and their length, so that thousands of tokens cost no more than a few.
        self._index: dict[str, dict[int, dict[str, tuple[str, bool]]]] = {}
        if isinstance(secrets, Mapping):
            for name, value in secrets.items():
                self._learn_named(value, name)
        else:
            for value in secrets:
                self.learn(value)

    def learn(self, value: str, kind: str = "secret") -> None:
        """From now on value is secret wherever it occurs. kind: the word of its label, such as `code`."""
        with self._lock:
            if not value:
                return
            self._harmless.discard(value)
            self._found_in_place.discard(value)
            self._label(value, kind)
            self._spread(value)

    def harmless(self, value: str) -> None:
        """Value is invented for a check and no secret: it stays readable where secrets stand.

        A value that was given or learnt as secret stays secret.
        """
        with self._lock:
            if value in self._found_in_place:
                self._found_in_place.discard(value)
                self._withdraw(value)
                del self._labels[value]
            if value not in self._labels:
                self._harmless.add(value)

    def text(self, text: str) -> str:
        """A message with every secret in it replaced, and what is left of one beside "...", where a text was cut short.

        Lone surrogates and their like are escaped.
        """
        with self._lock:
            known = self._known(self._places(_clean(text), request=True))
            return self._finish(self._beside_cuts(known), set())

    def exchange(self, exchange: Exchange) -> dict[str, Any]:
        """One exchange as a JSON object without secrets.

        Members: request {method, url, headers [[name, value]], body}, answer {status, headers, body, url,
        seconds} or null, failure, started (seconds since the epoch), seconds, extra, labels (those that occur
        in the request). A body is null or {text, encoding ("utf8" or "base64"), size (bytes on the wire),
        cut}.
        """
        with self._lock:
            answer = exchange.answer
            if answer is not None:
                self._learn_from(answer)
            used: set[str] = set()
            request = self._request(exchange.request, used)
            elsewhere: set[str] = set()
            failure = exchange.failure
            return {
                "request": request,
                "answer": None if answer is None else self._answer(answer, elsewhere),
                "failure": None if failure is None else self.text(failure)[:MOST_LINE],
                "started": exchange.started,
                "seconds": exchange.seconds,
                "extra": {
                    str(key): self.text(str(value))[:MOST_LINE] for key, value in exchange.extra.items()
                },
                "labels": sorted(used),
            }

    def exchanges(self, exchanges: Sequence[Exchange]) -> list[dict[str, Any]]:
        """The exchanges of one check, as `exchange` gives each: what a later one makes secret is so in all."""
        with self._lock:
            for exchange in exchanges if len(exchanges) > 1 else ():
                if exchange.answer is not None:
                    self._learn_from(exchange.answer)
                self._request(exchange.request, set())
            return [self.exchange(exchange) for exchange in exchanges]

    # What is known --------------------

    def _learn_named(self, value: str, name: str) -> None:
        if value and value not in self._labels:
            self._labels[value] = len(self._names)
            self._names.append(f"<{_plain_name(name, keep_case=True)}>")
            self._spread(value)

    def _label(self, value: str, kind: str) -> str:
        """The placeholder of a value; a new label when it has none."""
        number = self._labels.get(value)
        if number is None:
            kind = _plain_name(kind)
            self._counts[kind] += 1
            number = self._labels[value] = len(self._names)
            self._names.append(f"<{kind} {self._counts[kind]}>")
        return f"{_OPEN}{number}{_CLOSE}"

    def _spread(self, value: str) -> None:
        """Make a value known wherever it occurs, in every spelling."""
        if len(value) < SHORTEST or value.lower() in _VOCABULARY:
            return
        for spelling, inside in _spellings(value):
            lengths = self._index.setdefault(spelling[:SHORTEST], {})
            if len(spelling) not in lengths:
                lengths[len(spelling)] = {}
                self._index[spelling[:SHORTEST]] = dict(sorted(lengths.items(), reverse=True))
            self._index[spelling[:SHORTEST]][len(spelling)].setdefault(spelling, (value, inside))

    def _beside_cuts(self, text: str) -> str:
        """The text without the parts of known values that stand at a cut: the whole of one would have been found."""
        pieces = text.split(_CUT)
        for at, piece in enumerate(pieces):
            kept = _LAST_RUN.sub(self._part, piece) if at < len(pieces) - 1 else piece
            pieces[at] = _FIRST_RUN.sub(self._part, kept) if at > 0 else kept
        return _CUT.join(pieces)

    def _part(self, run: re.Match[str]) -> str:
        for lengths in self._index.values():
            for spellings in lengths.values():
                for spelling, (value, _) in spellings.items():
                    if run[0] in spelling:
                        return self._label(value, "secret")
        return run[0]

    def _withdraw(self, value: str) -> None:
        for spelling, _ in _spellings(value):
            entries = self._index.get(spelling[:SHORTEST], {}).get(len(spelling), {})
            if entries.get(spelling, ("", False))[0] == value:
                del entries[spelling]

    def _learn_from(self, answer: Answer) -> None:
        """Learn what an answer issues, before anything of its exchange is written down."""
        for name, value in _issued(answer.json):
            self._learn_in_place(value, name, issued=True)
        for name, value in answer.headers:
            if name.lower() in ("location", "set-cookie"):
                self._header(_clean(name), _clean(value), request=False)
        self._places(_clean(_read(answer.body)[0]), request=False)

    def _learn_in_place(self, value: str, kind: str, *, issued: bool) -> str:
        """The placeholder of a value that stands where secrets stand, or the value when it is none."""
        if (
            not value
            or value in self._harmless
            or value.lower() in _VOCABULARY
            or _PLACEHOLDER.fullmatch(value)
        ):
            return value
        if value not in self._labels:
            if not issued and kind in _INVENTED and not _looks_random(value):
                return value
            self._found_in_place.add(value)
            placeholder = self._label(value, kind)
            if issued or _looks_random(value):
                self._spread(value)
            return placeholder
        if issued and value in self._found_in_place:
            self._spread(value)
        return self._label(value, kind)

    # Where secrets stand --------------------

    def _request(self, request: Request, used: set[str]) -> dict[str, Any]:
        form = "form-urlencoded" in (request.header("content-type") or "form-urlencoded").lower()
        return {
            "method": self._line(self._known(_clean(request.method)), used),
            "url": self._line(self._url(request.url), used),
            "headers": self._headers(request.headers, used, request=True),
            "body": self._body(request.body, used, form=form, request=True),
        }

    def _answer(self, answer: Answer, used: set[str]) -> dict[str, Any]:
        return {
            "status": answer.status,
            "headers": self._headers(answer.headers, used, request=False),
            "body": self._body(answer.body, used, form="form-urlencoded" in answer.media_type, request=False),
            "url": self._line(self._url(answer.url), used),
            "seconds": answer.seconds,
        }

    def _headers(
        self, headers: Sequence[tuple[str, str]], used: set[str], *, request: bool
    ) -> list[list[str]]:
        kept = []
        for name, value in headers[:MOST_HEADERS]:
            shown = self._header(_clean(name), _clean(value), request=request)
            kept.append([self._line(self._known(_clean(name)), used), self._line(self._known(shown), used)])
        if len(headers) > MOST_HEADERS:
            kept.append(["(cut)", f"{len(headers)} headers in all"])
        return kept

    def _header(self, name: str, value: str, *, request: bool) -> str:
        kind = name.lower().strip()
        if kind in ("authorization", "proxy-authorization"):
            return self._authorization(value)
        if kind == "cookie":
            return ";".join(self._cookie(part) for part in value.split(";"))
        if kind == "set-cookie":
            pair, semicolon, attributes = value.partition(";")
            return self._cookie(pair) + semicolon + attributes
        if _SECRET_NAME.fullmatch(kind):
            return self._learn_in_place(value, kind, issued=False)
        if kind in ("location", "content-location", "referer"):
            return self._url(value, issued=not request)
        return self._places(value, request=request)

    def _authorization(self, value: str) -> str:
        scheme, space, credentials = value.partition(" ")
        if not space:
            return self._learn_in_place(value, "credentials", issued=False)
        if scheme.lower() != "basic":
            kind = "access_token" if scheme.lower() in ("bearer", "dpop") else "credentials"
            return scheme + space + self._learn_in_place(credentials, kind, issued=False)
        if credentials in self._harmless:
            return value
        try:
            pair = base64.b64decode(credentials.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return scheme + space + self._learn_in_place(credentials, "credentials", issued=False)
        if ":" not in pair:
            return scheme + space + self._learn_in_place(credentials, "credentials", issued=False)
        user, _, password = _clean(pair).partition(":")
        return f"{scheme}{space}base64({user}:{self._basic_password(password)})"

    def _basic_password(self, password: str) -> str:
        """A password of Basic. RFC 6749 section 2.3.1 wants it form-encoded: the label says when it is."""
        decoded = unquote_plus(password)
        if decoded in self._harmless:
            return password
        if decoded != password and decoded in self._labels:
            self._learn_named(password, self._names[self._labels[decoded]] + " form-encoded")
        return self._learn_in_place(password, "client_secret", issued=False)

    def _cookie(self, pair: str) -> str:
        name, equals, value = pair.partition("=")
        stripped = value.strip()
        if not stripped:
            return pair
        return name + equals + self._learn_in_place(stripped, "cookie", issued=False)

    def _url(self, url: str, *, issued: bool = False) -> str:
        """A URL with the secrets in its query, its fragment and its user information replaced."""
        clean = _USERINFO.sub(
            lambda match: (
                match["before"] + self._learn_in_place(unquote(match["value"]), "password", issued=False)
            ),
            _clean(url),
        )
        clean, hash_sign, fragment = clean.partition("#")
        clean, question, query = clean.partition("?")
        return (
            self._known(clean)
            + question
            + self._known(self._form(query, issued=issued))
            + hash_sign
            + self._known(self._form(fragment, issued=issued))
        )

    def _form(self, text: str, *, issued: bool = False) -> str:
        """Form-encoded pairs (RFC 6749 appendix B) with the secret ones replaced; the others as they are."""
        pieces = []
        for piece in text.split("&"):
            name, equals, value = piece.partition("=")
            decoded_name = unquote_plus(name).strip()
            if equals and _SECRET_NAME.fullmatch(decoded_name):
                pieces.append(name + equals + self._encoded(value, decoded_name, issued=issued))
            elif equals and "%3D" in value.upper():
                inner = self._url(unquote_plus(value), issued=issued)
                changed = _PLACEHOLDER.search(inner) is not None
                pieces.append(name + equals + (inner if changed else value))
            else:
                pieces.append(piece)
        return "&".join(pieces)

    def _encoded(self, value: str, kind: str, *, issued: bool) -> str:
        """A value in a secret place, as it is spelt there or decoded, whichever is known."""
        decoded = unquote_plus(value)
        plain = value if value in self._labels and decoded not in self._labels else decoded
        shown = self._learn_in_place(plain, kind, issued=issued)
        return value if shown == plain else shown

    def _places(self, text: str, *, request: bool) -> str:
        """Any text with what stands in secret places replaced: members, pairs, HTML inputs, header lines."""
        issued = not request

        def replaced(match: re.Match[str], group: str, read: Callable[[str], str]) -> str:
            name, raw = _unescaped(match["name"]), match[group]
            if not _SECRET_NAME.fullmatch(name) or (name == "code" and not _looks_random(raw)):
                return match[0]
            plain = read(raw)
            shown = self._learn_in_place(plain, name, issued=issued)
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
                match["name"] + match["colon"] + self._header(match["name"], match["value"], request=request)
            ),
            text,
        )
        text = _CREDENTIALS.sub(self._loose_credentials, text)
        text = _PAIR.sub(lambda match: self._pair(match, issued=issued), text)
        text = _USERINFO.sub(
            lambda match: (
                match["before"] + self._learn_in_place(unquote(match["value"]), "password", issued=False)
            ),
            text,
        )
        return _JWT.sub(lambda match: self._learn_in_place(match[0], "jwt", issued=True), text)

    def _private_key(self, match: re.Match[str]) -> str:
        plain = match[0].replace("\\n", "\n")
        key = plain + "\n" if plain + "\n" in self._labels else plain
        return self._learn_in_place(key, "private_key", issued=True)

    def _pair(self, match: re.Match[str], *, issued: bool) -> str:
        if not _SECRET_NAME.fullmatch(unquote(match["name"])):
            return match[0]
        group = "bare" if match["quote"] is None else "quoted"
        value = match[group]
        if _PLACEHOLDER.search(value):
            return match[0]
        begin = match.start(group) - match.start()
        shown = self._encoded(value, unquote(match["name"]), issued=issued and _looks_random(value))
        return match[0][:begin] + shown + match[0][begin + len(value) :]

    def _loose_credentials(self, match: re.Match[str]) -> str:
        known = match["value"] in self._labels
        return self._authorization(match[0]) if known or _looks_random(match["value"]) else match[0]

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
            return f'{match["name"]}{match["equals"]}"{self._learn_in_place(plain, kind, issued=issued)}"'

        return _ATTRIBUTE.sub(replaced, tag)

    # Known values, wherever they are --------------------

    def _known(self, text: str) -> str:
        """The text with every known secret replaced, in every spelling."""
        index, pieces, done, at = self._index, [], 0, 0
        last = len(text) - SHORTEST
        if not index or last < 0:
            return text
        while at <= last:
            lengths = index.get(text[at : at + SHORTEST])
            length = (
                next((size for size in lengths if text[at : at + size] in lengths[size]), 0) if lengths else 0
            )
            if not lengths or not length:
                at += 1
                continue
            begin, end = at, at + length
            value, inside = lengths[length][text[begin:end]]
            if inside:
                while begin > done and text[begin - 1] in _BASE64:
                    begin -= 1
                while end < len(text) and (text[end] in _BASE64 or text[end] == "="):
                    end += 1
            pieces += [text[done:begin], self._label(value, "secret")]
            done = at = end
        return "".join(pieces) + text[done:]

    # Down to JSON --------------------

    def _finish(self, text: str, used: set[str]) -> str:
        def name(match: re.Match[str]) -> str:
            label = self._names[int(match[1])]
            used.add(label)
            return label

        return _PLACEHOLDER.sub(name, text)

    def _line(self, text: str, used: set[str]) -> str:
        shown = self._finish(text, used)
        if len(shown) <= MOST_LINE:
            return shown
        return f"{shown[:MOST_LINE]} [cut: {len(shown)} characters in all]"

    def _body(self, body: bytes, used: set[str], *, form: bool, request: bool) -> dict[str, Any] | None:
        if not body:
            return None
        text, whole = _read(body)
        text = _no_placeholders(text)
        if form:
            text = self._form(text, issued=not request)
        text = self._finish(self._known(self._places(text, request=request)), used)
        room = MOST_BODY if whole else max(0, min(MOST_BODY, len(text) - _MARGIN))
        kept = text[:room]
        is_text = not any("\udc80" <= character <= "\udcff" for character in kept)
        return {
            "text": _clean(kept)
            if is_text
            else base64.b64encode(kept.encode("utf-8", "surrogateescape")).decode(),
            "encoding": "utf8" if is_text else "base64",
            "size": len(body),
            "cut": len(kept) < len(text) or not whole,
        }


def _read(body: bytes) -> tuple[str, bool]:
    """The beginning of a body as text, bytes beyond UTF-8 as surrogates; and whether that is all of it."""
    return body[:_MOST_READ].decode("utf-8", "surrogateescape"), len(body) <= _MOST_READ


def _no_placeholders(text: str) -> str:
    return text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")


def _clean(text: str) -> str:
    """Text that can be written as UTF-8 and holds none of our placeholders."""
    return _no_placeholders(text).encode("utf-8", "backslashreplace").decode("utf-8")


def _plain_name(name: str, *, keep_case: bool = False) -> str:
    plain = re.sub(r"[^A-Za-z0-9_ -]+", "", name)[:48].strip() or "secret"
    return plain if keep_case else plain.lower()


def _looks_random(value: str) -> bool:
    """Whether a value looks generated rather than written: long, without spaces, of mixed characters."""
    if len(value) < 12 or any(character.isspace() for character in value):
        return False
    digit = any(character.isdigit() for character in value)
    upper, lower = value.lower() != value, value.upper() != value
    return (digit and (upper or lower)) or (len(value) >= 16 and ((upper and lower) or digit))


def _unescaped(text: str) -> str:
    """A JSON string's content without its escapes; as it is when they are broken."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def _attribute(match: re.Match[str]) -> str:
    return next((match[group] for group in ("double", "single", "bare") if match[group] is not None), "")


def _issued(value: Any, name: str = "") -> Iterable[tuple[str, str]]:
    """Each string in a JSON value that stands under a secret name, with that name."""
    waiting: list[tuple[str, Any]] = [(name, value)]
    while waiting:
        under, item = waiting.pop()
        if isinstance(item, dict):
            waiting += [(key if _SECRET_NAME.fullmatch(key) else under, inner) for key, inner in item.items()]
        elif isinstance(item, list):
            waiting += [(under, inner) for inner in item]
        elif (
            isinstance(item, str)
            and under
            and len(item) >= SHORTEST
            and (under != "code" or _looks_random(item))
        ):
            yield under, item


def _spellings(value: str) -> list[tuple[str, bool]]:
    """How a value may be written, each with whether it is a piece of base64 that goes on around it.

    Raw, decoded, percent-encoded, form-encoded, twice encoded, in JSON, in HTML, in Python's repr; base64
    of it alone or inside something longer, at each of the three places where its bytes can begin.
    """
    percent, form = quote(value, safe="", errors="surrogatepass"), quote_plus(value, errors="surrogatepass")
    whole = {
        value,
        percent,
        form,
        quote(value, safe="/", errors="surrogatepass"),
        quote(percent, safe=""),
        quote(form, safe=""),
    }
    whole |= {
        re.sub("%[0-9A-F]{2}", lambda match: match[0].lower(), spelling) for spelling in (percent, form)
    }
    whole |= {
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(value)[1:-1].replace("/", "\\/"),
    }
    whole |= {
        html.escape(value),
        html.escape(value, quote=False),
        repr(value)[1:-1],
        "\\n".join(value.splitlines()),
    }
    whole.add(unquote(value))
    found = [(spelling, False) for spelling in whole if len(spelling) >= SHORTEST]
    for plain in {value, form, unquote(value)}:
        data = plain.encode("utf-8", "surrogatepass")
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + data).decode()
            piece = encoded[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
            found += [(spelling, True) for spelling in {piece, piece.replace("+", "-").replace("/", "_")}]
    return found
