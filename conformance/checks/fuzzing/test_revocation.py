"""The revocation endpoint, whatever it is sent: it fails at nothing, and ends no token for who proves nothing."""

from __future__ import annotations

from conformance.checks.fuzzing import credentials, defects
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.fuzzing.test_token import REFUSED_BY_HTTP
from conformance.checks.support.controls import TokenFor
from conformance.checks.support.expectations import expect_error_answer, expect_no_failure
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.http.exchange import Send
from fixtures.target import Client


@requirement("7009-2.2.1-S01", broken_by="revoke-odd-characters-crash")
@requirement("7009-2.2.1-S01", broken_by="revoke-long-token-crashes")
@tolerates(
    "legal-revoke-impossible-token-refused", "legal-revoke-json-accepted", "legal-front-refuses-odd-requests"
)
def test_no_request_upsets_the_revocation_endpoint(
    search: Search, send: Send, revocation_draft: Draft
) -> None:
    """Whatever is wrong with a request to revoke a token, it ends in no 5xx, and in no stack trace."""

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    search(
        revocation_draft,
        judge,
        defects.spoilt([revocation_draft], defects.PARAMETERS, defects.ENCODINGS, defects.TRANSPORT),
        first=[
            revocation_draft.with_value("token", b"a%00b", "token holds NUL"),
            revocation_draft.with_value("token", b"a" * 6_000, "token is 6,000 characters long"),
        ],
    )


@requirement("7009-2.2.1-S01", broken_by="revoke-malformed-basic-crashes")
@tolerates("legal-client-malformed-header-as-400", "legal-front-refuses-odd-requests")
def test_no_credentials_upset_the_revocation_endpoint(
    search: Search, send: Send, revocation_draft: Draft, web: Client
) -> None:
    """Whatever shape the credentials of a request to revoke a token have, it ends in no 5xx, and in no stack trace."""

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    first = credentials.some_malformed(revocation_draft, web)
    search(revocation_draft, judge, credentials.shapes([revocation_draft], web), first=first)


@requirement("7009-2.2.1-S01", broken_by="revoke-structured-name-answered-by-a-page")
@tolerates(
    "legal-revoke-repeats-accepted",
    "legal-revoke-repeats-joined",
    "revoke-missing-token-accepted",
    "legal-revoke-impossible-token-refused",
)
def test_every_refusal_is_an_error_of_the_revocation_endpoint(
    search: Search, send: Send, revocation_draft: Draft
) -> None:
    """However odd the parameters of a request to revoke a token, in a proper form, its refusal is a token error."""

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        if not answer.is_success and answer.status not in REFUSED_BY_HTTP and answer.status < 500:
            expect_error_answer(answer)

    search(
        revocation_draft,
        judge,
        defects.spoilt([revocation_draft], defects.PARAMETERS),
        first=[revocation_draft.with_text("token[]", "x", "token[] beside token")],
    )


@requirement("7009-2.1-S03", broken_by="client-secret-cut-at-nul")
@requirement("7009-2.1-S03", broken_by="revoke-empty-secret-accepted")
@tolerates("legal-revoke-answers-with-a-body")
def test_nobody_ends_a_token_without_credentials(
    search: Search, revocation_draft: Draft, web: Client, token_for: TokenFor, liveness: Liveness
) -> None:
    """A live token survives the requests of a client whose secret is missing, malformed or nearly right."""
    alive = [token_for(web)]
    liveness.require_alive(alive[0])

    def judge(draft: Draft) -> None:
        if not liveness.is_alive(alive[0]):
            alive[0] = token_for(web)
        search.send(draft.with_text("token", alive[0], "the token lives").request)
        assert liveness.is_alive(alive[0]), "the token is dead"

    search(
        revocation_draft,
        judge,
        credentials.unproven([revocation_draft], web),
        first=credentials.some_unproven(revocation_draft, web),
    )
