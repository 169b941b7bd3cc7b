"""Devices that ask for codes, poll with them, and are allowed or denied by their owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest

from conformance.checks.support.controls import Issued
from conformance.checks.support.offered import url_of
from fixtures.endpoints import Endpoint, TokenEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer, Send
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.server_time import ServerTime
from fixtures.target import Client, Target
from fixtures.target.clients import Clients
from fixtures.target.values import DEVICE_GRANT

DEFAULT_INTERVAL = 5.0
"""Seconds between two polls where nothing is told (RFC 8628 section 3.2)."""


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a device was given. interval, lifetime: in seconds; place: where its owner goes and types user_code.

    complete: the link that holds the user code, empty where the server gives none.
    """

    client: Client
    code: str
    user_code: str
    place: str
    complete: str
    interval: float
    lifetime: float


@pytest.fixture(scope="session")
def devices(target: Target, send: Send, server_time: ServerTime) -> Endpoint:
    """The device authorization endpoint."""
    url = url_of(target, "device_authorization")
    return Endpoint(url=url, send=send, audience=target.audience, clock=server_time.epoch)


@pytest.fixture(scope="session")
def device_client(clients: Clients, devices: Endpoint) -> Client:
    """A client that is registered for the grant and was seen to get codes."""
    client = clients.first(
        lambda one: one.may(DEVICE_GRANT) and one.access_token_seconds is None,
        "client with the device grant",
        f'[clients.app] grants = ["{DEVICE_GRANT}"]',
    )
    devices.post({"scope": client.scope or None}, as_=client).require_success(
        f"{client.name} got no device code",
        f"Do grants and scope of [clients.{client.name}] match the server?",
    )
    return client


@pytest.fixture
def given(devices: Endpoint, device_client: Client) -> Answer:
    """The answer to a device that asked for its codes."""
    answer = devices.post({"scope": device_client.scope or None}, as_=device_client)
    return answer.require_success(f"{device_client.name} got no device code")


def device_of(client: Client, answer: Answer) -> Device:
    """What the answer gives the device; CannotTest where it gives no device code."""
    told = answer.members
    code, complete = told.get("device_code"), told.get("verification_uri_complete")
    if not isinstance(code, str) or not code:
        raise CannotTest(f"The answer holds no device_code: {answer.brief}.")
    return Device(
        client=client,
        code=code,
        user_code=_text(told.get("user_code")),
        place=_text(told.get("verification_uri")),
        complete=_text(complete),
        interval=_seconds(told.get("interval")) or DEFAULT_INTERVAL,
        lifetime=_seconds(told.get("expires_in")),
    )


def _text(told: object) -> str:
    return told if isinstance(told, str) else ""


def _seconds(told: object) -> float:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0.0


@pytest.fixture
def device(given: Answer, device_client: Client) -> Device:
    """A device that was given its codes."""
    return device_of(device_client, given)


class NewDevice(Protocol):
    """Lets another device of the same client ask for its codes."""

    def __call__(self) -> Device:
        """The device; CannotTest where it gets no codes."""
        ...


@pytest.fixture(scope="session")
def new_device(devices: Endpoint, device_client: Client) -> NewDevice:
    """Lets devices ask for their codes."""

    def ask() -> Device:
        answer = devices.post({"scope": device_client.scope or None}, as_=device_client)
        return device_of(device_client, answer.require_success(f"{device_client.name} got no device code"))

    return ask


class Poll(Protocol):
    """Asks the token endpoint whether the owner has answered."""

    def __call__(self, device: Device, /, *, as_: Client | None = None, **changes: str | None) -> Answer:
        """as_: another client than the device's. changes: parameters by name; None leaves one out."""
        ...


OF_THE_CLIENT = frozenset({"invalid_client", "unauthorized_client", "unsupported_grant_type"})
"""Errors of a poll that say nothing of its device code (RFC 6749 section 5.2)."""


@pytest.fixture(scope="session")
def poll(token: TokenEndpoint, issued: Issued) -> Poll:
    """Polls for a device (RFC 8628 section 3.4); CannotTest where its own client is refused for what it is."""

    def send(device: Device, /, *, as_: Client | None = None, **changes: str | None) -> Answer:
        client = as_ or device.client
        fields = {"grant_type": DEVICE_GRANT, "device_code": device.code, **changes}
        answer = issued.note(client, token.post(fields, as_=client))
        if client == device.client and answer.error in OF_THE_CLIENT:
            raise CannotTest(
                f"A poll of {client.name}, for which the device asked, is refused for who polls: {answer.brief}.",
                f"Do id, secret, auth and grants of [clients.{client.name}] match the server?",
            )
        return answer

    return send


class Answering(Protocol):
    """Lets the owner follow the link of a device, sign in, and answer."""

    def __call__(self, device: Device, /, *, allow: bool = True) -> Landing:
        """NotOffered where the server gives no link that holds the user code; CannotTest where she could not deny."""
        ...


@pytest.fixture(scope="session")
def answering(owner_session: OwnerSession) -> Answering:
    """Lets the owner answer a device."""

    def send(device: Device, /, *, allow: bool = True) -> Landing:
        if not device.complete:
            raise NotOffered(
                "The server gives no link that holds the user code.",
                "a server that tells verification_uri_complete",
            )
        landing = owner_session.opens(device.complete, (), allow=allow)
        if not allow and not owner_session.has_refused:
            raise CannotTest(
                "No page on the way of the link asked the owner, so that she denied nothing.",
                "Look at the pages behind verification_uri_complete: where may she deny?",
            )
        return landing

    return send
