"""A client gives its token back (RFC 7009), and the token is dead: when it was to be, and from then on."""

from __future__ import annotations

from load.scenarios.setup import Stage
from load.traffic.iteration import Journey, Journeys, Pause

LATER = 0.5
"""Seconds after which a token that was seen dead is looked at once more."""

LOOK_AGAIN = 0.02
"""Seconds between two looks at a token that is to die."""


def then_introspection(stage: Stage) -> Journeys:
    """Issued, revoked, looked at until it is dead, and looked at again later."""
    client = stage.requester()
    scope = client.scope or None
    get = stage.call("token", lambda send: stage.token(send).client_credentials(as_=client, scope=scope))
    revoke = stage.splice("revocation", lambda send, token: stage.revocation(send).revoke(token, as_=client))
    introspect = stage.introspect()
    watch = stage.watch
    looks = 2 + int(watch.propagation / LOOK_AGAIN)

    def gives_back() -> Journey:
        reply = yield get
        token = watch.granted(reply, get, client, scope)
        if token is None:
            return
        give_back, ask = revoke(token.value), introspect(token.value)
        reply = yield give_back
        if not watch.revoked(reply, give_back, token):
            return
        for _ in range(looks):
            reply = yield ask
            if watch.died(reply, ask, token, before=False):
                break
            yield Pause(LOOK_AGAIN)
        else:
            return
        yield Pause(LATER)
        reply = yield ask
        watch.rose_again(reply, ask, token)

    return gives_back
