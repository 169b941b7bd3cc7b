"""The parameter iss, by which an authorization response names its server (RFC 9207 section 2)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.support.addresses import is_https_or_loopback
from conformance.checks.support.facts import all_of, covers, equals, fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.urls import parts_of
from fixtures.owner.without_browser import Landing
from fixtures.target import Client, Target


@pytest.fixture
def granted(ask: Ask, target: Target, code_client: Client) -> Landing:
    """A redirect with a code, of a server whose metadata claim iss."""
    if target.metadata.get("authorization_response_iss_parameter_supported") is not True:
        raise NotOffered(
            "The server's metadata do not claim the parameter iss.",
            "authorization_response_iss_parameter_supported = true in the server's metadata",
        )
    landing = ask(code_client)
    if not landing.code:
        raise CannotTest("An ordinary authorization request ended without a code.")
    return landing


@requirement("mcp-2026-07-28-response-01", broken_by="authorize-iss-missing-on-success")
def test_the_server_names_itself_with_a_code(ask: Ask, code_client: Client) -> None:
    """The redirect with a code carries iss, whether or not the metadata announce it."""
    landing = ask(code_client)
    if not landing.code:
        raise CannotTest("An ordinary request ended without a code.")

    assert covers({**landing.query, **landing.form}, ["iss"], "parameters")


@requirement("9207-2-01", broken_by="authorize-iss-missing-on-success")
@requirement("9207-2-S02", broken_by="authorize-answers-with-iss-twice")
@tolerates("legal-authorize-with-other-parameters", "legal-authorize-with-a-dummy-fragment")
def test_a_code_comes_with_one_issuer(granted: Landing) -> None:
    """The redirect with the code carries iss, once."""
    assert fact(
        len(_issuers(granted)) == 1, "one parameter iss", f"{granted}; iss: {shown(_issuers(granted))}"
    )


@requirement("9207-2-01", broken_by="authorize-iss-missing-on-error")
@requirement("9207-2-S02", broken_by="authorize-answers-with-iss-twice")
def test_an_error_comes_with_one_issuer(granted: Landing, refusals: Mapping[str, Landing]) -> None:
    """Each redirect that reports an error carries iss, once, as the one with a code does."""
    counted = {what: len(_issuers(landing)) for what, landing in refusals.items()}

    assert granted.gives_code
    assert all_of(
        {
            what: fact(
                counted[what] == 1, "one parameter iss", f"{landing}, iss {counted[what]} times"
            ).seen_in(landing)
            for what, landing in refusals.items()
        }
    )


@requirement("9207-2.3-02", broken_by="authorize-iss-with-slash")
@requirement("9207-2-S01", broken_by="authorize-iss-wrong")
@tolerates("legal-authorize-with-other-parameters")
def test_the_issuer_is_the_server_itself(
    granted: Landing, refusals: Mapping[str, Landing], target: Target
) -> None:
    """Every iss is the issuer of the server's metadata, character by character."""
    told = {issuer for landing in (granted, *refusals.values()) for issuer in _issuers(landing)}
    if not told:
        raise CannotTest("No redirect carries iss, so there is none to compare.")

    wanted = target.metadata.get("issuer", target.issuer)
    nearly = {issuer.rstrip("/") for issuer in told} == {str(wanted).rstrip("/")}
    assert equals("iss", told, {wanted}).of("9207-2.3-02" if nearly else "9207-2-S01")


@requirement("9207-2-02", broken_by="authorize-iss-with-query")
def test_the_issuer_is_a_plain_https_url(granted: Landing) -> None:
    """The value of iss is an https URL with neither query nor fragment."""
    told = _issuers(granted)
    if not told:
        raise CannotTest("The redirect with the code carries no iss, so there is none to read.")

    assert fact(is_https_or_loopback(told[0]), "an iss that begins with https", f"iss={told[0]}")
    assert fact("?" not in told[0], "an iss without a query", f"iss={told[0]}")
    assert fact("#" not in told[0], "an iss without a fragment", f"iss={told[0]}")


def _issuers(landing: Landing) -> list[str]:
    """The values of iss, of the query and of the fragment."""
    parts = parts_of(landing.uri)
    pairs = [
        *parse_qsl(parts.query, keep_blank_values=True),
        *parse_qsl(parts.fragment, keep_blank_values=True),
    ]
    return [value for name, value in pairs if name == "iss"]
