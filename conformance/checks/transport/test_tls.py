"""How TLS is spoken where the server is reached by https: versions, cipher suites, certificates. No request is sent."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from conformance.checks.support.facts import fact, no_exceptions
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.http.tls_handshake import Handshake, Place, shake_hands
from fixtures.target import Target

OLDEST_ACCEPTED = ssl.TLSVersion.TLSv1_2
ACCEPTED = {"TLSv1.2", "TLSv1.3"}
WRONG_CERTIFICATE = {
    9: "not yet valid",
    10: "expired",
    23: "revoked",
    62: "another host",
    64: "another address",
}
"""OpenSSL's codes for what is wrong with a certificate whoever signed it. An unknown authority may be a private one."""


def _spoken(place: Place, target: Target) -> Handshake:
    """The handshake with everything on offer; CannotTest when the connection was closed without a word."""
    found = shake_hands(place, timeout=target.timeout)
    if not found.completed and not found.refusal:
        raise CannotTest(f"{place} closed the connection during the TLS handshake.", "Is the server up?")
    return found


@pytest.mark.embedded(tls=True)
@requirement("6750-5.2-04", broken_by="transport-tls-not-spoken")
@tolerates("legal-transport-tls-1-3-only", "legal-transport-http-welcomes")
def test_every_endpoint_speaks_tls(places: list[Place], target: Target) -> None:
    """Every host of an https endpoint answers a TLS handshake in TLS."""
    silent = [str(place) for place in places if _spoken(place, target).is_of_another_protocol]

    told = [f"no TLS at {each}" for each in silent]

    assert no_exceptions(told, "TLS at every endpoint").mended_by(
        "Let the port of each https URL speak TLS, or publish the port that does."
    )


@pytest.mark.embedded(tls=True)
@requirement("8414-6.1-01", broken_by="transport-tls-not-spoken")
@tolerates("legal-transport-tls-1-3-only")
def test_the_metadata_is_served_over_tls(place: Callable[[str], Place], target: Target) -> None:
    """The host under whose name the metadata is published answers a TLS handshake in TLS."""
    assert fact(
        not _spoken(place("issuer"), target).is_of_another_protocol,
        "TLS",
        f"another protocol at {place('issuer')}",
    ).mended_by("Let the port of the https URL speak TLS, or publish the port that does.")


@pytest.mark.embedded(tls=True)
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(
            "issuer", marks=pytest.mark.requirement("8414-6.1-02", broken_by="transport-tls-1-1-only")
        ),
        pytest.param(
            "introspection",
            marks=pytest.mark.requirement("7662-4-09", broken_by="transport-tls-1-1-only"),
        ),
    ],
)
@tolerates("legal-transport-tls-1-3-only")
def test_a_version_of_today_is_agreed_on(place: Callable[[str], Place], target: Target, name: str) -> None:
    """A client that offers every version of TLS is answered in 1.2 or newer."""
    found = _spoken(place(name), target)
    if not found.completed:
        raise CannotTest(f"{place(name)} refuses the handshake: {found.refusal}.")

    assert fact(found.version in ACCEPTED, f"{' or '.join(ACCEPTED)}", f"{found.version} at {place(name)}")


@pytest.mark.embedded(tls=True)
@requirement("7009-2-05", broken_by="transport-tls-1-0-accepted")
@tolerates("legal-transport-tls-1-3-only")
def test_obsolete_versions_are_refused(place: Callable[[str], Place], target: Target) -> None:
    """The host of the revocation endpoint refuses TLS 1.0 and 1.1, which RFC 8996 took out of RFC 6749."""
    where = place("revocation")
    _completed(shake_hands(where, oldest=OLDEST_ACCEPTED, timeout=target.timeout), where)

    obsolete = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    tried = [shake_hands(where, oldest=old, newest=old, timeout=target.timeout) for old in obsolete]

    assert no_exceptions(
        [f"a handshake in {found.version} at {where}" for found in tried if found.completed],
        "no handshake in TLS 1.0 or 1.1",
    ).mended_by("Switch TLS 1.0 and 1.1 off at this host.")


@pytest.mark.embedded(tls=True)
@requirement("6750-5.2-05", broken_by="transport-null-ciphers-accepted")
@requirement("6750-5.2-05", broken_by="transport-anonymous-ciphers-accepted")
@tolerates("legal-transport-tls-1-3-only")
def test_no_endpoint_goes_without_encryption(places: list[Place], target: Target) -> None:
    """No host of an endpoint agrees on a cipher suite that does not encrypt, or that shows no certificate."""
    assert no_exceptions(
        [agreed for place in places for agreed in _weak_suites(place, target)],
        "no cipher suite without encryption",
    )


@pytest.mark.embedded(tls=True)
@requirement("8414-6.1-04", broken_by="transport-null-ciphers-accepted")
@requirement("8414-6.1-04", broken_by="transport-anonymous-ciphers-accepted")
@tolerates("legal-transport-tls-1-3-only")
def test_the_metadata_is_never_served_without_encryption(
    place: Callable[[str], Place], target: Target
) -> None:
    """The host of the metadata agrees on no cipher suite that does not encrypt, or that shows no certificate."""
    assert no_exceptions(_weak_suites(place("issuer"), target), "no cipher suite without encryption")


def _weak_suites(place: Place, target: Target) -> list[str]:
    """The cipher suites without encryption or without a certificate that the server agrees on."""
    _completed(shake_hands(place, oldest=OLDEST_ACCEPTED, timeout=target.timeout), place)
    tried = [
        shake_hands(
            place,
            oldest=OLDEST_ACCEPTED,
            newest=ssl.TLSVersion.TLSv1_2,  # TLS 1.3 has no such cipher suites
            ciphers=f"{kind}:@SECLEVEL=0",
            timeout=target.timeout,
        )
        for kind in ("eNULL", "aNULL")
    ]
    return [f"{place} agrees on {found.cipher}" for found in tried if found.cipher is not None]


def _completed(control: Handshake, place: Place) -> None:
    """The positive control: a refusal means something only where an ordinary handshake works."""
    if not control.completed:
        raise CannotTest(f"An ordinary TLS handshake with {place} fails: {control.refusal or 'closed'}.")


@pytest.mark.embedded(tls=True)
@requirement("6749-10.9-01", broken_by="transport-certificate-expired")
@requirement("6749-10.9-01", broken_by="transport-certificate-of-another-host")
@tolerates("legal-transport-tls-1-3-only")
def test_every_certificate_is_valid_for_its_host(places: list[Place], target: Target) -> None:
    """Every host of an endpoint shows a certificate of its own name that is valid today."""
    wrong: list[str] = []
    for place in places:
        found = shake_hands(
            place,
            oldest=OLDEST_ACCEPTED,
            trusting=False,
            ca_file=target.ca_file,
            timeout=target.timeout,
        )
        code, told = found.certificate_problem or (0, found.refusal or "the connection was closed")
        if code in WRONG_CERTIFICATE:
            wrong.append(f"{place}: {told}")
        elif not found.completed:
            raise CannotTest(
                f"The certificate of {place} cannot be judged: {told}.",
                'A private authority belongs into the target file: [tls] ca_file = "ca.pem"',
            )

    assert no_exceptions(wrong, "a certificate that is valid for its host").mended_by(
        "Serve each host by a certificate of its own name that has not expired, and renew it in time."
    )
