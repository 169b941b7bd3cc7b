"""Codes and refusals of requests that were pushed before the owner was sent with a reference to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.resource_indicators.conftest import Grants, LandingAt, codes_at, landings_by
from conformance.checks.support.controls import CodeFor
from conformance.checks.support.obtaining import codes_of
from conformance.checks.support.offered import pushed_authorization_endpoint
from fixtures.endpoints import AuthorizationEndpoint, PushedFirst
from fixtures.http.exchange import Send
from fixtures.owner.without_browser import OwnerSession
from fixtures.server_time import ServerTime
from fixtures.target import Target


@pytest.fixture(scope="session")
def authorization(
    authorization: AuthorizationEndpoint, target: Target, send: Send, server_time: ServerTime
) -> AuthorizationEndpoint:
    """The authorization endpoint, of which every request is pushed first."""
    return PushedFirst(
        url=authorization.url,
        parameters=authorization.parameters,
        pushing=pushed_authorization_endpoint(target, send, server_time, authorization),
    )


@pytest.fixture(scope="session")
def code_for(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> CodeFor:
    """Gets codes by pushed requests."""
    return codes_of(authorization, owner_session)


@pytest.fixture(scope="session")
def landing_at(authorization: AuthorizationEndpoint, owner_session: OwnerSession) -> LandingAt:
    """Opens pushed requests that name resources."""
    return landings_by(owner_session, authorization)


@pytest.fixture(scope="session")
def grants(grants: Grants, code_for: CodeFor) -> Grants:
    """Grants for two resources, which owners allowed by pushed requests."""
    return replace(grants, code_at=codes_at(code_for, grants.client))
