"""What a device is given, and who is given it (RFC 8628 sections 3.1 and 3.2)."""

from __future__ import annotations

import pytest

from conformance.checks.device.conftest import device_of
from conformance.checks.support.entropy import SAMPLES, hard_to_guess
from conformance.checks.support.expectations import expect_lifetime
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import Endpoint
from fixtures.http.exchange import Answer
from fixtures.target import Client
from fixtures.target.clients import Clients
from fixtures.target.values import DEVICE_GRANT

ENOUGH_BITS = 128
pytestmark = pytest.mark.embedded(device=True)


@requirement("8628-3.2-S01", broken_by="device-answers-201")
@requirement("8628-3.2-02", broken_by="device-without-user-code")
@requirement("8628-3.2-03", broken_by="device-without-verification-uri")
@tolerates("legal-device-without-interval", "legal-device-without-complete-uri")
def test_a_device_is_given_its_codes(given: Answer) -> None:
    """A device is answered with 200 and JSON that holds its code, a code for its owner and where she has to go."""
    assert given.has_status(200)
    assert given.has_type("application/json")
    assert given.holds_kind("device_code", str, "a string")
    assert given.holds_kind("user_code", str, "a string").of("8628-3.2-02")
    assert given.holds_kind("verification_uri", str, "a string").of("8628-3.2-03")


@requirement("8628-3.2-04", broken_by="device-without-expires-in")
def test_the_lifetime_of_the_codes_is_told(given: Answer) -> None:
    """The answer tells the lifetime of the codes as a positive number."""
    expect_lifetime(given)


@requirement("8628-3.2-S02", broken_by="device-interval-as-text")
@tolerates("legal-device-without-interval")
def test_the_interval_is_a_number(given: Answer) -> None:
    """An interval that is told is a number that is not negative."""
    told = given.members.get("interval", 5)
    right = isinstance(told, int | float) and not isinstance(told, bool) and told >= 0

    assert given.member_is("interval", right, "a number that is not negative, or left out")


@requirement("8628-5.2-01", broken_by="device-code-is-a-counter")
def test_a_device_code_holds_too_much_to_guess(devices: Endpoint, device_client: Client) -> None:
    """Device codes differ from one another by 128 bits or more that no clock and no counter accounts for."""
    answers = [
        devices.post({"scope": device_client.scope or None}, as_=device_client) for _ in range(SAMPLES)
    ]

    assert hard_to_guess(
        "device codes", [device_of(device_client, answer).code for answer in answers], ENOUGH_BITS
    )


@requirement("8628-3.1-02", broken_by="device-empty-scope-is-invalid")
def test_an_empty_scope_is_none(devices: Endpoint, device_client: Client) -> None:
    """A device that sends a scope without a value is answered as if it had sent none."""
    without = devices.post({}, as_=device_client)
    empty = devices.post([("scope", "")], as_=device_client)

    assert empty.has_status(without.status)


@requirement("8628-3.1-03", broken_by="device-unknown-parameter-refused")
def test_an_unknown_parameter_is_ignored(devices: Endpoint, device_client: Client) -> None:
    """A parameter that nobody defined changes nothing."""
    fields = {"scope": device_client.scope or None, "no_such_parameter": "1"}

    assert devices.post(fields, as_=device_client).is_success


@requirement("8628-3.1-05", broken_by="device-secret-unchecked")
@requirement("8628-3.1-05", broken_by="device-client-id-is-enough")
def test_a_confidential_client_authenticates(devices: Endpoint, clients: Clients) -> None:
    """A confidential client gets no codes with a wrong secret, nor by its name alone."""
    client = clients.first(
        lambda one: one.secret is not None and one.may(DEVICE_GRANT),
        "client with a secret and the device grant",
        f'[clients.web] secret = {{ env = ".." }}, grants = ["{DEVICE_GRANT}"]',
    )
    fields = {"scope": client.scope or None}
    devices.post(fields, as_=client).require_success(f"{client.name} got no device code")

    assert not devices.post(fields, as_=client.with_secret("not-the-secret-of-this-client")).is_success
    assert not devices.post(fields, as_=client, auth="none").is_success
