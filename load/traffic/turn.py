"""Turn: what is done about every answer that can be read at once, and then about the requests that follow them.

Nearly every answer comes whole, under a head that was seen before, and is followed by a call to the same place. That
way is written out here in two loops, for it is what a request costs: a fifth less of Python than with a call for each
answer. Everything else goes by `VirtualUser` and `Connection`.
"""

from __future__ import annotations

from time import perf_counter

from load.traffic.http.answer import recent
from load.traffic.http.connection import AGAIN, READ_BYTES, RESTED_SECONDS
from load.traffic.http.readiness import Ready
from load.traffic.iteration import Call, Reply
from load.traffic.virtual_user import Shared, VirtualUser


class Turn:
    """Takes turns for the virtual users of one process. shared: what they share."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def take(self, ready: Ready) -> None:
        """Read everything, then send everything: requests that are sent together wake a server once."""
        later: list[VirtualUser] = []
        try:
            self._read(ready, later)
        finally:
            self._send(later)

    def _read(self, ready: Ready, later: list[VirtualUser]) -> None:  # noqa: C901, PLR0912 - written out, see above
        shared = self._shared
        users, measurement, listener = shared.users, shared.measurement, shared.listener
        rows, second_end = measurement.rows, measurement.second_end
        name = ""
        for one in ready:
            user = users.get(one[0])
            if user is None or not user.quick:
                shared.readiness.call_back([one])
                continue
            try:
                data = user.receive(READ_BYTES)
            except AGAIN:
                continue
            except OSError as problem:
                user.broke(problem)
                continue
            head, call, iteration = recent.get(len(data)), user.call, user.iteration
            if head is None or call is None or iteration is None or not data.startswith(head.raw):
                user.received(data)
                continue
            done, sent = perf_counter(), user.sent
            reply = Reply(head.status, head, data[head.begin :], sent, done, user.asked)
            user.used = True
            try:
                following = iteration.send(reply)
            except StopIteration:
                following = None
            except Exception as problem:  # noqa: BLE001 - whatever an iteration lets out ends the run, and is told there
                shared.errors.append(problem)
                following = None
            if done >= second_end:
                rows, second_end, name = measurement.advance(done), measurement.second_end, ""
            if user.planned == sent:
                if call.name is not name:  # most calls of a turn are of one name
                    name = call.name
                    count = rows[name].count
                count((done - sent) * 1e9)
            else:
                measurement.ends(call.name, user.planned, sent, done)
            if reply.failure is not None or listener is not None:
                user.report(call, reply, user.planned, sent, done)
            if following is not call:
                if type(following) is not Call or following.origin is not user.origin:
                    user.leave(following)
                    continue
                user.call = following
            later.append(user)

    def _send(self, later: list[VirtualUser]) -> None:
        measurement = self._shared.measurement
        rows, second_end = measurement.rows, measurement.second_end
        name = ""
        for user in later:
            call, now = user.call, perf_counter()
            if call is None or not user.quick or now - user.sent > RESTED_SECONDS:
                user.go_on()
                continue
            if now >= second_end:
                rows, second_end, name = measurement.advance(now), measurement.second_end, ""
            if call.name is not name:
                name = call.name
                row = rows[name]
            row.at_once += 1
            user.asked = user.request = request = user.numbered(call) if call.traced else call.request
            user.planned = user.sent = user.since = now
            try:
                count = user.transmit(request)
            except OSError as problem:
                user.quick = False
                user.not_sent(request, problem)
                continue
            if count != len(request):
                user.quick = False
                user.send_rest(request, count)
