"""The error codes of a protected resource and the statuses that go with them (RFC 6750 section 3.1)."""

from __future__ import annotations

import pytest

from conformance.checks.resource.conftest import UNKNOWN_TOKEN, TokenSource
from conformance.checks.support.controls import GrantFor
from conformance.checks.support.facts import Fact, all_of, fact, no_exceptions, shown
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint, RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target.clients import Clients

INFORMATION = ("error", "error_description", "error_uri")
REGISTERED = frozenset(
    {
        "invalid_request",
        "invalid_token",
        "insufficient_scope",
        # From the registry of OAuth extension errors, for use by a protected resource.
        "insufficient_user_authentication",
        "invalid_dpop_proof",
        "use_dpop_nonce",
    }
)


def _told(answer: Answer, name: str = "error") -> str | None:
    """The error that the Bearer challenge of an answer names, or None."""
    challenge = answer.challenge("bearer")
    return challenge.parameters.get(name) if challenge else None


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3.1-S01", broken_by="resource-wrong-error-code")
@tolerates("legal-resource-challenge-by-scope", "legal-resource-second-challenge")
def test_an_unknown_token_is_called_invalid(resource: ResourceEndpoint) -> None:
    """The error told of a token that was never issued is invalid_token, where one is told."""
    answer = resource.get_with(UNKNOWN_TOKEN)
    if _told(answer) is None:
        raise NotOffered("The challenge names no error.", "a resource that tells it")

    assert _tells(answer, "invalid_token")


@requirement("6750-3.1-S01", broken_by="resource-refresh-token-called-otherwise")
@tolerates(
    "legal-resource-challenge-by-scope",
    "legal-resource-second-challenge",
    "legal-resource-refresh-token-lacks-scope",
)
def test_a_refresh_token_is_called_invalid_or_weak(
    resource: ResourceEndpoint, clients: Clients, grant_for: GrantFor
) -> None:
    """The error told of a refresh token at a resource says what is wrong with token, request or scope, where told.

    A resource that introspects hears of a live token and need not hear of what kind. To it this one is without scope.
    """
    grant = grant_for(clients.confidential("refresh_token"))
    if not resource.admits(grant.access_token):
        raise CannotTest(f"The access token of the same grant does not open {resource.url}.")
    answer = resource.get_with(grant.refresh_token)
    if answer.is_success or _told(answer) is None:
        raise NotOffered("The challenge names no error.", "a resource that tells it")

    assert _tells(answer, "invalid_token", "invalid_request", "insufficient_scope")


@requirement("6750-3.1-S01", broken_by="resource-revoked-token-called-otherwise")
@tolerates(
    "legal-revoke-access-token-unsupported",
    "legal-revoke-ends-the-clients-own-tokens",
    "legal-resource-second-challenge",
)
def test_a_revoked_token_is_called_invalid(
    admission: Liveness,
    resource: ResourceEndpoint,
    revocation: RevocationEndpoint,
    source: TokenSource,
    admitted_token: str,
) -> None:
    """The error told of a token that was revoked is invalid_token, where one is told."""
    revoked = revocation.revoke(admitted_token, as_=source.client)
    if revoked.error == "unsupported_token_type":
        raise NotOffered("The server does not revoke access tokens.", "a server that does so")
    revoked.require_success("The revocation was refused")
    if not admission.is_dead(admitted_token):
        raise NotOffered(
            "The resource admits a token that was revoked, which another check judges.",
            "a resource that hears of revocations",
        )
    answer = resource.get_with(admitted_token)
    if _told(answer) is None:
        raise NotOffered("The challenge names no error.", "a resource that tells it")

    assert _tells(answer, "invalid_token")


@requirement("6750-3.1-S01", broken_by="resource-scope-called-invalid-token")
@tolerates("legal-revoke-ends-the-clients-own-tokens")
def test_a_weak_token_is_told_the_scope_is_insufficient(
    narrow_resource: ResourceEndpoint, weak_token: str
) -> None:
    """The error told of a live token that lacks the scope is insufficient_scope, where one is told."""
    answer = narrow_resource.get_with(weak_token)
    if answer.is_success or _told(answer) is None:
        raise NotOffered("The challenge names no error.", "a resource that tells it")

    assert _tells(answer, "insufficient_scope")


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3.1-S01", broken_by="resource-wrong-error-code")
@requirement("6750-3.1-S01", broken_by="resource-malformed-query-called-otherwise")
@requirement("6750-3.1-S01", broken_by="resource-malformed-form-called-otherwise")
@requirement("6750-3.1-S01", broken_by="resource-two-ways-called-otherwise")
@tolerates(
    "legal-resource-two-ways-accepted",
    "legal-resource-query-token-accepted",
    "legal-resource-body-of-any-type-accepted",
    "legal-resource-second-challenge",
)
def test_an_error_is_one_of_the_list(
    resource: ResourceEndpoint, refusals: dict[str, Answer], unauthenticated: Answer
) -> None:
    """Every error told, of a malformed query or form too, is of the list in section 3.1 or a registered extension.

    A resource may look for no token there. Then it was sent none, and another check judges that it tells an error.
    """
    bearer = ("Authorization", f"Bearer {UNKNOWN_TOKEN}")
    form = ("Content-Type", "application/x-www-form-urlencoded")
    elsewhere = {
        "a malformed query": resource.ask(query="access_token=%zz"),
        "a malformed form": resource.ask("POST", headers=[form], body=b"access_token=%zz"),
    }
    both = resource.ask("POST", headers=[bearer, form], body=f"access_token={UNKNOWN_TOKEN}".encode())
    cases = {case: answer for case, answer in elsewhere.items() if _told(answer) != _told(unauthenticated)}
    cases |= {case: answer for case, answer in refusals.items() if answer is not unauthenticated}
    cases["a token in header and form"] = both
    told = {case: error for case, answer in cases.items() if (error := _told(answer)) is not None}
    wrong = {
        case: f"error={shown(error)} in the challenge"
        for case, error in told.items()
        if error not in REGISTERED
    }

    assert no_exceptions(
        wrong, "an error of the list, or of a registered extension, in the challenge", of=cases
    )


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-09", broken_by="resource-challenge-without-error")
@tolerates("legal-resource-challenge-with-error-uri")
def test_a_refused_token_is_told_why(resource: ResourceEndpoint) -> None:
    """The challenge to a token that was never issued names an error."""
    answer = resource.get_with(UNKNOWN_TOKEN)

    assert fact(
        _told(answer),
        "an error in the challenge",
        f"{answer}; WWW-Authenticate: {shown(answer.header('www-authenticate'))}",
    ).seen_in(answer)


@requirement("6750-3.1-02", broken_by="resource-invalid-token-as-400")
@requirement("6750-3.1-02", broken_by="resource-invalid-token-as-403")
@requirement("6750-3.1-02", broken_by="resource-refusal-as-302")
def test_an_invalid_token_is_answered_with_401(refusals: dict[str, Answer]) -> None:
    """Every refusal that names invalid_token has status 401."""
    assert _have_status(401, refusals, "invalid_token")


@requirement("6750-3.1-01", broken_by="resource-invalid-request-as-401")
@tolerates("legal-resource-two-ways-accepted", "legal-resource-query-token-accepted")
def test_an_invalid_request_is_answered_with_400(refusals: dict[str, Answer]) -> None:
    """Every refusal that names invalid_request has status 400."""
    assert _have_status(400, refusals, "invalid_request")


@requirement("6750-3.1-04", broken_by="resource-scope-as-401")
def test_an_insufficient_scope_is_answered_with_403(
    narrow_resource: ResourceEndpoint, weak_token: str
) -> None:
    """A refusal that names insufficient_scope has status 403."""
    assert _have_status(
        403, {"a token without the scope": narrow_resource.get_with(weak_token)}, "insufficient_scope"
    )


def _tells(answer: Answer, *errors: str) -> Fact:
    """Whether the challenge of an answer tells one of these errors."""
    wanted = f"a challenge with error={' or '.join(errors)}"
    told = f"{answer}; error={shown(_told(answer))} in the challenge"
    fix = f"Tell error={' or '.join(errors)} in the challenge of such a refusal."
    return fact(_told(answer) in errors, wanted, told).seen_in(answer).mended_by(fix)


def _have_status(status: int, answers: dict[str, Answer], error: str) -> Fact:
    """Whether every refusal that names this error has this status."""
    found = {case: answer for case, answer in answers.items() if _told(answer) == error}
    if not found:
        raise NotOffered(f"No refusal names {error}.", "a resource that tells it")
    return all_of({f"{case}, with error={error}": each.has_status(status) for case, each in found.items()})


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3.1-05", broken_by="resource-code-without-token")
@tolerates("legal-resource-no-token-as-403", "legal-resource-challenge-by-scope")
def test_without_credentials_no_error_is_told(unauthenticated: Answer) -> None:
    """The challenge to a request without credentials holds no error information."""
    assert _tells_no_error(unauthenticated)


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3.1-05", broken_by="resource-code-for-another-scheme")
def test_to_another_scheme_no_error_is_told(resource: ResourceEndpoint, admitted_token: str) -> None:
    """The challenge to a request that uses another authentication scheme holds no error information."""
    if resource.get_with(admitted_token, scheme="Basic").is_success:
        raise NotOffered("The resource takes a token under the scheme Basic too.", "a resource that does not")
    answer = resource.ask(headers=[("Authorization", "Basic bm9ib2R5Om5vdGhpbmc=")])

    assert _tells_no_error(answer)


def _tells_no_error(answer: Answer) -> Fact:
    """Whether the challenge of an answer holds no error information."""
    told = [name for name in INFORMATION if _told(answer, name) is not None]
    came = f"WWW-Authenticate: {shown(answer.header('www-authenticate'))}"
    return fact(not told, f"a challenge without {', '.join(INFORMATION)}", came).seen_in(answer)
