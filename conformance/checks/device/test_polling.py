"""What a device hears that polls: the truth, in time (RFC 8628 sections 3.4 and 3.5)."""

from __future__ import annotations

import pytest

from conformance.checks.device.conftest import Answering, Device, Poll
from conformance.checks.support.facts import no_exceptions
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.waiting import Patience
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer
from fixtures.server_time import ServerTime
from fixtures.target import Target
from fixtures.target.clients import Clients
from fixtures.target.values import DEVICE_GRANT

pytestmark = pytest.mark.embedded(device=True)
WAITING = ("authorization_pending", "slow_down")
SHORTER = "a server with a shorter interval"
RAISE = 5.0
"""Seconds by which slow_down raises the interval."""


def _heard(answer: Answer) -> Answer:
    """The answer to a poll after the owner answered; CannotTest where it says that she has not."""
    if answer.error in WAITING:
        raise CannotTest(
            f"The device hears {answer.error} after its owner answered: her way was not seen to end.",
            "Look at the pages behind verification_uri_complete: do they ask for more than signing in and consent?",
        )
    return answer


@requirement("8628-3.5-01", broken_by="device-pending-wrong-error")
@tolerates("legal-device-early-poll-is-pending", "legal-device-without-complete-uri")
def test_a_device_waits_while_nobody_has_answered(poll: Poll, device: Device) -> None:
    """A device whose owner has not answered hears authorization_pending, or slow_down."""
    answer = poll(device)

    assert not answer.grants_a_token
    assert answer.has_error(*WAITING)


@requirement("8628-3.5-02", broken_by="device-first-poll-is-early")
@tolerates("legal-device-without-interval", "legal-device-early-poll-is-pending")
def test_an_honest_device_is_not_slowed_down(
    poll: Poll, device: Device, server_time: ServerTime, patience: Patience
) -> None:
    """A device that waits for the interval before each poll, the first one too, never hears slow_down."""
    patience.require(2 * (device.interval + 1), "The time for two polls", SHORTER)
    answers = []
    for _ in range(2):
        server_time.let_pass(device.interval + 1)
        answers.append(poll(device))

    assert no_exceptions(
        [str(answer) for answer in answers if not answer.has_error("authorization_pending")],
        "authorization_pending at each poll",
    )


@requirement("8628-3.5-03", broken_by="device-slow-down-for-ever")
@tolerates("legal-device-without-interval", "legal-device-early-poll-is-pending")
def test_a_device_that_slows_down_is_heard_again(
    poll: Poll, device: Device, server_time: ServerTime, patience: Patience
) -> None:
    """A device that polled too early, and then waits for the raised interval, hears authorization_pending again."""
    patience.require(2 * (device.interval + RAISE + 1), "The time for two slower polls", SHORTER)
    early = [poll(device), poll(device)]
    raised = sum(answer.error == "slow_down" for answer in early) * RAISE
    heard = []
    for _ in range(2):
        server_time.let_pass(device.interval + raised + 1)
        heard.append(poll(device))

    assert heard[-1].has_error("authorization_pending")


@requirement("8628-3.5-04", broken_by="device-denial-wrong-error")
@requirement("8628-3.3-02", broken_by="device-denial-is-consent")
@tolerates("legal-device-early-poll-is-pending")
def test_a_denial_is_told(poll: Poll, device: Device, answering: Answering) -> None:
    """A device whose owner denied gets no token, and hears access_denied."""
    answering(device, allow=False)
    answer = _heard(poll(device))

    assert not answer.grants_a_token.of("8628-3.3-02")
    assert answer.has_error("access_denied")


@requirement("8628-3.5-S01", broken_by="device-consent-is-lost")
@requirement("8628-3.3-01", broken_by="device-consent-is-lost")
@tolerates("legal-device-early-poll-is-pending", "legal-device-without-interval")
def test_a_device_that_was_allowed_gets_a_token(
    poll: Poll, device: Device, answering: Answering, liveness: Liveness
) -> None:
    """A device whose owner allowed it gets an access token that is alive."""
    answering(device)
    answer = _heard(poll(device))

    assert answer.grants_a_token
    assert liveness.is_alive(answer.access_token or "")


@requirement("8628-3.5-05", broken_by="device-code-for-ever")
@tolerates("legal-device-early-poll-is-pending")
def test_a_device_code_gives_one_token(poll: Poll, device: Device, answering: Answering) -> None:
    """A device code that gave a token gives no second one."""
    answering(device)
    if not _heard(poll(device)).grants_a_token:
        raise CannotTest("The device code gave no token after its owner had allowed it.")

    assert not poll(device).grants_a_token


@requirement("8628-3.4-02", broken_by="device-code-for-every-client")
def test_a_device_code_is_its_own_clients(
    poll: Poll, device: Device, answering: Answering, clients: Clients
) -> None:
    """A device code that its owner has allowed gives another client no token."""
    other = clients.first(
        lambda one: one.may(DEVICE_GRANT) and one.id != device.client.id,
        "second client with the device grant",
        f'[clients.other] grants = ["{DEVICE_GRANT}"]',
    )
    answering(device)
    foreign = poll(device, as_=other)
    if not foreign.grants_a_token and not _heard(poll(device)).grants_a_token:
        raise CannotTest("The device code gave its own client no token after its owner had allowed it.")

    assert not foreign.grants_a_token


@requirement("8628-3.5-06", broken_by="device-code-never-expires")
def test_an_expired_device_code_is_told(
    poll: Poll, device: Device, patience: Patience, target: Target
) -> None:
    """A device code whose lifetime is over gets no token, and hears expired_token, or invalid_grant if forgotten."""
    lifetime = patience.require(
        device.lifetime or None, "A device code", "a server that tells how long a device code lives"
    )
    patience.once_over(device.code, lifetime + (target.leeway or 0.0))()

    answer = poll(device)

    assert not answer.grants_a_token
    assert answer.has_error("expired_token", "invalid_grant")


@requirement("8628-3.4-01", broken_by="device-missing-code-wrong-error")
def test_a_poll_without_a_code_is_invalid(poll: Poll, device: Device) -> None:
    """A poll without device_code is refused as invalid_request."""
    answer = poll(device, device_code=None)

    assert not answer.grants_a_token
    assert answer.has_error("invalid_request")
