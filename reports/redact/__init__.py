"""Redaction at capture: what leaves the process holds no secret and no live token.

A value is replaced because it is known to be secret, wherever and however it is spelt, or because it stands
where secrets stand. Its label is the same all through a run, so that a reader sees which exchanges used the
same token. labels.py beside this knows the values, spellings.py how they may be written, places.py where they stand.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fixtures.http.exchange import Answer, Exchange, Request
from reports.jwts import said
from reports.parts import LABEL, OF_THE_FILE, parameters
from reports.redact.labels import Labels, clean, without_placeholders
from reports.redact.origins import origin
from reports.redact.places import Places, issued_in

MOST_BODY = 16_384
"""Characters of a body that are kept; the rest is counted and dropped."""

MOST_LINE = 4_096
"""Characters of a URL or of one header value that are kept."""

MOST_HEADERS = 100
"""Headers of one message that are kept."""

_MOST_READ = 262_144  # a body is redacted up to here before it is cut, so that no cut divides a secret
_MARGIN = 4_096
_SIGNED = frozenset({"client_assertion", "assertion", "request", "dpop"})
"""Kinds of JWTs that a client signs with a key that the server knows."""


class Redactor:
    """Knows the secrets of one run and replaces them by labels. Safe to share between threads.

    secrets: the values known from the start (client secrets, passwords, private keys), as a mapping from the
    name that a reader knows them by (`WEB_SECRET`, which becomes the label and the shell variable) or as bare
    values.
    """

    def __init__(self, secrets: Mapping[str, str] | Iterable[str] = ()) -> None:
        self._lock = threading.RLock()
        self._labels = Labels()
        self._places = Places(self._labels)
        self._sent: set[str] = set()
        self._brought: set[str] = set()  # labels of what an answer held before a request did
        if isinstance(secrets, Mapping):
            for name, value in secrets.items():
                self._labels.learn_named(value, name)
        else:
            for value in secrets:
                self.learn(value)

    def learn(self, value: str, kind: str = "secret") -> None:
        """From now on value is secret wherever it occurs. kind: the word of its label, such as `code`."""
        with self._lock:
            self._labels.learn(value, kind)

    def harmless(self, value: str) -> None:
        """Value is invented for a check and no secret: it stays readable where secrets stand.

        A value that was given or learnt as secret stays secret.
        """
        with self._lock:
            self._labels.harmless(value)

    def text(self, text: str) -> str:
        """A message with every secret in it replaced, and what is left of one beside "...", where a text was cut short.

        Lone surrogates and their like are escaped.
        """
        with self._lock:
            known = self._labels.everywhere(self._places.text(clean(text), request=True))
            return self._labels.named(self._labels.beside_cuts(known), set())

    def exchange(self, exchange: Exchange) -> dict[str, Any]:
        """One exchange as a JSON object without secrets.

        Members: request {method, url, headers [[name, value]], body}, answer {status, headers, body, url,
        seconds} or null, failure, started (seconds since the epoch), seconds, extra, labels (those that occur
        in the request), and where JWTs were made for the request jwts: by label what each says, [all of it, what sets
        it apart]. A body is null or {text, encoding ("utf8" or "base64"), size (bytes on the wire),
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
            came = None if answer is None else self._answer(answer, elsewhere)
            self._sent |= used
            self._brought |= elsewhere - self._sent
            jwts = {
                self._labels.name_of(each.value) if self._labels.has(each.value) else each.value: [
                    self.text(each.whole),
                    self.text(each.telling),
                ]
                for each in said(exchange.request, exchange.started)
            }
            return {
                **({"jwts": jwts} if jwts else {}),
                "request": request,
                "answer": came,
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

    def with_origins(
        self, kept: Sequence[Mapping[str, Any]], signer: Callable[[str], str] = lambda _: ""
    ) -> list[dict[str, Any]]:
        """Exchanges as `exchanges` gave them, each with a member `values`: what those are that no answer brought.

        values: by label {whole, short, challenge}, as an Origin has them, and signed: what signer says of a JWT.
        """
        with self._lock:
            raw = self._labels.values()
            texts = [json.dumps(one["request"], ensure_ascii=False) for one in kept]
            answers = [json.dumps(one["answer"], ensure_ascii=False) for one in kept]
            there = dict.fromkeys(label for text in answers + texts for label in LABEL.findall(text))
            known = {label: raw[label] for label in there if label in raw}
            known |= {label: value for label, value in raw.items() if re.fullmatch(OF_THE_FILE, label)}
            pairs = [pair for one in kept for pair in parameters(one["request"])]
            hidden = any(name == "request" for name, _ in pairs)
            challenges = (
                [] if hidden else [raw.get(value, value) for name, value in pairs if name == "code_challenge"]
            )
            found: dict[str, dict[str, Any]] = {}
            for label in dict.fromkeys(label for text in texts for label in LABEL.findall(text)):
                if label in self._brought or label not in raw:
                    continue
                # Two values that are like each other are not both explained by the other one.
                others = {
                    other: value
                    for other, value in known.items()
                    if other != label and label not in str(found.get(other, {}).get("whole"))
                }
                kind = label.strip("<>").rpartition(" ")[0]
                signed = signer(raw[label]) if kind in _SIGNED else ""
                found[label] = {**vars(origin(raw[label], kind, others, challenges)), "signed": signed}
        return [
            {**one, "values": {label: found[label] for label in LABEL.findall(text) if label in found}}
            for one, text in zip(kept, texts, strict=True)
        ]

    def _learn_from(self, answer: Answer) -> None:
        """Learn what an answer issues, before anything of its exchange is written down."""
        for name, value in issued_in(answer.json):
            self._labels.learn_in_place(value, name, issued=True)
        for name, value in answer.headers:
            if name.lower() in ("location", "set-cookie"):
                self._places.header(clean(name), clean(value), request=False)
        self._places.text(clean(_read(answer.body)[0]), request=False)

    def _request(self, request: Request, used: set[str]) -> dict[str, Any]:
        form = "form-urlencoded" in (request.header("content-type") or "form-urlencoded").lower()
        return {
            "method": self._line(self._labels.everywhere(clean(request.method)), used),
            "url": self._line(self._places.url(request.url), used),
            "headers": self._headers(request.headers, used, request=True),
            "body": self._body(request.body, used, form=form, request=True),
            **self._certificate(request, used),
        }

    def _certificate(self, request: Request, used: set[str]) -> dict[str, Any]:
        """Which files hold the certificate that was shown, and its key; nothing where none was."""
        shown = request.certificate
        if shown is None:
            return {}
        files = (shown.certificate_file, shown.key_file)
        told = [*(path.name for path in files), *([shown.words] if shown.words else [])]
        return {"certificate": [self._line(self._labels.everywhere(clean(each)), used) for each in told]}

    def _answer(self, answer: Answer, used: set[str]) -> dict[str, Any]:
        return {
            "status": answer.status,
            "headers": self._headers(answer.headers, used, request=False),
            "body": self._body(answer.body, used, form="form-urlencoded" in answer.media_type, request=False),
            "url": self._line(self._places.url(answer.url), used),
            "seconds": answer.seconds,
        }

    def _headers(
        self, headers: Sequence[tuple[str, str]], used: set[str], *, request: bool
    ) -> list[list[str]]:
        kept = []
        for name, value in headers[:MOST_HEADERS]:
            shown = self._places.header(clean(name), clean(value), request=request)
            kept.append(
                [
                    self._line(self._labels.everywhere(clean(name)), used),
                    self._line(self._labels.everywhere(shown), used),
                ]
            )
        if len(headers) > MOST_HEADERS:
            kept.append(["(cut)", f"{len(headers)} headers in all"])
        return kept

    def _line(self, text: str, used: set[str]) -> str:
        shown = self._labels.named(text, used)
        if len(shown) <= MOST_LINE:
            return shown
        return f"{shown[:MOST_LINE]} [cut: {len(shown)} characters in all]"

    def _body(self, body: bytes, used: set[str], *, form: bool, request: bool) -> dict[str, Any] | None:
        if not body:
            return None
        text, whole = _read(body)
        text = without_placeholders(text)
        if form:
            text = self._places.form(text, issued=not request)
        text = self._labels.named(self._labels.everywhere(self._places.text(text, request=request)), used)
        room = MOST_BODY if whole else max(0, min(MOST_BODY, len(text) - _MARGIN))
        kept = text[:room]
        is_text = not any("\udc80" <= character <= "\udcff" for character in kept)
        return {
            "text": clean(kept)
            if is_text
            else base64.b64encode(kept.encode("utf-8", "surrogateescape")).decode(),
            "encoding": "utf8" if is_text else "base64",
            "size": len(body),
            "cut": len(kept) < len(text) or not whole,
        }


def _read(body: bytes) -> tuple[str, bool]:
    """The beginning of a body as text, bytes beyond UTF-8 as surrogates; and whether that is all of it."""
    return body[:_MOST_READ].decode("utf-8", "surrogateescape"), len(body) <= _MOST_READ
