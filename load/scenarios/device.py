"""Many devices poll for their tokens (RFC 8628), each no sooner than it may; the owner has allowed some of them."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from time import perf_counter

from fixtures.errors import CannotTest
from fixtures.http.exchange import Answer
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client
from fixtures.target.values import DEVICE_GRANT
from load.scenarios.setup import Setup
from load.traffic.iteration import Call, Iteration, Iterations, Pause

DEFAULT_INTERVAL = 5.0
"""Seconds between two polls where nothing is told (RFC 8628 section 3.2)."""

SPARE_SECONDS = 1.5
"""What a device waits beyond its interval: servers count whole seconds."""

MOST_DEVICES = 2_000
MOST_ALLOWED = 20
"""Devices that the owner allows before the run: each takes her a few pages."""

ALLOWED_EVERY = 5
"""Every so many arrivals poll for a device that was allowed, until all of those have their tokens."""


@dataclass(slots=True)
class Device:
    """A device that polls. interval: in seconds; due: the instant of its next poll; has_token: whether it got one."""

    poll: Call
    interval: float
    due: float = 0.0
    has_token: bool = False


def polling(setup: Setup) -> Iterations:
    """Each arrival is a poll. Two in a row are of one device that was allowed: one token comes of them at most."""
    client = _client(setup)
    answers = [_given(setup, client) for _ in range(_how_many(setup))]
    waiting = deque(_device(setup, client, answer) for answer in answers)
    allowed = deque(device for device in _allowed(setup, client) for _ in range(2))
    owner = setup.clients.owner().username if allowed else ""
    promises = setup.promises
    arrived = 0

    def polls() -> Iteration:
        nonlocal arrived
        arrived += 1
        if allowed and (arrived % ALLOWED_EVERY < 2 or not waiting):
            yield from polls_for_a_token(allowed.popleft())
            return
        device = waiting.popleft()
        waiting.append(device)
        wait, device.due = device.due - perf_counter(), max(device.due, perf_counter()) + device.interval
        if wait > 0:
            yield Pause(wait)
        reply = yield device.poll
        promises.refused(reply, device.poll)
        if reply.status == 400 and b"slow_down" in reply.body:
            device.interval += DEFAULT_INTERVAL  # RFC 8628 section 3.5
            setup.note_once("The server tells devices slow_down that waited for their interval.")

    def polls_for_a_token(device: Device) -> Iteration:
        reply = yield device.poll
        if device.has_token:
            promises.refused_again(reply, device.poll, "device-code-once")
        elif reply.status == 200:
            device.has_token = True
            promises.granted(reply, device.poll, client, client.scope, owner=owner)
        else:
            promises.refused(reply, device.poll)

    return polls


def _client(setup: Setup) -> Client:
    return setup.clients.first(
        lambda each: (
            each.may(DEVICE_GRANT) and each.auth != "private_key_jwt" and each.access_token_seconds is None
        ),
        "client with the device grant",
        f'[clients.app] grants = ["{DEVICE_GRANT}"]',
    )


def _how_many(setup: Setup) -> int:
    """As many devices as poll so often that all arrivals are their polls."""
    interval = DEFAULT_INTERVAL + SPARE_SECONDS
    rate = setup.count / max(setup.seconds, 1.0)
    return max(1, min(setup.count, math.ceil(rate * interval), MOST_DEVICES))


def _given(setup: Setup, client: Client) -> Answer:
    """The codes that a device is given."""
    answer = setup.devices(setup.send).post({"scope": client.scope or None}, as_=client)
    return answer.require_success(f"{client.name} got no device code")


def _device(setup: Setup, client: Client, answer: Answer) -> Device:
    code, interval = answer.members.get("device_code"), answer.members.get("interval")
    if not isinstance(code, str):
        raise CannotTest(f"The answer for {client.name} holds no device_code: {answer.brief}.")
    fields = {"grant_type": DEVICE_GRANT, "device_code": code}
    poll = setup.call("device", lambda send: setup.token(send).post(fields, as_=client))
    seconds = float(interval) if isinstance(interval, int | float) else DEFAULT_INTERVAL
    return Device(poll, seconds + SPARE_SECONDS)


def _allowed(setup: Setup, client: Client) -> list[Device]:
    """Devices that the owner has allowed, by the link that holds the user code."""
    found: list[Device] = []
    session: OwnerSession | None = None
    for _ in range(min(MOST_ALLOWED, max(1, setup.count // (2 * ALLOWED_EVERY)))):
        answer = _given(setup, client)
        link = answer.members.get("verification_uri_complete")
        if not isinstance(link, str) or not link:
            setup.note_once("The server gives no link with the user code: no device was allowed.")
            break
        session = session or OwnerSession(setup.clients.owner(), setup.send, pages=setup.target.pages)
        session.opens(link, ())
        found.append(_device(setup, client, answer))
    return found
