"""The grammars of RFC 6749 appendix A that a server's answers follow, as questions about one value.

A value that is no string fits none of them.
"""

from __future__ import annotations

import re
from typing import Any

_NAME = r"[-._0-9A-Za-z]+"
_SCOPE_TOKEN = r"[\x21\x23-\x5b\x5d-\x7e]+"
_PCHAR = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})"
_URI_REFERENCE = re.compile(
    rf"(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[A-Za-z0-9._~!$&'()*+,;=:@%\[\]-]*)?{_PCHAR}*(?:\#{_PCHAR}*)?",
    re.ASCII,
)


def _fits(pattern: str, value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_token(value: Any) -> bool:
    """Whether a value is 1*VSCHAR, as access and refresh tokens are (appendices A.12 and A.17)."""
    return _fits(r"[\x20-\x7e]+", value)


def is_bearer_credential(value: Any) -> bool:
    """Whether a value is the b64token of RFC 6750 section 2.1, so that it can stand in an Authorization header."""
    return _fits(r"[A-Za-z0-9._~+/-]+=*", value)


def is_scope(value: Any) -> bool:
    """Whether a value is a list of scope tokens joined by single spaces (section 3.3, appendix A.4)."""
    return _fits(rf"{_SCOPE_TOKEN}(?: {_SCOPE_TOKEN})*", value)


def is_error_text(value: Any) -> bool:
    """Whether a value is 1*NQSCHAR, as error and error_description are (appendices A.7 and A.8)."""
    return _fits(r"[\x20\x21\x23-\x5b\x5d-\x7e]+", value)


def is_uri_reference(value: Any) -> bool:
    """Whether a value is a URI-reference of RFC 3986 section 4.1 that is not empty, as error_uri is (A.9)."""
    return isinstance(value, str) and value != "" and _URI_REFERENCE.fullmatch(value) is not None


def is_parameter_name(value: Any) -> bool:
    """Whether a value is a param-name (section 8.2, appendix A.18)."""
    return _fits(_NAME, value)


def is_token_type(value: Any) -> bool:
    """Whether a value is a type-name or a URI-reference (section 8.1, appendix A.13)."""
    return _fits(_NAME, value) or is_uri_reference(value)


def is_lifetime(value: Any) -> bool:
    """Whether a JSON value is a number that is written with digits only (appendix A.14)."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
