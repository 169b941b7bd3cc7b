"""A client assertion counts only when the client's own key signed just these claims (RFC 7523 section 3)."""

from __future__ import annotations

from conformance.checks.client_authentication.places import (
    JWT,
    Place,
    at,
    at_every_place,
    claims,
    present,
    signed,
)
from conformance.ledger.requirement import tolerates
from fixtures import assertion
from fixtures.errors import NotOffered
from fixtures.target import Client

STRICTLY = "Decode base64url strictly: refuse every character outside its alphabet (RFC 7515 section 2)."
"""What a fix looks like where an assertion with other characters is taken."""


@at(
    token={
        "7523-3-06": "client-assertion-alg-none-accepted",
        "8414-2-18": "client-assertion-alg-none-accepted",
    },
    revocation={"7523-3-06": "revoke-assertion-alg-none-accepted"},
    introspection={"7523-3-06": "introspect-assertion-alg-none-accepted"},
)
@tolerates("legal-client-body-failure-as-400", "legal-client-body-failure-without-challenge")
def test_an_unsigned_assertion_is_refused(place: Place) -> None:
    """An assertion that nobody signed is refused, however its header spells 'none'."""
    client = place.admitted(JWT)

    for algorithm in ("none", "None", "NONE", "nOnE"):
        attempt = present(place, client, assertion.unsigned(claims(place, client), algorithm=algorithm))

        assert not attempt.served


@at_every_place("7523-3-06", "assertion-signature-unchecked")
def test_an_assertion_of_a_foreign_key_is_refused(place: Place) -> None:
    """An assertion that a key signed which is not registered for the client is refused."""
    client = place.admitted(JWT)
    foreign = assertion.sign(claims(place, client), assertion.new_key(), key_id=client.key_id)

    attempt = present(place, client, foreign)

    assert not attempt.served


@at_every_place("7523-3-06", "assertion-signature-unchecked")
def test_an_assertion_of_another_clients_key_is_refused(place: Place, other_key_holder: Client) -> None:
    """An assertion that is signed with the key of another client is refused."""
    client = place.admitted(JWT)

    attempt = present(place, client, signed(other_key_holder, claims(place, client)))

    assert not attempt.served


@at_every_place("7523-3-06", "assertion-signature-unchecked")
def test_an_altered_assertion_is_refused(place: Place) -> None:
    """An assertion whose claims, header or signature was changed after it was signed is refused."""
    client = place.admitted(JWT)
    good, other = (signed(client, claims(place, client)).split(".") for _ in range(2))
    first = "A" if good[2][0] != "A" else "B"
    altered = {
        "the claims of another": [good[0], other[1], good[2]],
        "no signature": [good[0], good[1], ""],
        "a changed signature": [good[0], good[1], first + good[2][1:]],
        "half a signature": [good[0], good[1], good[2][: len(good[2]) // 2]],
    }

    for parts in altered.values():
        attempt = present(place, client, ".".join(parts))

        assert not attempt.served


@at(token={"7523-3-06": "client-assertion-rsa-signature-unchecked"})
def test_an_altered_rsa_signature_is_refused(place: Place, rsa_key_holder: Client) -> None:
    """An assertion whose RS256 signature was changed, or is of another key, is refused."""
    client = rsa_key_holder
    if not present(place, client, signed(client, claims(place, client))).served:
        raise NotOffered(
            f"The token endpoint does not serve {client.name}, which signs with RS256.",
            f'a [clients.NAME] with auth = "{JWT}", algorithm = "RS256", grants = ["client_credentials"]',
        )
    good = signed(client, claims(place, client)).split(".")
    first = "A" if good[2][0] != "A" else "B"
    foreign = assertion.sign(
        claims(place, client), assertion.new_key("RS256"), algorithm="RS256", key_id=client.key_id
    )

    for text in (".".join([good[0], good[1], first + good[2][1:]]), foreign):
        attempt = present(place, client, text)

        assert not attempt.served


@at_every_place("7523-3-06", "assertion-signature-of-any-length-accepted")
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-for-the-issuer-only")
def test_a_stretched_signature_is_refused(place: Place) -> None:
    """An ES256 signature of 65 octets (one zero added) is refused: it has 64 exactly (RFC 7518 section 3.4)."""
    client = place.admitted(JWT)
    if client.algorithm != "ES256":
        raise NotOffered(
            f"{client.name} does not sign with ES256.",
            f'a [clients.NAME] with auth = "{JWT}", algorithm = "ES256"',
        )
    signing_input, _, encoded = signed(client, claims(place, client)).rpartition(".")
    octets = assertion.decode(encoded)
    stretched = assertion.encode(octets[:32] + b"\x00" + octets[32:])

    attempt = present(place, client, f"{signing_input}.{stretched}")

    assert not attempt.served


@at_every_place("7523-3-07", "assertion-stray-characters-passed-over")
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-malformed-as-invalid-request")
def test_an_assertion_with_characters_beside_its_alphabet_is_refused(place: Place) -> None:
    """An assertion is refused that is good but for blanks or marks of exclamation within its signature."""
    client = place.admitted(JWT)

    for stray in ("!", "!!!!", " ", "    "):
        good = signed(client, claims(place, client))
        attempt = present(place, client, f"{good[:-9]}{stray}{good[-9:]}", crash_counts=True)

        assert attempt.refused.mended_by(STRICTLY), f"with {stray!r} in the signature"


@at_every_place("7523-3-06", "assertion-of-another-algorithm-crashes")
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-for-the-issuer-only")
def test_an_assertion_of_an_algorithm_that_does_not_fit_the_key_is_refused(place: Place) -> None:
    """An assertion of another family of algorithms than the client's key, under the name of that key, is refused."""
    client = place.admitted(JWT)
    other = "ES256" if client.algorithm.startswith(("RS", "PS")) else "RS256"
    foreign = assertion.sign(
        claims(place, client), assertion.new_key(other), algorithm=other, key_id=client.key_id
    )

    attempt = present(place, client, foreign, crash_counts=True)

    assert attempt.refused


@at_every_place("7523-3-07", "assertion-extension-ignored")
@tolerates("legal-client-body-failure-as-400", "legal-client-assertion-for-the-issuer-only")
def test_an_assertion_with_an_extension_that_nobody_knows_is_refused(place: Place) -> None:
    """An assertion that names an extension in crit is refused by a server that does not know the extension."""
    client = place.admitted(JWT)
    extended = assertion.sign(
        claims(place, client),
        client.key or "",
        algorithm=client.algorithm,
        key_id=client.key_id,
        header={"crit": ["x-conformance-probe"], "x-conformance-probe": "unknown"},
    )

    attempt = present(place, client, extended)

    assert (~attempt.served).mended_by(
        "Refuse a JWT whose header names an extension in crit that is not processed."
    )


@at_every_place("7523-3-06", "assertion-mac-of-the-public-key-accepted")
def test_a_public_key_is_no_secret(place: Place) -> None:
    """An assertion with a MAC whose secret is the client's public key is refused."""
    client = place.admitted(JWT)

    for secret in assertion.public_forms(client.key or ""):
        attempt = present(place, client, assertion.authenticated(claims(place, client), secret))

        assert not attempt.served


@at_every_place("7523-3-06", "assertion-own-key-accepted")
def test_an_assertion_brings_no_key_of_its_own(place: Place) -> None:
    """An assertion whose header holds the key that signed it, and which is not registered, is refused."""
    client = place.admitted(JWT)
    key = assertion.new_key()
    own = assertion.sign(claims(place, client), key, header={"jwk": assertion.public_jwk(key)})

    attempt = present(place, client, own)

    assert not attempt.served


@at_every_place("7523-3-07", "assertion-malformed-crashes")
@tolerates("legal-client-assertion-malformed-as-invalid-request")
def test_an_assertion_with_an_odd_header_is_refused(place: Place) -> None:
    """An assertion whose header is no JSON object with an algorithm is refused, and upsets nothing."""
    client = place.admitted(JWT)

    for header in (b"null", b"[]", b'"x"', b"1", b"{}", b'{"alg":null}', b'{"alg":[]}', b"not json", b""):
        _, payload, signature = signed(client, claims(place, client)).split(".")
        odd = f"{assertion.encode(header)}.{payload}.{signature}"
        attempt = present(place, client, odd, crash_counts=True)

        assert attempt.refused


@at_every_place("7523-3-07", "assertion-malformed-crashes")
@tolerates("legal-client-assertion-malformed-as-invalid-request")
def test_what_is_no_jwt_is_refused(place: Place) -> None:
    """A client_assertion that is no JWT, or whose claims are no object, is refused and upsets nothing."""
    client = place.admitted(JWT)
    header, payload, signature = signed(client, claims(place, client)).split(".")
    odd_claims = [assertion.encode(text) for text in (b"null", b"[]", b'"x"', b"7", b"{", b"\xff\xfe")]
    odd = [
        "x",
        "..",
        "a.b",
        f"{header}.{payload}",
        f"{header}.{payload}.{signature}.{signature}",
        f"{header}.{payload}.!!!",
        f"{header}.{payload}.A",
        f"A.{payload}.{signature}",
        f"\x00.{payload}.{signature}",
        "A" * 5_000,
        *(f"{header}.{each}.{signature}" for each in odd_claims),
    ]

    for text in odd:
        attempt = present(place, client, text, crash_counts=True)

        assert attempt.refused
