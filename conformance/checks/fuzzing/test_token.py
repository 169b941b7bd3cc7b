"""The token endpoint, whatever it is sent: it fails at nothing, refuses as section 5.2 lays down, believes nobody."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.fuzzing import credentials, defects
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.expectations import expect_error_answer, expect_no_failure
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import with_query
from fixtures.http.exchange import Send
from fixtures.target import Client

REFUSED_BY_HTTP = frozenset({404, 405, 406, 408, 411, 413, 414, 415, 417, 426, 431})
"""Refusals in the words of HTTP (RFC 9110 section 15.5), which may come before the endpoint is reached at all."""


@requirement("6749-5.2-S04", broken_by="token-fails-at-nul")
@requirement("6749-5.2-S04", broken_by="token-shows-a-stack-trace")
@requirement("6749-5.2-S04", broken_by="token-foreign-media-type-crashes")
@requirement("6749-5.2-S04", broken_by="token-fails-at-a-malformed-query")
@tolerates("legal-token-json-accepted", "legal-token-multipart-accepted", "legal-front-refuses-odd-requests")
def test_no_request_upsets_the_token_endpoint(
    search: Search, send: Send, token_drafts: Sequence[Draft]
) -> None:
    """Whatever is wrong with a token request, it ends in no 5xx, and in no stack trace."""
    ordinary = token_drafts[0]

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    search(
        ordinary,
        judge,
        defects.spoilt(token_drafts, defects.PARAMETERS, defects.ENCODINGS, defects.TRANSPORT),
        first=[
            ordinary.with_value("scope", b"a%00b", "scope holds NUL"),
            ordinary.with_value("grant_type", b"a" * 2_000, "grant_type is 2,000 characters long"),
            ordinary.with_header("Content-Type", "text/plain", "the form is called plain text"),
            *(
                ordinary.but(f"the query is {query}", url=with_query(ordinary.url, query))
                for query in ("%z1", "%1z", "%1")
            ),
        ],
    )


@requirement("6749-5.2-S05", broken_by="client-malformed-basic-crashes")
@tolerates("legal-client-malformed-header-as-400", "legal-front-refuses-odd-requests")
def test_no_credentials_upset_the_token_endpoint(
    search: Search, send: Send, token_drafts: Sequence[Draft], own_client: Client
) -> None:
    """Whatever shape the credentials of a token request have, it ends in no 5xx, and in no stack trace."""
    ordinary = token_drafts[0]

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    first = credentials.some_malformed(ordinary, own_client)
    search(ordinary, judge, credentials.shapes(token_drafts, own_client), first=first)


@requirement("6749-5.2-S02", broken_by="token-structured-name-answered-by-a-page")
@requirement("6749-5.2-S01", broken_by="token-structured-name-answered-by-a-page")
@requirement("6749-5.2-06", broken_by="token-error-description-echoes")
@tolerates("legal-token-error-bare", "legal-token-malformed-scope-is-an-invalid-request")
def test_every_refusal_is_an_error_of_the_token_endpoint(
    search: Search, send: Send, token_drafts: Sequence[Draft]
) -> None:
    """However odd the parameters of a token request, in a proper form, its refusal is the JSON of section 5.2."""
    ordinary = token_drafts[0]

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        if not answer.grants_a_token and answer.status not in REFUSED_BY_HTTP and answer.status < 500:
            expect_error_answer(answer, described_by="6749-5.2-06")

    search(
        ordinary,
        judge,
        defects.spoilt(token_drafts, defects.PARAMETERS),
        first=[
            ordinary.with_text("scope[]", "x", "scope[] beside scope"),
            ordinary.with_text("grant_type", 'a"b', "grant_type holds a quotation mark"),
            ordinary.with_text("grant_type", "cr\u00e9dit", "grant_type holds a letter beyond ASCII"),
        ],
    )


@requirement("6749-4.4.2-05", broken_by="client-secret-cut-at-nul")
@requirement("6749-3.2.1-01", broken_by="client-empty-secret-accepted")
@requirement("6749-10.2-01", broken_by="client-empty-secret-in-the-body-accepted")
def test_no_token_is_given_to_who_proves_nothing(
    search: Search, send: Send, token_drafts: Sequence[Draft], own_client: Client
) -> None:
    """A client whose secret is missing, malformed or nearly right gets no token by client credentials."""
    ordinary = token_drafts[0]

    def judge(draft: Draft) -> None:
        answer = send(draft.request)  # apart from the assertion, which would show the request with its secret
        assert not answer.grants_a_token

    search(
        ordinary,
        judge,
        credentials.unproven([ordinary], own_client),
        first=[
            *credentials.some_unproven(ordinary, own_client),
            credentials.with_secret(ordinary, own_client, "", "client_secret is empty", in_body=True),
        ],
    )


@requirement("6749-10.14-01", broken_by="token-error-repeats-the-request")
@tolerates("legal-token-error-other-members")
def test_no_secret_comes_back(
    search: Search, send: Send, token_drafts: Sequence[Draft], own_client: Client
) -> None:
    """No answer of the token endpoint repeats the secret of the client, wherever in the request it stood."""
    ordinary = token_drafts[0]
    secret = own_client.secret or own_client.key or ""
    sent = [
        credentials.with_secret(draft, own_client, secret, "the secret is right", in_body=in_body)
        for draft in token_drafts
        for in_body in (False, True)
    ]

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        told = [answer.text, *(value for _, value in answer.headers)]
        assert fact(
            not any(secret in text for text in told),
            "an answer that does not repeat the secret of the client",
            f"{answer}; it holds the secret",
        )

    groups = (defects.PARAMETERS, defects.ENCODINGS, [defects.wrong_media_type, defects.charset])
    first = [each.with_text("grant_type", "no_such", "grant_type is unknown") for each in sent[:2]]
    search(ordinary, judge, defects.spoilt(sent, *groups), first=first)
