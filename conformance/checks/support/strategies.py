"""What careless and hostile clients send, as Hypothesis strategies: texts and their encodings.

The grammars are those of RFC 6749 appendix A. Whole requests are made of these in conformance.checks.fuzzing;
grammars that answers are judged by are in grammar.py beside it.
"""

from __future__ import annotations

from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

VSCHAR = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
"""Printable ASCII, as client identifiers, state, codes and tokens are made of (A.1, A.5, A.11, A.12)."""
NAME_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
"""What names of parameters, of grants and of token types consist of (A.10, A.13, A.18)."""
SCOPE_CHARACTERS = "".join(map(chr, [0x21, *range(0x23, 0x5C), *range(0x5D, 0x7F)]))
"""What a scope token consists of (section 3.3, A.4)."""
ANY_CHARACTER = st.characters(exclude_categories=["Cs"])
"""Every character of Unicode that UTF-8 can write, control characters included."""
PLAIN_CHARACTER = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"])
"""A character of Unicode that a person might type: no control character, none that formats or is unassigned."""

ODD: dict[str, str] = {
    "a number": "0",
    "a negative number": "-1",
    "a huge number": "9" * 40,
    "the word null": "null",
    "the word undefined": "undefined",
    "brackets": "[]",
    "braces": "{}",
    "a quotation mark": 'a"b',
    "a backslash": "a\\b",
    "an apostrophe": "a'b",
    "a percent sign": "a%b",
    "a plus sign": "a+b",
    "an ampersand": "a&b=c",
    "an equals sign": "a=b",
    "a semicolon": "a;b",
    "a blank": " ",
    "two words": "two words",
    "letters beyond ASCII": "cr\u00e9dit \u4ee4\u724c",
    "a letter beyond the first plane": "\U0001f511",
    "a combining mark": "e\u0301",
    "a letter that grows in upper case": "\u00df\u0131\u017f",
    "a template": "{{7*7}}${7*7}",
    "a format": "%s%n%d",
    "a URI": "https://nobody.invalid/x",
    "a broken URI": "http://[::1",
}
"""Texts that are legal in a form, and that parsers, databases and templates have tripped over."""

HOSTILE: dict[str, str] = {
    "NUL": "a\x00b",
    "a bell": "a\x07b",
    "an escape": "a\x1b[31mb",
    "a line break": "a\r\nb",
    "a lone carriage return": "a\rb",
    "a tab": "a\tb",
    "DEL": "a\x7fb",
    "a C1 control character": "a\x85b",
    "a line separator": "a\u2028b",
    "text from right to left": "a\u202eb",
    "a byte order mark": "\ufeffa",
    "a character that is none": "a\uffffb",
    "markup": "a<i>b</i>",
    "a path": "../../../../etc/passwd",
    "a query of a database": "' OR '1'='1",
}
"""Texts that a server may well refuse, even before it looks at what they are for."""

BROKEN: dict[str, bytes] = {
    "a lone percent sign": b"%",
    "half a percent-encoding": b"%4",
    "a percent-encoding of no digits": b"%zz",
    "a percent-encoding of a code point": b"%u0041",
    "octets that are no UTF-8": b"%ff%fe",
    "raw octets that are no UTF-8": b"\xff\xfe",
    "UTF-8 that is cut off": b"%e4%bb",
    "UTF-8 that is too long": b"%c0%af",
    "half of a surrogate pair": b"%ed%a0%80",
    "a code point that is too large": b"%f4%90%80%80",
    "raw letters beyond ASCII": "cr\u00e9dit".encode(),
    "raw NUL": b"a\x00b",
}
"""Values that are no proper form-encoding of UTF-8 (appendix B)."""


def vschars(*, min_size: int = 1, max_size: int = 120) -> SearchStrategy[str]:
    """A run of printable ASCII."""
    return st.text(VSCHAR, min_size=min_size, max_size=max_size)


def states() -> SearchStrategy[str]:
    """A value of state (A.5), of 8 to 200 characters: a server may refuse what is too short to protect, or too long."""
    return vschars(min_size=8, max_size=200)


def unknown_names() -> SearchStrategy[str]:
    """A name of a parameter (A.18) that no specification defines, for `x-conformance` has no owner."""
    return st.text(NAME_CHARACTERS, max_size=20).map(lambda text: f"x-conformance{text}")


def odd_texts() -> SearchStrategy[tuple[str, str]]:
    """A text without control characters, and in words what is odd about it."""
    drawn = st.text(PLAIN_CHARACTER, min_size=1, max_size=30)
    return st.sampled_from(list(ODD.items())) | drawn.map(lambda text: ("text drawn at random", text))


def hostile_texts() -> SearchStrategy[tuple[str, str]]:
    """A text of any characters, and in words what is hostile about it."""
    drawn = st.text(ANY_CHARACTER, min_size=1, max_size=30)
    return st.sampled_from(list(HOSTILE.items())) | drawn.map(lambda text: ("text drawn at random", text))


def broken_values() -> SearchStrategy[tuple[str, bytes]]:
    """Octets that stand where a form-encoded value belongs, and in words what is broken about them."""
    drawn = st.binary(min_size=1, max_size=20).map(lambda octets: octets.replace(b"&", b"%"))
    return st.sampled_from(list(BROKEN.items())) | drawn.map(
        lambda octets: ("octets drawn at random", octets)
    )


@st.composite
def form_encodings(draw: DrawFn, text: str) -> bytes:
    """One of the ways to form-encode a text: any octet may be escaped, with digits of either case (appendix B)."""
    octets = text.encode("utf-8")
    escaped = draw(st.integers(min_value=0, max_value=2 ** len(octets) - 1))
    digits = draw(st.sampled_from(["%%%02X", "%%%02x"]))
    blank = draw(st.sampled_from(["+", "%20"]))
    written = []
    for at, octet in enumerate(octets):
        plain = quote(bytes([octet]), safe="")
        if octet == 0x20:
            written.append(blank)
        elif escaped >> at & 1 or len(plain) > 1:
            written.append(digits % octet)
        else:
            written.append(plain)
    return "".join(written).encode("ascii")
