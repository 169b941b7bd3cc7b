"""Draft: a request as it is being made wrong, part by part, with the words for what is wrong. It sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote_plus, unquote_plus

from fixtures.endpoints import FORM, Endpoint, with_query
from fixtures.errors import NotOffered
from fixtures.http.exchange import Request
from fixtures.target import Client

Header = tuple[str, str]


@dataclass(frozen=True, kw_only=True, repr=False)
class Draft:
    """A request in the parts that can be spoilt one by one.

    what: what it asks for, in a few words. parts: the parameters, each encoded as `name=value`, in order. in_query:
    whether they stand in the query and not in the body. body: replaces them, where it is set. wrong: what was done to
    it, in a few words each.
    """

    what: str
    method: str
    url: str
    parts: tuple[bytes, ...]
    headers: tuple[Header, ...] = ()
    in_query: bool = False
    body: bytes | None = None
    wrong: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"<{self.what}: {'; '.join(self.wrong) or 'nothing is wrong'}>"  # parts and headers hold secrets
        )

    @property
    def request(self) -> Request:
        """The request to send. What no request line can hold is escaped: the HTTP is to be spoken properly."""
        joined = b"&".join(self.parts)
        if self.in_query:
            plain = frozenset(range(0x21, 0x7F)) - {0x23}
            text = "".join(chr(octet) if octet in plain else f"%{octet:02X}" for octet in joined)
            return Request(
                method=self.method,
                url=with_query(self.url, text),
                headers=self.headers,
                body=self.body or b"",
            )
        body = joined if self.body is None else self.body
        return Request(method=self.method, url=self.url, headers=self.headers, body=body)

    @property
    def names(self) -> list[str]:
        """The names of the parameters, in order."""
        return [name_of(part) for part in self.parts]

    def value(self, name: str) -> str | None:
        """What the first parameter of a name says, or None where there is none."""
        values = (part.partition(b"=")[2] for part in self.parts if name_of(part) == name)
        return next((unquote_plus(value.decode("latin-1")) for value in values), None)

    def but(self, wrong: str, **changes: object) -> Draft:
        """The same draft with something changed, and the words for it."""
        return replace(self, wrong=(*self.wrong, wrong), **changes)  # type: ignore[arg-type]  # fields by name

    def with_value(self, name: str, value: bytes, wrong: str) -> Draft:
        """The draft with one parameter of another value, encoded already; added at the end where it is missing."""
        part = name.encode() + b"=" + value
        known = name in self.names
        parts = tuple(part if name_of(each) == name else each for each in self.parts)
        return self.but(wrong, parts=parts if known else (*parts, part))

    def with_text(self, name: str, text: str, wrong: str) -> Draft:
        """The draft with one parameter of another value."""
        return self.with_value(name, quote_plus(text).encode("ascii"), wrong)

    def with_header(self, name: str, value: str, wrong: str) -> Draft:
        """The draft with one header replaced, or added."""
        kept = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return self.but(wrong, headers=(*kept, (name, value)))

    def without_header(self, name: str, wrong: str) -> Draft:
        """The draft without a header."""
        return self.but(
            wrong, headers=tuple(each for each in self.headers if each[0].lower() != name.lower())
        )


def name_of(part: bytes) -> str:
    """The name of an encoded parameter, as it is written."""
    return part.split(b"=", 1)[0].decode("utf-8", "replace")


def written(name: str, value: str) -> bytes:
    """One parameter, form-encoded."""
    return f"{quote_plus(name)}={quote_plus(value)}".encode("ascii")


def at(
    endpoint: Endpoint, what: str, fields: Mapping[str, str | None], *, as_: Client | None = None
) -> Draft:
    """The proper request that everything is compared with: a form that a client posts to an endpoint."""
    if as_ is not None and as_.certificate is not None:
        raise NotOffered(
            f"{as_.name} shows a certificate, and requests that are drawn show none.",
            "a client with a secret, or without credentials",
        )
    more, identity = endpoint.credentials(as_)
    given = [(name, value) for name, value in fields.items() if value is not None]
    return Draft(
        what=what,
        method="POST",
        url=endpoint.url,
        parts=tuple(written(name, value) for name, value in [*given, *identity]),
        headers=(("Accept", "application/json"), ("Content-Type", FORM), *more),
    )
