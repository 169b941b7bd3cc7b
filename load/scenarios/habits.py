"""What a server does with several tokens of one client, learned by a few valid requests before the run.

A server may show a token to some callers only, hand out a live token again, or end a client's token with its next
one: no RFC forbids it, so none of it is a finding, and a run has to know it. Nothing is judged here.
"""

from __future__ import annotations

from fixtures.endpoints.introspection import IntrospectionEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.target import Client
from load.judging.tokens import Token
from load.scenarios.setup import Setup


def learn(setup: Setup, client: Client) -> Setup:
    """The set-up with a caller that sees this client's tokens, after learning what a second token does to the first.

    NotOffered where no caller sees them, or nothing can be asked about them; CannotTest where there is no token.
    """
    habits = setup.promises.habits
    seeing, token = _seeing(setup, client)
    if client.id in habits.known:
        return seeing
    habits.known.add(client.id)
    second = setup.issue(client, 1)[0]
    if second.value == token.value:
        habits.again.add(client.id)
        setup.promises.remember(second)
        setup.note_once(
            f"{client.name} is given the same token again while it lives, which is the server's choice."
        )
    elif _is_hidden(seeing, token) and not _is_hidden(seeing, second):
        habits.one.add(client.id)
        setup.promises.remember(second)
        setup.note_once(
            f"A token of {client.name} ends the one before it, which is the server's choice: "
            "only the newest is expected to be active."
        )
    return seeing


def _seeing(setup: Setup, client: Client) -> tuple[Setup, Token]:
    """The set-up whose caller sees a new token of the client, and that token."""
    named = setup.introspection(setup.send).caller
    token = setup.issue(client, 1)[0]
    callers = [named] if named.id == client.id or client.is_public else [named, client]
    for caller in callers:
        setup_of_caller = setup.with_caller(caller)
        if caller.auth != "private_key_jwt" and not _is_hidden(setup_of_caller, token):
            if caller is not named:
                setup.note_once(
                    f"{named.name} is not shown the tokens of {client.name}, which asks about them itself "
                    "(RFC 7662 section 2.2 leaves that to the server)."
                )
            return setup_of_caller, token
    raise NotOffered(
        f"No caller sees the tokens of {client.name} as active ({', '.join(each.name for each in callers)} asked).",
        "[introspection] client = one that the server shows them to",
    )


def _is_hidden(setup: Setup, token: Token) -> bool:
    """Whether the caller is told that the token is not active; an answer that says nothing of it is judged later."""
    endpoint: IntrospectionEndpoint = setup.introspection(setup.send)
    try:
        answer = endpoint.introspect(token.value, as_=endpoint.caller)
    except CannotTest:
        return False
    return answer.status == 200 and answer.members.get("active") is False
