"""Which requests a protected resource refuses: each like one that it was seen to admit, but for one thing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator

import pytest

from conformance.checks.resource.conftest import UNKNOWN_TOKEN, TokenSource
from conformance.checks.support.controls import CodeFor, GrantFor
from conformance.checks.support.facts import all_of
from conformance.checks.support.liveness import Liveness
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint, RevocationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target.clients import Clients


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-01", broken_by="resource-refusal-as-200")
@tolerates("legal-resource-second-challenge", "legal-resource-any-scheme-accepted")
def test_an_unknown_token_opens_nothing(resource: ResourceEndpoint) -> None:
    """A token that was never issued does not open the resource."""
    assert not resource.get_with(UNKNOWN_TOKEN).is_success


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-01", broken_by="resource-refusal-as-200")
@tolerates("legal-resource-no-token-as-403")
def test_without_a_token_nothing_opens(resource: ResourceEndpoint) -> None:
    """A request without any token does not open the resource."""
    assert not resource.ask().is_success


@requirement("6749-1.5-S01", broken_by="resource-refresh-token-accepted")
def test_a_refresh_token_opens_nothing(
    resource: ResourceEndpoint, clients: Clients, grant_for: GrantFor
) -> None:
    """A refresh token does not open the resource that the access token of the same grant opens."""
    grant = grant_for(clients.confidential("refresh_token"))
    if not resource.admits(grant.access_token):
        raise CannotTest(f"The access token of the same grant does not open {resource.url}.")

    assert not resource.admits(grant.refresh_token)


@pytest.mark.usefixtures("admitted_token")
@requirement("6750-3-01", broken_by="resource-code-accepted")
def test_an_authorization_code_opens_nothing(
    resource: ResourceEndpoint, clients: Clients, code_for: CodeFor
) -> None:
    """An authorization code in the place of an access token does not open the resource."""
    code = code_for(clients.confidential("authorization_code"))

    assert not resource.get_with(code.value).is_success


@requirement("6750-5.2-10", broken_by="resource-ignores-expiry")
@requirement("6750-5.2-10", broken_by="resource-ignores-life")
@tolerates("legal-token-signed")
def test_an_expired_token_opens_nothing(
    admission: Liveness, expired_admitted_token: Callable[[], str]
) -> None:
    """A token that opened the resource does not open it any more when its lifetime is over."""
    assert admission.has_expired(expired_admitted_token())


@requirement("7009-2.1-S05", broken_by="resource-ignores-revocation")
@requirement("7009-2.1-S05", broken_by="resource-ignores-life")
@tolerates("legal-revoke-access-token-unsupported")
def test_a_revoked_token_opens_nothing(
    admission: Liveness, revocation: RevocationEndpoint, source: TokenSource, admitted_token: str
) -> None:
    """A token that opened the resource does not open it any more when its revocation was answered with success."""
    answer = revocation.revoke(admitted_token, as_=source.client)
    if answer.error == "unsupported_token_type":
        raise NotOffered("The server does not revoke access tokens.", "a server that does so")
    answer.require_success("The revocation was refused")

    assert admission.is_dead(admitted_token)


@requirement("6750-3.1-S01", broken_by="resource-ignores-scope")
def test_a_token_without_the_scope_opens_nothing(narrow_resource: ResourceEndpoint, weak_token: str) -> None:
    """A token that lacks the scope of a resource does not open it."""
    assert not narrow_resource.admits(weak_token)


@requirement("6750-5.2-02", broken_by="resource-token-compared-by-its-beginning")
@tolerates("legal-resource-any-scheme-accepted")
def test_an_altered_token_opens_nothing(resource: ResourceEndpoint, admitted_token: str) -> None:
    """No alteration of a token that opens the resource opens it: changed, shortened, lengthened or unsigned."""
    answers = {how: resource.get_with(token) for how, token in _alterations(admitted_token)}

    assert all_of({how: ~answer.is_success for how, answer in answers.items()})


def _alterations(token: str) -> Iterator[tuple[str, str]]:
    """Ways to alter a token, each with its name. The last characters of base64url may stand for no bits: they stay."""
    middle, quarter = len(token) // 2, max(1, len(token) // 4)
    yield "one character changed in the middle", _changed(token, middle)
    yield "one character changed three quarters through", _changed(token, middle + quarter)
    yield "the last quarter cut off", token[:-quarter]
    yield "four characters added", token + "AAAA"
    header, dot, rest = token.partition(".")
    claims, last_dot, _ = rest.partition(".")
    if header.startswith("eyJ") and dot and last_dot:
        for algorithm in ("none", "None"):
            unsigned = json.dumps({"alg": algorithm, "typ": "JWT"}).encode("ascii")
            encoded = base64.urlsafe_b64encode(unsigned).rstrip(b"=").decode("ascii")
            yield f"no signature, and {algorithm} for alg", f"{encoded}.{claims}."


def _changed(token: str, place: int) -> str:
    place -= token[place] == "."
    return token[:place] + ("B" if token[place] == "A" else "A") + token[place + 1 :]
