"""A token that is bound to a key: what its answer, introspection and the resource say (RFC 9449 sections 5 to 7)."""

from __future__ import annotations

import pytest

from conformance.checks.proof_of_possession.conftest import AskWith, BoundToken, NewKey
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import IntrospectionEndpoint, ResourceEndpoint
from fixtures.errors import NotOffered
from fixtures.http.exchange import Answer
from fixtures.proof_of_possession import ProofKey
from fixtures.target import Target

pytestmark = pytest.mark.embedded(dpop=True)


@requirement("9449-5-03", broken_by="dpop-bound-token-called-bearer")
@requirement("9449-6.2-S02", broken_by="dpop-bound-token-called-bearer")
@tolerates("legal-dpop-access-token-unbound", "legal-dpop-proof-used-twice")
def test_a_bound_token_is_called_dpop(
    ask_with: AskWith, introspection: IntrospectionEndpoint, new_key: NewKey
) -> None:
    """A token that introspection tells a key of is given with the token_type DPoP."""
    answer = ask_with(new_key()).require_success("No token was given")
    told = introspection.introspect(answer.access_token or "").members.get("cnf")
    if not isinstance(told, dict) or "jkt" not in told:
        raise NotOffered("Introspection tells no key of the token.", "a server that binds its tokens")
    called = answer.members.get("token_type")

    assert fact(str(called).lower() == "dpop", "token_type DPoP", f"token_type: {shown(called)}")


@requirement("9449-6-01", broken_by="dpop-introspection-without-cnf")
@requirement("9449-6.2-S01", broken_by="dpop-introspection-without-cnf")
@requirement("9449-6.1-01", broken_by="dpop-introspection-of-another-key")
@tolerates("legal-dpop-access-token-unbound")
def test_introspection_tells_the_key(
    bound_token: BoundToken, introspection: IntrospectionEndpoint, new_key: NewKey
) -> None:
    """Introspection of a bound token tells the thumbprint of its key as cnf.jkt."""
    key = new_key()
    answer = introspection.introspect(bound_token(key))
    told = answer.members.get("cnf")
    jkt = told.get("jkt") if isinstance(told, dict) else None

    same = fact(jkt == key.thumbprint, f"cnf.jkt: {shown(key.thumbprint)}", f"cnf: {shown(told)}")
    assert same.of("9449-6.1-01" if jkt else "9449-6-01")


@requirement("9449-6.2-01", broken_by="dpop-introspection-says-bearer")
@tolerates("legal-dpop-access-token-unbound")
def test_introspection_calls_a_bound_token_dpop(
    bound_token: BoundToken, introspection: IntrospectionEndpoint, new_key: NewKey
) -> None:
    """Introspection of a bound token, where it tells a token_type, tells DPoP."""
    told = introspection.introspect(bound_token(new_key())).members.get("token_type")

    assert fact(told is None or str(told).lower() == "dpop", "token_type DPoP", f"token_type: {shown(told)}")


@pytest.fixture
def key(new_key: NewKey) -> ProofKey:
    """A fresh key."""
    return new_key()


@pytest.fixture
def token_at_the_resource(resource: ResourceEndpoint, bound_token: BoundToken, key: ProofKey) -> str:
    """A bound token that opened the resource with a proof; NotOffered where the resource knows no DPoP."""
    value = bound_token(key)
    answer = _ask(resource, value, key.prove("GET", resource.url, token=value))
    if not answer.is_success:
        raise NotOffered(
            f"The resource takes no bound token under the scheme DPoP: {answer.brief}.",
            "[resource] url of a resource that takes such tokens",
        )
    return value


def _ask(resource: ResourceEndpoint, token: str, *proofs: str) -> Answer:
    """GET with the token under the scheme DPoP, and with these proofs."""
    headers = [("Authorization", f"DPoP {token}"), *(("DPoP", proof) for proof in proofs)]
    return resource.ask(headers=headers)


@requirement("9449-7.2-01", broken_by="dpop-bound-token-taken-as-bearer")
def test_a_bound_token_is_no_bearer_token(resource: ResourceEndpoint, token_at_the_resource: str) -> None:
    """A bound token opens nothing under the scheme Bearer."""
    assert not resource.get_with(token_at_the_resource).is_success


@requirement("9449-7.1-01", broken_by="dpop-resource-needs-no-proof")
def test_a_bound_token_needs_a_proof(resource: ResourceEndpoint, token_at_the_resource: str) -> None:
    """A bound token opens nothing without a proof."""
    assert not _ask(resource, token_at_the_resource).is_success


@requirement("9449-7.1-01", broken_by="dpop-resource-takes-any-key")
@requirement("9449-6-02", broken_by="dpop-resource-takes-any-key")
def test_a_proof_of_another_key_opens_nothing(
    resource: ResourceEndpoint, token_at_the_resource: str, new_key: NewKey
) -> None:
    """A bound token opens nothing with a good proof of another key."""
    proof = new_key().prove("GET", resource.url, token=token_at_the_resource)

    assert not _ask(resource, token_at_the_resource, proof).is_success


@requirement("9449-4.3-13", broken_by="dpop-ath-unchecked")
@requirement("9449-7-01", broken_by="dpop-ath-unchecked")
def test_a_proof_is_for_its_own_token(
    resource: ResourceEndpoint, token_at_the_resource: str, key: ProofKey
) -> None:
    """A bound token opens nothing with a proof that hashes another token, or none."""
    other = key.prove("GET", resource.url, token="another-token-than-this-one")
    without = key.prove("GET", resource.url)

    assert not _ask(resource, token_at_the_resource, other).is_success
    assert not _ask(resource, token_at_the_resource, without).is_success


@requirement("9449-5.1-S01", broken_by="dpop-algorithm-none-announced")
@requirement("9449-11.6-01", broken_by="dpop-algorithm-none-announced")
def test_the_announced_algorithms_are_signatures(target: Target, new_key: NewKey) -> None:
    """The metadata list names of algorithms for proofs, and neither none nor one with a shared secret."""
    new_key()
    announced = target.metadata["dpop_signing_alg_values_supported"]
    odd = [one for one in announced if not isinstance(one, str) or one == "none" or one.startswith("HS")]

    assert fact(not odd, "asymmetric algorithms of signature", f"announced: {shown(announced)}")
