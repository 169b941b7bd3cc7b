"""Clients that nobody registered, and what they ask: a server is judged by its refusals without a client of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fixtures.endpoints import Endpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.target import Client

SECRET = "a-secret-that-was-never-issued"
NOBODIES = {
    "a name": Client(name="nobody", id="no-such-client-was-registered", secret=SECRET),
    "a UUID": Client(name="nobody", id="5f0c1a52-0d4e-4b5e-9b7e-6c1f5a0e9d11", secret=SECRET),
    "reserved characters": Client(name="nobody", id="no such:client+100%&=~", secret=SECRET),
}
"""Identifiers of the kinds that servers give out, none of which any server can have given out."""

OF_UNREGISTERED: Mapping[str, Mapping[str, str]] = {
    "token": {"grant_type": "client_credentials"},
    "revocation": {"token": "a-token-that-was-never-issued"},
    "introspection": {"token": "a-token-that-was-never-issued"},
}
OF_ANOTHER_DEFECT = frozenset(
    {"unsupported_grant_type", "invalid_request", "invalid_scope", "invalid_grant", "unsupported_token_type"}
)
"""Errors that speak of the request: a server is free in what it looks at first."""


class AskUnregistered(Protocol):
    """Asks one endpoint as a client that nobody registered."""

    def __call__(
        self, who: Client | None, auth: str | None = None, *, to_read: bool = False, **sent: str | None
    ) -> Answer:
        """who: None for no credentials at all; auth: the method. to_read: whether the form of the refusal is judged.

        sent: `authorization` is a header field as it stands, `accept` another Accept field.
        CannotTest where there is no such endpoint; NotOffered where the server speaks of something else first, or
        where it fails each time and gives no refusal to be read: that it fails is told by another check.
        """
        ...


def require_an_endpoint(endpoint: Endpoint, caller: Client | None = None) -> None:
    """Raise CannotTest unless an empty form, or one of nobody, is refused here as an endpoint of OAuth refuses.

    A page, a redirect or a failure to whatever is asked says that the URL is another's, and nothing of clients.
    caller: a client of the target, whose question about a token may be answered by what introspection alone says.
    """
    for who in (None, next(iter(NOBODIES.values()))):
        answer = endpoint.post({}, as_=who, auth="client_secret_basic" if who else None, crash_counts=True)
        refuses = answer.status in {400, 401, 403}
        told = answer.error is not None or answer.header("www-authenticate") is not None
        if refuses and (told or (answer.status == 401 and answer.media_type != "text/html")):
            return
    if caller is not None and isinstance(_asked_by(endpoint, caller).members.get("active"), bool):
        return
    raise CannotTest(
        f"An empty form is not refused at {endpoint.url} as an endpoint of OAuth refuses it: {answer.brief}.",
        "Is the URL right? [endpoints] of the target file names another.",
    )


def _asked_by(endpoint: Endpoint, caller: Client) -> Answer:
    return endpoint.post({"token": "a-token-that-was-never-issued"}, as_=caller)


def serves_anybody(ask: AskUnregistered) -> bool:
    """Whether an endpoint answers with success who shows no credentials at all: then broken ones prove nothing."""
    try:
        return bool(ask(None).is_success)
    except NotOffered:
        return False


def _tells(answer: Answer) -> bool:
    return isinstance(answer.members.get("active"), bool)


def ask_unregistered(
    endpoint: Endpoint,
    fields: Mapping[str, str],
    who: Client | None,
    auth: str | None = None,
    *,
    to_read: bool = False,
    authorization: str | None = None,
    accept: str | None = "application/json",
) -> Answer:
    """What AskUnregistered says."""
    headers = [("Authorization", authorization)] if authorization is not None else []
    answer = endpoint.post(
        fields, as_=who, auth=auth, headers=headers, accept=accept, crash_counts=authorization is not None
    )
    if answer.status in {404, 405, 410, 501}:
        raise CannotTest(f"There is no such endpoint at {endpoint.url}: {answer.brief}.")
    if to_read and answer.is_failure:
        raise NotOffered(
            f"There is no refusal of a client that nobody registered: {answer.brief}.",
            "nothing in the target file; a server that refuses such a client",
        )
    if who is not None and _tells(answer) and _tells(endpoint.post(fields)):
        raise NotOffered(
            "The introspection endpoint looks at no credentials: it tells whoever asks.",
            "nothing in the target file; the check of 7662-2.1-08 judges it",
        )
    if authorization is None and answer.error in OF_ANOTHER_DEFECT:
        raise NotOffered(
            f"The server looks at the request before it looks at who asks: {answer.brief}.",
            "a client of the target file whose request is right: [clients.web]",
        )
    return answer
