"""The ways in which a request is made wrong, one function each: what breaks parsers, and what careless clients send.

Each takes Hypothesis's `draw` and a draft, and gives the draft with one thing wrong. They stand in groups: where only
the parameters are odd, a server of RFC 6749 has no excuse but to answer by its rules; where the encoding or HTTP itself
is broken, whatever stands before the server may answer as well.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.checks.fuzzing.draft import Draft, name_of, written
from conformance.checks.support import strategies
from fixtures.endpoints import FORM

Defect = Callable[[DrawFn, Draft], Draft]
LONG = (300, 2_000, 6_000)
VERY_LONG = (20_000, 200_000)
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "BREW", "post")
MEDIA_TYPES = {
    "application/json": "JSON",
    "multipart/form-data; boundary=x": "multipart",
    "text/plain": "plain text",
    "application/xml": "XML",
    "application/octet-stream": "octets",
    "application": "a type without a subtype",
    "no/type; at; all=": "a type with broken parameters",
    "*/*": "any type",
    f"{FORM}, text/plain": "two types",
    "": "an empty type",
}
READ_BY_MANY = (
    *("Accept", "Accept-Language", "Content-Language", "Cookie", "Origin", "Range", "If-Modified-Since"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "DPoP", "Expect"),
)
CHARSETS = ("utf-16", "iso-8859-1", "utf-7", "ebcdic-cp-us", "no-such-charset", '"', "UTF-8; charset=utf-16")


def _any_name(draw: DrawFn, draft: Draft) -> str:
    return draw(st.sampled_from(draft.names or ["scope"]))


# -- parameters


def absent(draw: DrawFn, draft: Draft) -> Draft:
    """A parameter is left out."""
    name = _any_name(draw, draft)
    return draft.but(
        f"{name} is left out", parts=tuple(part for part in draft.parts if name_of(part) != name)
    )


def empty(draw: DrawFn, draft: Draft) -> Draft:
    """A parameter has no value."""
    name = _any_name(draw, draft)
    return draft.with_value(name, b"", f"{name} is empty")


def repeated(draw: DrawFn, draft: Draft) -> Draft:
    """A parameter comes twice, with the same value or with another."""
    if not draft.parts:
        return draft
    part = draw(st.sampled_from(draft.parts))
    other = draw(st.sampled_from([part, f"{name_of(part)}=another".encode()]))
    return draft.but(f"{name_of(part)} comes twice", parts=(*draft.parts, other))


def reordered(draw: DrawFn, draft: Draft) -> Draft:
    """The parameters stand in another order."""
    return draft.but("the parameters are reordered", parts=tuple(draw(st.permutations(draft.parts))))


def name_in_another_case(draw: DrawFn, draft: Draft) -> Draft:
    """The name of a parameter is in upper case."""
    name = _any_name(draw, draft)
    parts = tuple(
        part.replace(name.encode(), name.upper().encode(), 1) if name_of(part) == name else part
        for part in draft.parts
    )
    return draft.but(f"{name} is written {name.upper()}", parts=parts)


def value_in_another_case(draw: DrawFn, draft: Draft) -> Draft:
    """The value of a parameter is in the other case."""
    if not draft.parts:
        return draft
    part = draw(st.sampled_from(draft.parts))
    name, _, value = part.partition(b"=")
    return draft.with_value(name.decode(), value.swapcase(), f"{name.decode()} is in the other case")


def long_value(draw: DrawFn, draft: Draft) -> Draft:
    """A value is long, though no longer than a request line may be."""
    name, size = _any_name(draw, draft), draw(st.sampled_from(LONG))
    return draft.with_value(name, b"a" * size, f"{name} is {size:,} characters long")


def odd_value(draw: DrawFn, draft: Draft) -> Draft:
    """A value is an odd text."""
    name, (what, text) = _any_name(draw, draft), draw(strategies.odd_texts())
    return draft.with_text(name, text, f"{name} is {what}")


def structured_name(draw: DrawFn, draft: Draft) -> Draft:
    """The name of a parameter has a structure, as some frameworks read it."""
    name = _any_name(draw, draft)
    shape = draw(st.sampled_from(["{}[]", "{}[a]", "{}[0]", "{}[a][b]", "{}.a", "{}[__proto__]", "{}["]))
    new = shape.format(name)
    keeps = draw(st.booleans())
    kept = tuple(part for part in draft.parts if keeps or name_of(part) != name)
    return draft.but(f"{new} {'beside' if keeps else 'for'} {name}", parts=(*kept, written(new, "x")))


def unknown_parameter(draw: DrawFn, draft: Draft) -> Draft:
    """There is a parameter that nobody defined."""
    name, value = draw(strategies.unknown_names()), draw(strategies.vschars())
    return draft.but(f"there is an unknown parameter {name}", parts=(*draft.parts, written(name, value)))


# -- encodings


def hostile_value(draw: DrawFn, draft: Draft) -> Draft:
    """A value holds what many a server refuses at once: control characters, markup."""
    name, (what, text) = _any_name(draw, draft), draw(strategies.hostile_texts())
    return draft.with_text(name, text, f"{name} holds {what}")


def broken_value(draw: DrawFn, draft: Draft) -> Draft:
    """A value is not properly encoded."""
    name, (what, octets) = _any_name(draw, draft), draw(strategies.broken_values())
    return draft.with_value(name, octets, f"{name} is {what}")


def broken_form(draw: DrawFn, draft: Draft) -> Draft:
    """The form is not one of names and values."""
    name = _any_name(draw, draft).encode()
    what, more = draw(
        st.sampled_from(
            [
                ("there are empty pairs", (b"", b"", b"")),
                ("a name is empty", (b"=x",)),
                ("there is an equals sign alone", (b"=",)),
                ("a value has no name", (b"x",)),
                (f"a semicolon parts {name.decode()} from what follows", (name + b";x=y",)),
                ("a name is no proper encoding", (b"%zz=x", b"%ff=x")),
                ("a name holds NUL", (b"a%00b=x",)),
                ("there are 1,000 more parameters", tuple(b"p%d=1" % each for each in range(1_000))),
            ]
        )
    )
    return draft.but(what, parts=(*draft.parts, *more))


def very_long_value(draw: DrawFn, draft: Draft) -> Draft:
    """A value is longer than a server may want to read."""
    name, size = _any_name(draw, draft), draw(st.sampled_from(VERY_LONG[: 1 if draft.in_query else 2]))
    return draft.with_value(name, b"a" * size, f"{name} is {size:,} characters long")


# -- HTTP


def wrong_media_type(draw: DrawFn, draft: Draft) -> Draft:
    """The body is called something else, and is what it is called or still a form."""
    kind, what = draw(st.sampled_from(list(MEDIA_TYPES.items())))
    changed = draft.with_header("Content-Type", kind, f"the form is called {what}")
    if kind != "application/json" or not draw(st.booleans()):
        return changed
    members = {name: part.partition(b"=")[2].decode() for part in draft.parts if (name := name_of(part))}
    body = draw(
        st.sampled_from([json.dumps(members).encode(), b"[" * 20_000, b"{", b'{"scope": NaN}', b"[]"])
    )
    return draft.with_header("Content-Type", kind, "the body is JSON").but("of its own kind", body=body)


def no_media_type(_: DrawFn, draft: Draft) -> Draft:
    """Nothing says what the body is."""
    return draft.without_header("Content-Type", "no Content-Type")


def charset(draw: DrawFn, draft: Draft) -> Draft:
    """The form claims a charset that it does not have."""
    name = draw(st.sampled_from(CHARSETS))
    return draft.with_header("Content-Type", f"{FORM}; charset={name}", f"the form claims charset={name}")


def compressed(draw: DrawFn, draft: Draft) -> Draft:
    """The body is compressed, or claims to be."""
    body = b"&".join(draft.parts)
    coding, octets, what = draw(
        st.sampled_from(
            [
                ("gzip", gzip.compress(body, mtime=0), "the body is compressed by gzip"),
                ("deflate", zlib.compress(body), "the body is compressed by deflate"),
                ("gzip", body, "the body claims gzip and is plain"),
                ("gzip", gzip.compress(body, mtime=0)[:-6], "the body is compressed by gzip and cut off"),
                ("br", body, "the body claims br and is plain"),
                ("no-such-coding", body, "the body claims an unknown coding"),
            ]
        )
    )
    return draft.with_header("Content-Encoding", coding, what).but("so named", body=octets)


def wrong_method(draw: DrawFn, draft: Draft) -> Draft:
    """The method is another."""
    method = draw(st.sampled_from([method for method in METHODS if method != draft.method]))
    return draft.but(f"the method is {method}", method=method)


def parameters_elsewhere(_: DrawFn, draft: Draft) -> Draft:
    """What belongs in the body stands in the query, or the other way round."""
    return draft.but(
        f"the parameters stand in the {'body' if draft.in_query else 'query'}", in_query=not draft.in_query
    )


def many_headers(draw: DrawFn, draft: Draft) -> Draft:
    """There are more headers, or longer ones, than a client sends."""
    count, size = draw(st.sampled_from([(90, 10), (1, 4_000), (1, 20_000), (30, 1_000)]))
    more = tuple((f"X-Conformance-{number}", "a" * size) for number in range(count))
    return draft.but(
        f"there are {count} more headers of {size:,} characters", headers=(*draft.headers, *more)
    )


def odd_header(draw: DrawFn, draft: Draft) -> Draft:
    """A header that many servers read has a value that makes no sense."""
    name = draw(st.sampled_from(READ_BY_MANY))
    value = draw(st.sampled_from(["", "null", ";;;", "\xff\xfe", "=", "a=b=c; ;", "%00", "9" * 40, '"']))
    return draft.with_header(name, value, f"{name} is {value[:20]!r}")


PARAMETERS: Sequence[Defect] = (
    absent,
    empty,
    repeated,
    odd_value,
    structured_name,
    name_in_another_case,
    value_in_another_case,
    reordered,
    unknown_parameter,
    long_value,
)
"""Only the parameters are wrong: HTTP, form and encoding are proper."""
ENCODINGS: Sequence[Defect] = (hostile_value, broken_value, broken_form, very_long_value)
TRANSPORT: Sequence[Defect] = (
    wrong_media_type,
    no_media_type,
    charset,
    compressed,
    wrong_method,
    parameters_elsewhere,
    many_headers,
    odd_header,
)


@st.composite
def _spoilt(draw: DrawFn, drafts: Sequence[Draft], ways: Sequence[Defect]) -> Draft:
    draft = draw(st.sampled_from(drafts))
    for way in draw(st.lists(st.sampled_from(ways), min_size=1, max_size=3)):
        draft = way(draw, draft)
    return draft


def spoilt(drafts: Sequence[Draft], *ways: Sequence[Defect]) -> SearchStrategy[Draft]:
    """One of the drafts with one to three things wrong with it, of these groups of ways."""
    return _spoilt(drafts, [way for group in ways for way in group])
