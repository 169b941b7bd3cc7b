"""The introspection endpoint, whatever it is sent: it fails at nothing, and tells nothing to who proves nothing."""

from __future__ import annotations

from conformance.checks.fuzzing import credentials, defects
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.controls import TokenFor
from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint
from fixtures.http.exchange import Send
from fixtures.target import Client


@requirement("7662-2.2-18", broken_by="introspect-fails-at-nul")
@requirement("7662-2.1-01", broken_by="introspect-fails-without-a-token")
@tolerates(
    "legal-introspect-odd-token-refused", "legal-introspect-get-accepted", "legal-front-refuses-odd-requests"
)
def test_no_request_upsets_the_introspection_endpoint(
    search: Search, send: Send, introspection_draft: Draft
) -> None:
    """Whatever is wrong with a question about a token, it ends in no 5xx, and in no stack trace."""

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    search(
        introspection_draft,
        judge,
        defects.spoilt([introspection_draft], defects.PARAMETERS, defects.ENCODINGS, defects.TRANSPORT),
        first=[
            introspection_draft.with_value("token", b"a%00b", "token holds NUL"),
            introspection_draft.with_value("token", b"", "token is empty"),
        ],
    )


@requirement("7662-2.1-08", broken_by="introspect-malformed-basic-crashes")
@tolerates("legal-introspect-callers-without-credentials-see-nothing", "legal-front-refuses-odd-requests")
def test_no_credentials_upset_the_introspection_endpoint(
    search: Search, send: Send, introspection: IntrospectionEndpoint, introspection_draft: Draft
) -> None:
    """Whatever shape the credentials of a question have, it ends in no 5xx, and in no stack trace."""

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    first = credentials.some_malformed(introspection_draft, introspection.caller)
    search(
        introspection_draft,
        judge,
        credentials.shapes([introspection_draft], introspection.caller),
        first=first,
    )


@requirement("7662-2.2-18", broken_by="introspect-structured-name-says-active")
@requirement("7662-2.2-18", broken_by="introspect-odd-token-says-active")
@tolerates(
    "legal-introspect-repeats-accepted",
    "legal-introspect-missing-token-is-inactive",
    "legal-introspect-odd-hint-refused",
    "legal-introspect-query-accepted",
    "legal-introspect-with-a-charset",
)
def test_a_token_that_is_none_is_never_active(search: Search, send: Send, introspection_draft: Draft) -> None:
    """However odd the parameters of a question about a token that was never issued, it is inactive, or refused."""

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        assert not answer.holds("active", True)
        assert answer.holds("active", False) or fact(400 <= answer.status < 600, "a refusal", answer)

    search(
        introspection_draft,
        judge,
        defects.spoilt([introspection_draft], defects.PARAMETERS),
        first=[
            introspection_draft.with_text("token[]", "x", "token[] beside token"),
            introspection_draft.with_text("token", "jet\u00f3n", "token holds a letter beyond ASCII"),
        ],
    )


@requirement("7662-2.1-08", broken_by="client-secret-cut-at-nul")
@requirement("7662-2.3-S03", broken_by="introspect-empty-secret-accepted")
@tolerates("legal-introspect-callers-without-credentials-see-nothing", "legal-introspect-bearer-accepted")
def test_nobody_learns_of_a_token_without_credentials(
    search: Search,
    introspection: IntrospectionEndpoint,
    introspection_draft: Draft,
    web: Client,
    token_for: TokenFor,
) -> None:
    """A caller whose secret is missing, malformed or nearly right is not told that a live token is active."""
    caller = introspection.caller
    live = introspection_draft.with_text("token", token_for(web), "the token lives")

    def judge(draft: Draft) -> None:
        answer = search.send(
            draft.request
        )  # apart from the assertion, which would show the request with its secret
        assert not answer.holds("active", True)

    search(
        introspection_draft,
        judge,
        credentials.unproven([live], caller),
        first=credentials.some_unproven(live, caller),
    )
