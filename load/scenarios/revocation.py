"""A client gives its token back (RFC 7009), and the token is dead: when it was to be, and from then on."""

from __future__ import annotations

from load.scenarios.habits import known
from load.scenarios.setup import Setup
from load.traffic.iteration import Iteration, Iterations, Pause

LATER = 0.5
"""Seconds after which a token that was seen dead is looked at once more."""

LOOK_AGAIN = 0.02
"""Seconds between two looks at a token that is to die."""


def then_introspection(setup: Setup) -> Iterations:
    """Issued, revoked, looked at until it is dead, and looked at again later."""
    client = setup.requester()
    setup = known(setup, client)
    scope = client.scope or None
    get = setup.call("token", lambda send: setup.token(send).client_credentials(as_=client, scope=scope))
    revoke = setup.splice("revocation", lambda send, token: setup.revocation(send).revoke(token, as_=client))
    introspect = setup.introspect()
    promises = setup.promises
    looks = 2 + int(promises.propagation / LOOK_AGAIN)

    def revokes_a_token() -> Iteration:
        number = promises.asked(client)
        reply = yield get
        token = promises.granted(reply, get, client, scope, number=number)
        if token is None:
            return
        revocation, ask = revoke(token.value), introspect(token.value)
        promises.revoking(token)
        reply = yield revocation
        if not promises.revoked(reply, revocation, token):
            return
        for _ in range(looks):
            reply = yield ask
            if promises.revocation_seen(reply, ask, token, before=False):
                break
            yield Pause(LOOK_AGAIN)
        else:
            return
        yield Pause(LATER)
        reply = yield ask
        promises.active_again(reply, ask, token)

    return revokes_a_token
