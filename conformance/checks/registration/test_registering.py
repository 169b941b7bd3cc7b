"""What a registration is answered with, and what is refused (RFC 7591 sections 2, 3.2 and 5)."""

from __future__ import annotations

import re
import time

import pytest

from conformance.checks.registration.conftest import issue_time
from conformance.checks.support.entropy import hard_to_guess
from conformance.checks.support.facts import fact
from conformance.checks.support.registering import Register
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer

VSCHAR = re.compile(r"[\x20-\x7e]+\Z")
INVALID = frozenset({"invalid_redirect_uri", "invalid_client_metadata"})
ENOUGH_BITS = 128
DAY = 86_400
SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
SCRIPTS = ("javascript:alert(1)", "javascript://127.0.0.1/%0Aalert(1)", "data:text/html,hello")
YEAR = 366 * 86400
"""By how many seconds a server's clock may be ahead of ours: it may have been moved on, to see tokens expire."""
NO_ADDRESS = "/relative/path"
"""Not a redirection URI in any reading of RFC 6749 section 3.1.2, so every server refuses it or leaves it out."""


@requirement("7591-3.2.1-01", broken_by="register-without-client-id")
@requirement("7591-3.2.1-05", broken_by="register-answers-200")
@requirement("7591-3.2.1-05", broken_by="register-html-type")
@tolerates("legal-register-more-members")
def test_a_registered_client_is_told_its_identifier(registered: Answer) -> None:
    """A registration is answered with 201, and a JSON object that holds the client_id."""
    assert registered.has_status(201).of("7591-3.2.1-05")
    assert registered.has_type("application/json").of("7591-3.2.1-05")
    assert registered.holds_kind("client_id", str, "a string")


@requirement("6749-2.2-S01", broken_by="register-same-client-id")
def test_no_two_clients_get_one_identifier(registered: Answer, register: Register) -> None:
    """Two registrations get two client identifiers."""
    second = register().require_success("A second client was not registered")

    assert not second.holds("client_id", registered.members.get("client_id"))


def _secret(answer: Answer) -> str:
    secret = answer.members.get("client_secret")
    if not isinstance(secret, str):
        raise NotOffered(
            "The server gives registered clients no secret.", "client_secret_basic at registration"
        )
    return secret


@requirement("7591-3.2.1-02", broken_by="register-same-secret")
def test_no_two_clients_get_one_secret(registered: Answer, register: Register) -> None:
    """Two registered clients get two secrets."""
    second = register().require_success("A second client was not registered")

    assert fact(
        _secret(second) != _secret(registered),
        "client secrets that differ",
        "the same client_secret for two clients",
    )


@requirement("6749-10.10-02", broken_by="register-secret-short")
def test_a_client_secret_holds_too_much_to_guess(registered: Answer, register: Register) -> None:
    """A generated client secret has 128 bits or more that cannot be predicted."""
    more = [register().require_success("Another client was not registered") for _ in range(2)]

    assert hard_to_guess("client secrets", [_secret(answer) for answer in (registered, *more)], ENOUGH_BITS)


@requirement("7591-3.2.1-07", broken_by="register-secret-not-told")
@tolerates("legal-register-makes-clients-public")
def test_a_client_with_a_secret_is_told_it(registered: Answer) -> None:
    """A client that is registered to authenticate by a secret is given one."""
    if registered.members.get("token_endpoint_auth_method") not in SECRET_METHODS:
        raise NotOffered(
            "The server does not say that it registered a client with a secret.",
            "client_secret_basic at registration",
        )

    assert registered.holds_kind("client_secret", str, "a string")


@requirement("7591-3.2.1-03", broken_by="register-secret-expiry-missing")
@requirement("7591-3.2.1-03", broken_by="register-secret-expired-long-ago")
@tolerates("legal-register-secret-expires")
def test_the_end_of_a_secret_is_told(registered: Answer) -> None:
    """With a secret comes the time at which it expires, in seconds and not past, or 0."""
    _secret(registered)
    expires_at = registered.members.get("client_secret_expires_at")

    assert registered.member_is(
        "client_secret_expires_at",
        isinstance(expires_at, int) and not isinstance(expires_at, bool),
        "a whole number",
    )
    assert registered.member_is(
        "client_secret_expires_at",
        expires_at == 0 or (expires_at or 0) > time.time() - DAY,
        "0, or a time to come",
    )


@requirement("7591-3.2.1-06", broken_by="register-issue-time-in-milliseconds")
@tolerates("legal-register-does-not-tell-issue-time")
def test_the_time_of_issue_is_told_in_seconds(registered: Answer) -> None:
    """Where the answer says when the client identifier was issued, it does so in seconds, and not of years ahead."""
    issued_at = issue_time(registered)

    assert registered.holds_kind("client_id_issued_at", (int, float), "a number")
    assert registered.member_is(
        "client_id_issued_at",
        issued_at is not None and issued_at < time.time() + YEAR,
        "in seconds since 1970",
    )


@requirement("7591-3.2.1-04", broken_by="register-metadata-not-echoed")
@requirement("7591-3.2.1-04", broken_by="register-grant-types-as-string")
@tolerates("legal-register-more-members")
def test_what_was_registered_is_told(registered: Answer) -> None:
    """The answer tells the redirection URIs and the grant types that are now registered."""
    assert registered.holds_kind("redirect_uris", list, "a list")
    assert registered.member_is(
        "grant_types", isinstance(registered.members.get("grant_types", []), list), "a list"
    )


@requirement("6749-A.1-S01", broken_by="register-client-id-charset")
def test_a_client_identifier_is_printable(registered: Answer) -> None:
    """An issued client identifier consists of printable ASCII characters."""
    assert registered.member_is(
        "client_id", VSCHAR.match(str(registered.members.get("client_id"))), "printable ASCII"
    )


@requirement("6749-A.2-S01", broken_by="register-secret-charset")
def test_a_client_secret_is_printable(registered: Answer) -> None:
    """An issued client secret consists of printable ASCII characters."""
    assert registered.member_is("client_secret", VSCHAR.match(_secret(registered)), "printable ASCII")


@requirement("7591-2-01", broken_by="register-unknown-member-refused")
@tolerates("legal-register-unknown-member-kept")
@pytest.mark.usefixtures("registered")
def test_unknown_metadata_is_ignored(register: Register) -> None:
    """A member that no specification defines does not keep a client from being registered."""
    answer = register(x_conformance_probe="ignored")

    assert answer.is_success


def _refusal(register: Register) -> Answer:
    answer = register(redirect_uris=[NO_ADDRESS])
    uris = answer.members.get("redirect_uris")
    if answer.is_success and isinstance(uris, list) and NO_ADDRESS in uris:
        raise CannotTest(
            f"The server registered {NO_ADDRESS!r} as a redirection URI, so no refusal was seen."
        )
    if answer.status == 201:
        raise NotOffered(
            "The server replaces invalid redirection URIs instead of refusing.", "nothing: it may"
        )
    return answer


@requirement("7591-3.2.2-01", broken_by="register-error-as-200")
@requirement("7591-3.2.2-01", broken_by="register-error-html-type")
@requirement("7591-3.2.2-02", broken_by="register-wrong-error")
@pytest.mark.usefixtures("registered")
def test_invalid_metadata_is_refused_in_json(register: Register) -> None:
    """A relative redirection URI is refused with 400 and a JSON object that holds a registration error."""
    answer = _refusal(register)

    assert answer.has_status(400)
    assert answer.has_type("application/json")
    assert answer.has_error(*INVALID).of("7591-3.2.2-02")


@requirement("7591-5-01", broken_by="register-redirect-uris-optional")
@tolerates("legal-register-drops-the-code-grant")
@pytest.mark.usefixtures("registered")
def test_a_client_that_is_redirected_to_registers_where(register: Register) -> None:
    """A client of the code grant is not registered without a redirection URI."""
    answer = register(redirect_uris=None)
    grants = answer.members.get("grant_types", ["authorization_code"])

    assert not answer.is_success or answer.member_is(
        "redirect_uris",
        answer.members.get("redirect_uris") or "authorization_code" not in grants,
        "there for a client of the grant authorization_code",
    )


@pytest.mark.embedded(implicit=True)
@requirement("7591-5-04", broken_by="register-redirect-uris-optional")
@tolerates("legal-register-drops-the-code-grant")
def test_a_client_of_the_implicit_grant_registers_where(register: Register) -> None:
    """A client of the implicit grant is not registered without a redirection URI."""
    implicit = {"grant_types": ["implicit"], "response_types": ["token"]}
    if not register(**implicit).is_success:
        raise NotOffered("The server registers no clients of the implicit grant.", "implicit at registration")
    answer = register(**implicit, redirect_uris=None)

    assert not answer.is_success or answer.member_is(
        "redirect_uris",
        answer.members.get("redirect_uris") or "implicit" not in (answer.members.get("grant_types") or []),
        "there for a client of the grant implicit",
    )


@requirement("7591-5-02", broken_by="register-http-accepted")
@pytest.mark.usefixtures("registered")
def test_a_web_site_in_the_clear_is_not_registered(register: Register) -> None:
    """A plain http redirection URI on another host is not registered."""
    _is_not_registered(register, "http://client.example/cb")


@pytest.mark.parametrize("uri", SCRIPTS)
@requirement("7591-5-02", broken_by="register-any-scheme-accepted")
@pytest.mark.usefixtures("registered")
def test_a_script_is_not_registered(register: Register, uri: str) -> None:
    """A redirection URI of a scheme that belongs to no application, such as javascript, is not registered."""
    _is_not_registered(register, uri)


@pytest.mark.parametrize("uri", SCRIPTS)
@requirement("7591-5-02", broken_by="register-scripts-of-installed-applications-accepted")
def test_a_script_is_not_registered_for_an_installed_application(register: Register, uri: str) -> None:
    """A scheme that belongs to no application, such as javascript, is not registered for a native application."""
    installed = {"application_type": "native", "token_endpoint_auth_method": "none"}
    if not register(**installed, redirect_uris=["http://127.0.0.1/cb"]).is_success:
        raise NotOffered("The server registers no installed applications.", "public clients at registration")

    _is_not_registered(register, uri, **installed)


@requirement("6749-3.1.2-03", broken_by="register-fragment-accepted")
@pytest.mark.usefixtures("registered")
def test_a_uri_with_a_fragment_is_not_registered(register: Register) -> None:
    """A redirection URI with a fragment is not registered as it is."""
    _is_not_registered(register, "https://client.example/cb#part")


def _is_not_registered(register: Register, uri: str, **more: str) -> None:
    __tracebackhide__ = True
    answer = register(**more, redirect_uris=[uri])

    assert not answer.is_success or answer.member_is(
        "redirect_uris", uri not in (answer.members.get("redirect_uris") or []), f"without {uri}"
    )


@requirement("7591-3.2.2-02", broken_by="register-redirect-refusal-wrong-error")
@tolerates("legal-register-drops-the-code-grant")
@pytest.mark.usefixtures("registered")
def test_a_refused_redirection_uri_is_told_by_its_code(register: Register) -> None:
    """Where a redirection URI is refused with 400, or its absence, the error is one of those for registrations."""
    wrong = ("https://client.example/cb#part", "http://client.example/cb", "https://[client.example/cb", None)

    for uri in wrong:
        answer = register(redirect_uris=[uri] if uri else None)

        assert not answer.has_status(400) or answer.has_error(*INVALID), f"told of {uri!r} by {answer.error}"


@requirement("7591-2.1-01", broken_by="register-contradictions-accepted")
@tolerates("legal-register-drops-what-contradicts")
@pytest.mark.usefixtures("registered")
def test_no_client_is_registered_into_a_contradiction(register: Register) -> None:
    """A client that asks for the response type code without the code grant is refused or given one that fits."""
    answer = register(grant_types=["client_credentials"], response_types=["code"])
    told = [answer.members.get(name) for name in ("grant_types", "response_types")]
    grants, responses = (each if isinstance(each, list) else [] for each in told)

    assert not answer.is_success or answer.member_is(
        "grant_types",
        not grants or "authorization_code" in grants or "code" not in responses,
        "with authorization_code where response_types has code, or a refusal",
    )


@requirement("7591-5-03", broken_by="register-any-link-accepted")
@tolerates("legal-register-drops-links")
@pytest.mark.usefixtures("registered")
def test_a_link_that_is_a_script_is_not_registered(register: Register) -> None:
    """The links that an owner is shown of a client, such as its home page, are not registered when they are scripts."""
    for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri"):
        answer = register(**{name: SCRIPTS[0]})

        assert not (answer.is_success and answer.holds(name, SCRIPTS[0])), f"registered a script as {name}"


@requirement("9700-2.6-02", broken_by="register-client-chooses-its-id")
@requirement("9700-4.15.1-01", broken_by="register-client-chooses-its-id")
@pytest.mark.usefixtures("registered")
def test_a_client_does_not_choose_its_identifier(register: Register, owner_names: list[str]) -> None:
    """A client that asks for the name of a resource owner as its client_id gets another one."""
    if not owner_names:
        raise NotOffered("The target file names no resource owner.", "[owners.alice] username")
    answer = register(client_id=owner_names[0])

    assert not answer.holds("client_id", owner_names[0])
