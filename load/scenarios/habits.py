"""What the survey knows of a client's tokens, as a run needs it: who sees them, what the next does to the one before.

A server may show a token to some callers only, hand out a live token again, or end a client's token with its next
one: no RFC forbids it, so none of it is a finding, and a run has to know it. Nothing is judged here.
"""

from __future__ import annotations

from fixtures.errors import CannotTest, NotOffered
from fixtures.survey import RESOURCE, Habit
from fixtures.target import Client
from load.scenarios.setup import Setup

GRANT = "client_credentials"


def known(setup: Setup, client: Client) -> Setup:
    """The set-up with a caller that sees this client's own tokens, and what is known of them in its promises.

    NotOffered where no caller sees them. Where the survey says nothing of the client, nothing is taken to be unusual.
    """
    seeing = _with_a_seeing_caller(setup, client)
    habits = setup.promises.habits
    if setup.survey.holds(Habit.SAME_TOKEN) and client.id not in habits.again:
        habits.again.add(client.id)
        setup.note_once(
            f"{client.name} is given the same token again while it lives, which is the server's choice."
        )
    elif setup.survey.holds(Habit.ENDS_EARLIER_TOKEN) and client.id not in habits.one:
        habits.one.add(client.id)
        setup.note_once(
            f"A token of {client.name} ends the one before it, which is the server's choice: "
            "only the newest is expected to be active."
        )
    return seeing


def _with_a_seeing_caller(setup: Setup, client: Client) -> Setup:
    named = setup.introspection(setup.send).caller
    asked = {
        sight.witness for sight in setup.survey.sights if (sight.client, sight.grant) == (client.name, GRANT)
    }
    if not asked - {RESOURCE}:
        return setup
    seeing = [name for name in setup.survey.witnesses(client.name, GRANT) if name != RESOURCE]
    for name in (named.name, client.name, *seeing):
        caller = setup.target.clients[name]
        if name in seeing and caller.auth != "private_key_jwt":
            if name != named.name:
                setup.note_once(
                    f"{named.name} is not shown the tokens of {client.name}; {name} asks about them "
                    "(RFC 7662 section 2.2 leaves that to the server)."
                )
            return setup.with_caller(caller)
    if not _says_inactive(setup, client):
        return setup  # what is said is no answer to the question, which promises judge
    raise NotOffered(
        f"No caller sees the tokens of {client.name} as active ({', '.join(sorted(asked))} asked).",
        "[introspection] client = one that the server shows them to",
    )


def _says_inactive(setup: Setup, client: Client) -> bool:
    """Whether the caller is told that a new token is not active."""
    endpoint = setup.introspection(setup.send)
    token = setup.issue(client, 1)[0]
    try:
        answer = endpoint.introspect(token.value, as_=endpoint.caller)
    except CannotTest:
        return False
    return answer.status == 200 and answer.members.get("active") is False
