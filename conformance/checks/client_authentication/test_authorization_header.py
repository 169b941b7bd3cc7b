"""What a client hears that tried the Authorization header and failed: 401, and a challenge (RFC 6749 section 5.2)."""

from __future__ import annotations

from conformance.checks.client_authentication.places import BASIC, ONCE, Attempt, Place, at
from conformance.checks.support.facts import as_json, no_exceptions
from conformance.ledger.requirement import tolerates
from fixtures.endpoints import basic, basic_raw
from fixtures.target import Client


@at(
    token={"6749-5.2-03": "client-failure-as-400", "2.1-3.2.4-01": "client-failure-as-400"},
    revocation={"7009-2.2.1-S01": "revoke-failure-as-400"},
    introspection={"7662-2.3-S01": "introspect-failure-as-400"},
)
def test_failed_basic_is_answered_401(place: Place) -> None:
    """A client that fails to authenticate by HTTP Basic is answered with status 401."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret("not-the-secret-of-this-client"))

    assert attempt.answer.has_status(401)


@at(
    token={"6749-5.2-03": "client-failure-without-challenge"},
    revocation={"7009-2.2.1-S01": "revoke-failure-without-challenge"},
    introspection={"7662-2.3-S01": "introspect-failure-without-challenge"},
)
@tolerates("legal-client-several-challenges", "legal-client-challenge-without-realm")
def test_failed_basic_is_challenged(place: Place) -> None:
    """The answer to failed HTTP Basic holds a WWW-Authenticate header."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret("not-the-secret-of-this-client"))

    assert attempt.answer.has_header("www-authenticate")


@at(
    token={"6749-5.2-03": "client-failure-wrong-challenge", "2.1-3.2.4-01": "client-failure-wrong-challenge"},
    revocation={"7009-2.2.1-S01": "revoke-failure-wrong-challenge"},
    introspection={"7662-2.3-S01": "introspect-failure-wrong-challenge"},
)
@tolerates(
    "legal-client-several-challenges",
    "legal-client-challenge-in-another-case",
    "legal-client-challenge-without-realm",
)
def test_failed_basic_is_challenged_with_basic(place: Place) -> None:
    """The WWW-Authenticate header after failed HTTP Basic holds a challenge of the same scheme, among others or not."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret("not-the-secret-of-this-client"))

    assert attempt.answer.challenges_by("Basic")


@at(
    token={"6749-5.2-03": "client-failure-challenge-malformed"},
    revocation={"7009-2.2.1-S01": "revoke-failure-challenge-malformed"},
    introspection={"7662-2.3-S01": "introspect-failure-challenge-malformed"},
)
@tolerates(
    "legal-client-several-challenges",
    "legal-client-challenge-in-another-case",
    "legal-client-challenge-without-realm",
)
def test_the_challenge_follows_its_grammar(place: Place) -> None:
    """The challenges after failed HTTP Basic are well formed, and none of them has a parameter twice, such as realm."""
    client = place.admitted(BASIC)

    attempt = place.ask(client, as_=client.with_secret("not-the-secret-of-this-client"))
    malformed = [f"WWW-Authenticate: {each}" for each in attempt.answer.malformed_challenges]

    assert no_exceptions(
        malformed,
        "WWW-Authenticate as in RFC 9110 section 11.6.1, with each parameter once in a challenge (section 11.2)",
        of=dict.fromkeys(malformed, attempt.answer),
    ).mended_by(ONCE)


@at(
    token={"6749-5.2-S05": "client-malformed-basic-crashes"},
    revocation={"7009-2.2.1-S01": "revoke-malformed-basic-crashes"},
    introspection={"7662-4-07": "introspect-malformed-basic-crashes"},
)
@tolerates("legal-client-malformed-header-as-400")
def test_malformed_basic_is_refused(place: Place) -> None:
    """An Authorization header that is no proper HTTP Basic is refused with 400 or 401, and upsets nothing."""
    client = place.admitted(BASIC)
    malformed = {
        "no credentials": ("Authorization", "Basic"),
        "nothing after the scheme": ("Authorization", "Basic "),
        "not base64": ("Authorization", "Basic !!!not*base64!!!"),
        "no colon": basic_raw(client.id.encode()),
        "no client identifier": basic_raw(f":{client.secret}".encode()),
        "nothing but a colon": basic_raw(b":"),
        "a broken percent triplet": basic_raw(b"%zz%:%"),
        "bytes that are not UTF-8": basic_raw(b"\xff\xfe:\xff"),
    }

    for what, header in malformed.items():
        attempt = place.ask(client, as_=None, headers=[header], crash_counts=True)

        expect_refused(place, attempt, f"with {what}")


@at(
    token={"6749-5.2-S05": "client-any-scheme-is-basic"},
    revocation={"7009-2.1-S03": "revoke-any-scheme-is-basic"},
    introspection={"7662-4-07": "introspect-any-scheme-is-basic"},
)
@tolerates("legal-client-malformed-header-as-400")
def test_an_unknown_scheme_is_refused(place: Place) -> None:
    """An Authorization header of a scheme that carries no password is refused, whatever stands behind it."""
    client = place.admitted(BASIC)
    good = basic(client.id, client.secret or "")[1].removeprefix("Basic ")

    for scheme in ("Bearer", "Digest", "Negotiate"):
        attempt = place.ask(
            client, as_=None, headers=[("Authorization", f"{scheme} {good}")], crash_counts=True
        )

        expect_refused(place, attempt, f"with the scheme {scheme}")


@at(
    token={"6749-5.2-S05": "client-odd-identifier-crashes"},
    revocation={"7009-2.2.1-S01": "revoke-odd-identifier-crashes"},
    introspection={"7662-4-07": "introspect-odd-identifier-crashes"},
)
@tolerates("legal-client-malformed-header-as-400", "legal-client-body-failure-as-400")
def test_odd_client_identifiers_are_refused(place: Place) -> None:
    """A client_id of control characters, of foreign letters or of great length is refused with 400 or 401."""
    client = place.admitted(BASIC)

    for odd in ("\x00", "\r\nx: y", "\x07\x1b[2J", "\u202e\u0416\U0001f600", "' OR '1'='1", "a" * 4000):
        unknown = Client(name="odd", id=odd, secret="no-secret")
        for auth in (BASIC, "client_secret_post"):
            attempt = place.ask(client, as_=unknown, auth=auth, crash_counts=True)

            expect_refused(place, attempt, f"with client_id {as_json(odd[:20])} by {auth}")


def expect_refused(place: Place, attempt: Attempt, case: str) -> None:
    """Refused as a failed or a malformed authentication is, and never served; an upset server is no refusal.

    Section 5.2 of RFC 6749 gives 400 and 401. At introspection, where callers may show other things than client
    credentials, RFC 7662 fixes the status only for client credentials that are wrong.
    """
    __tracebackhide__ = True
    statuses = range(400, 500) if place.name == "introspection" else (400, 401)
    assert not attempt.served, f"served {case}"
    assert attempt.answer.has_status(*statuses), f"answered {attempt.status} {case}"
