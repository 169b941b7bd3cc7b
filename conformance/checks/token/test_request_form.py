"""How the token endpoint reads a request: parameters, form-encoding, media types, methods (RFC 6749 section 3.2)."""

from __future__ import annotations

import json
from urllib.parse import urlencode, urlsplit

from conformance.checks.support.controls import ScopeOf
from conformance.checks.support.expectations import Again, expect_refusal
from conformance.checks.support.facts import all_of, answered_alike, equals, fact, shown, within
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import FORM, TokenEndpoint, pairs
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client


def ordinary(client: Client) -> list[tuple[str, str]]:
    """What the client sends to get a token on its own behalf."""
    return pairs({"grant_type": "client_credentials", "scope": client.scope or None})


@requirement("6749-3.2-02", broken_by="metadata-token-endpoint-with-fragment")
def test_the_endpoint_has_no_fragment(token: TokenEndpoint) -> None:
    """The URI of the token endpoint has no fragment component."""
    assert fact("#" not in token.url, "a token endpoint without a fragment", token.url)
    assert fact(urlsplit(token.url).scheme, "a token endpoint that is an absolute URI", token.url)


@requirement("6749-3.2-06", broken_by="token-unknown-parameter-refused")
def test_an_unknown_parameter_changes_nothing(token: TokenEndpoint, asker: Client) -> None:
    """A token request with a parameter that nobody defined is answered as if it were not there."""
    answer = token.post([*ordinary(asker), ("no_such_parameter_x7", "hello world")], as_=asker)

    assert answer.grants_a_token


@requirement("6749-3.2-05", broken_by="token-empty-scope-is-invalid")
@tolerates("legal-token-scope-required", "legal-token-scope-empty")
def test_an_empty_scope_is_none(token: TokenEndpoint, asker: Client) -> None:
    """A scope without a value is answered as one that was left out."""
    omitted = token.post({"grant_type": "client_credentials"}, as_=asker)
    empty = token.post({"grant_type": "client_credentials", "scope": ""}, as_=asker)

    assert answered_alike(empty, omitted, "scope")


@requirement("6749-3.2-07", broken_by="token-repeats-accepted")
@requirement("6749-5.2-S04", broken_by="token-repeats-wrong-error")
@requirement("2.1-3.1-02", broken_by="token-repeats-accepted")
def test_a_repeated_grant_type_is_refused(token: TokenEndpoint, asker: Client, served_again: Again) -> None:
    """A token request that sends grant_type twice, with the same value, is refused as invalid_request."""
    answer = token.post([*ordinary(asker), ("grant_type", "client_credentials")], as_=asker)

    expect_refusal(answer, "invalid_request", of="6749-5.2-S04", control=served_again)


@requirement("6749-3.2-07", broken_by="token-repeats-accepted")
@requirement("6749-5.2-S04", broken_by="token-repeats-wrong-error")
def test_a_repeated_scope_is_refused(token: TokenEndpoint, asker: Client, served_again: Again) -> None:
    """A token request that sends scope twice is refused as invalid_request."""
    if not asker.scopes:
        raise NotOffered(f"[clients.{asker.name}] has no scope.", f'[clients.{asker.name}] scope = "read"')
    one = min(asker.scopes)

    answer = token.post([*ordinary(asker), ("scope", one)], as_=asker)

    expect_refusal(answer, "invalid_request", of="6749-5.2-S04", control=served_again)


@requirement("6749-4.1.3-S01", broken_by="token-query-overrides-body")
@tolerates("legal-token-query-ignored", "legal-token-query-accepted")
def test_the_query_does_not_overrule_the_body(token: TokenEndpoint, scope_of: ScopeOf, asker: Client) -> None:
    """A parameter in the query of the URI does not replace the one in the body: it is ignored, or refused."""
    if len(asker.scopes) < 2:
        raise NotOffered(
            f"[clients.{asker.name}] has no two scopes.", f'[clients.{asker.name}] scope = "read write"'
        )
    less, more = sorted(asker.scopes)[:2]

    answer = token.post(
        {"grant_type": "client_credentials", "scope": less}, as_=asker, query=urlencode({"scope": more})
    )

    assert not answer.grants_a_token or within(
        scope_of(answer, asked=frozenset({less})), asker.scopes - {more}
    )


@requirement("6749-B-S01", broken_by="token-form-names-not-decoded")
def test_form_encoding_is_undone(token: TokenEndpoint, asker: Client) -> None:
    """Names and values whose characters are all percent-encoded mean the same as in plain letters."""
    _, identity = token.credentials(asker)
    body = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in [*ordinary(asker), *identity])

    answer = token.post({}, as_=asker, body=body.encode("ascii"))

    assert answer.grants_a_token


def encoded(text: str) -> str:
    """Every octet of a text percent-encoded."""
    return "".join(f"%{octet:02X}" for octet in text.encode())


@requirement("6749-B-S01", broken_by="token-encoded-blank-not-decoded")
def test_a_plus_sign_is_a_blank(token: TokenEndpoint, scope_of: ScopeOf, asker: Client) -> None:
    """In a form, a plus sign and %20 both stand for a blank."""
    if len(asker.scopes) < 2:
        raise NotOffered(
            f"[clients.{asker.name}] has no two scopes.", f'[clients.{asker.name}] scope = "read write"'
        )
    _, identity = token.credentials(asker)
    words = [urlencode({"": word})[1:] for word in asker.scope.split()]

    def ask(blank: str) -> Answer:
        rest = urlencode(identity)
        body = f"grant_type=client_credentials&scope={blank.join(words)}{'&' + rest if rest else ''}"
        return token.post({}, as_=asker, body=body.encode("ascii"))

    by_plus, by_code = ask("+"), ask("%20")

    assert by_plus.grants_a_token
    assert by_code.grants_a_token
    assert equals(
        "the scope by a plus sign",
        sorted(scope_of(by_plus, asked=asker.scopes)),
        sorted(scope_of(by_code, asked=asker.scopes)),
    )


@requirement("6749-B-S01", broken_by="token-charset-parameter-refused")
def test_the_charset_may_be_named(token: TokenEndpoint, asker: Client) -> None:
    """A form whose media type names UTF-8 as its charset is read like one that does not."""
    answer = token.post(ordinary(asker), as_=asker, content_type=f"{FORM}; charset=UTF-8")

    assert answer.grants_a_token


@requirement("6749-5.2-S04", broken_by="token-error-as-500")
def test_a_malformed_form_is_no_accident(token: TokenEndpoint, caller: Client) -> None:
    """A malformed form body is refused with a 4xx status, and never ends in a 5xx."""
    bodies = (b"grant_type=%", b"grant_type=%zz&scope=%e9", b"&&=&", b"grant_type=\xff\xfe", b"grant_type")
    headers, _ = token.credentials(caller)
    answers = {body: token.post({}, headers=headers, body=body, crash_counts=True) for body in bodies}

    assert all_of(
        {
            shown(body.decode("ascii", "backslashreplace")): fact(
                400 <= answer.status < 500, "a refusal (status 4xx)", answer
            )
            for body, answer in answers.items()
        }
    )


@requirement("6749-5.2-S04", broken_by="token-foreign-media-type-crashes")
@tolerates(
    "legal-token-json-accepted", "legal-token-multipart-accepted", "legal-token-any-media-type-accepted"
)
def test_another_media_type_is_no_accident(token: TokenEndpoint, asker: Client) -> None:
    """A body of another media type than a form is refused in order or understood, and never ends in a 5xx."""
    fields = ordinary(asker)
    part = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields
    )
    bodies: dict[str | None, bytes] = {
        "application/json": json.dumps(dict(fields)).encode(),
        "multipart/form-data; boundary=x": f"{part}--x--\r\n".encode(),
        "text/plain": urlencode(fields).encode(),
        "no/type; at; all=": urlencode(fields).encode(),
        None: urlencode(fields).encode(),
    }
    headers, _ = token.credentials(asker)
    answers = {
        str(kind or "no Content-Type"): token.post(
            {}, headers=headers, body=body, content_type=kind, crash_counts=True
        )
        for kind, body in bodies.items()
    }

    assert all_of({kind: ~answer.is_failure for kind, answer in answers.items()})


@requirement("6749-5.1-07", broken_by="token-get-accepted-and-cacheable")
@tolerates("legal-token-get-accepted")
def test_what_a_get_brings_is_kept_by_no_cache(token: TokenEndpoint, asker: Client) -> None:
    """A GET request gets no token, with or without a header that calls it a POST, or one that no cache keeps."""
    names = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")
    headers = {"GET": [], **{f"GET with {name}: POST": [(name, "POST")] for name in names}}
    answers = {
        case: token.get(ordinary(asker), as_=asker, headers=header) for case, header in headers.items()
    }

    assert all_of(
        {
            case: fact(
                not answer.grants_a_token or answer.is_uncacheable,
                "no token for a GET, or Cache-Control with no-store",
                answer.is_uncacheable.seen,
            )
            for case, answer in answers.items()
        }
    )
