"""Questions that no careful caller puts: the server answers them all, and fails at none."""

from __future__ import annotations

from conformance.checks.introspection.answers import ask
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.errors import CannotTest

MALFORMED = {
    "no body": b"",
    "JSON": b'{"token": "x"}',
    "broken percent-encoding": b"token=%zz",
    "not UTF-8": b"token=%ff%fe",
    "raw bytes": b"token=\xff\xfe",
    "a repeated token": b"token=x&token=y",
    "a repeated hint": b"token=x&token_type_hint=a&token_type_hint=b",
    "nested brackets": b"token[a][b]=x",
    "no names": b"=x&&&=",
    "300 parameters": b"&".join(b"p%d=1" % number for number in range(300)),
}
ODD_TOKENS = {
    "a blank": " ",
    "a null character": "a\x00b",
    "a line break": "a\r\nb",
    "quotes and a backslash": "a\"b'c\\d",
    "a percent sign": "%00%",
    "a JSON object": '{"active":true}',
    "letters beyond ASCII": "jet\u00f3n-\u4ee4\u724c-\U0001f511",
    "dots alone": "..",
    "the shape of a JWT": "e30.e30.e30",
    "8,000 characters": "a" * 8_000,
    "100,000 characters": "a" * 100_000,
}


@requirement("7662-2.1-01", broken_by="introspect-fails-without-a-token")
@requirement("7662-2.1-01", broken_by="introspect-missing-token-says-active")
@tolerates("legal-introspect-missing-token-is-inactive", "legal-introspect-repeats-accepted")
def test_no_malformed_question_upsets_the_server(
    introspection: IntrospectionEndpoint, live_token: str
) -> None:
    """However malformed the form, the server answers without an error of its own, and calls no token active."""
    _see(introspection, live_token)

    answers = {
        what: introspection.post({}, as_=introspection.caller, body=body, crash_counts=True)
        for what, body in MALFORMED.items()
    }

    assert all_of({what: ~answer.is_failure for what, answer in answers.items()})
    assert all_of({what: ~answer.holds("active", True) for what, answer in answers.items()})


@requirement("7662-2.2-18", broken_by="introspect-fails-at-long-tokens")
@requirement("7662-2.2-18", broken_by="introspect-odd-token-says-active")
@tolerates("legal-introspect-odd-token-refused")
def test_no_odd_token_upsets_the_server(introspection: IntrospectionEndpoint, live_token: str) -> None:
    """A token that is very long, or holds odd characters, is inactive, or is refused as malformed or too large."""
    _see(introspection, live_token)

    answers = {
        what: introspection.post({"token": token}, as_=introspection.caller, crash_counts=True)
        for what, token in ODD_TOKENS.items()
    }

    assert all_of({what: answer.has_status(200, 400, 413) for what, answer in answers.items()})
    assert all_of({what: ~answer.holds("active", True) for what, answer in answers.items()})


def _see(introspection: IntrospectionEndpoint, live_token: str) -> None:
    if ask(introspection, live_token).members.get("active") is not True:
        raise CannotTest("A live token is not active to the caller under [introspection].")
