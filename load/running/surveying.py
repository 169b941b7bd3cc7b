"""The survey before a run: what the server is like for its clients, learned once for all generators."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from fixtures.http.connection import Connection
from fixtures.owner.without_browser import OwnerSession
from fixtures.survey import Survey, learn
from fixtures.target import Owner, Target


def surveys(targets: Sequence[Target], *, owners: bool) -> list[Survey]:
    """What each target is like. owners: whether one may sign in for it."""
    return [_survey(target, owners=owners) for target in targets]


def _survey(target: Target, *, owners: bool) -> Survey:
    connection = Connection(
        timeout=target.timeout,
        requests_per_second=target.requests_per_second,
        headers=target.headers,
        ca_file=target.ca_file,
    )
    with closing(connection):

        def session(owner: Owner) -> OwnerSession:
            """At plain forms only: a browser does not go together with what Locust replaces."""
            return OwnerSession(owner, connection.send, pages=target.pages)

        return learn(target, connection.send, session if owners else None)
