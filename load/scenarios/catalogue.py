"""The catalogue: which scenarios there are, and how each is usually run: at what rate, in what shape, how long."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace

from fixtures.errors import BadTarget, NotOffered
from fixtures.target import Target
from fixtures.target.clients import Clients
from fixtures.target.values import DEVICE_GRANT
from load.scenarios import code, introspection, mixed, refresh, revocation, token
from load.scenarios.device import polling
from load.scenarios.exchange import for_each_resource
from load.scenarios.proof import bound_tokens
from load.scenarios.pushed import then_code
from load.scenarios.resource import in_turn
from load.scenarios.setup import Setup
from load.traffic.iteration import Iterations

SHAPES = ("constant", "poisson", "spike", "ramp", "saturation", "compare")
"""How arrivals come. constant: evenly; poisson: at random; spike: a burst in the middle; ramp: in steps upward;
saturation: by the search for the highest rate within the budgets; compare: two targets in alternating windows."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is asked of a server, and how it is usually run.

    rate: arrivals a second, the highest of a spike, a ramp or a search; seconds: how long, of one step of a search.
    requests: how many an arrival comes to, on average. needs: the grant without which it asks next to nothing.
    mixes: whether it does what other scenarios do.
    """

    name: str
    description: str
    prepare: Callable[[Setup], Iterations]
    shape: str = "poisson"
    rate: float = 100.0
    seconds: float = 20.0
    requests: float = 1.0
    needs: str = "client_credentials"
    mixes: bool = False

    @property
    def asks_owners(self) -> bool:
        """Whether owners sign in for it."""
        return self.mixes or self.needs != "client_credentials"


_DEFAULT = Scenario(
    name="default",
    description="Introspection, tokens, and now and then a request that is to be refused.",
    prepare=mixed.usual,
    requests=1.08,
    shape="constant",
)

_ALL = (
    _DEFAULT,
    Scenario(
        name="token",
        description="Tokens by client credentials, the secret by HTTP Basic.",
        prepare=token.by_basic,
    ),
    Scenario(
        name="token-post",
        description="Tokens by client credentials, the secret in the body.",
        prepare=token.by_body,
    ),
    Scenario(
        name="token-jwt",
        description="Tokens by client credentials, each with an assertion that was signed before the run.",
        prepare=token.by_assertion,
    ),
    Scenario(
        name="introspection",
        description="Introspection of active, expired, revoked, invented and foreign tokens, as [load] mix says.",
        prepare=introspection.mix,
    ),
    Scenario(
        name="token-introspection",
        description="A token, and its introspection at once.",
        requests=2,
        prepare=introspection.after_issue,
        rate=50,
    ),
    Scenario(
        name="refresh",
        description="Chains of refresh tokens that rotate.",
        prepare=refresh.chains,
        rate=30,
        requests=1.04,
        needs="refresh_token",
    ),
    Scenario(
        name="code",
        description="Codes that were minted beforehand are exchanged, some twice.",
        prepare=code.exchange,
        rate=5,
        requests=1.2,
        needs="authorization_code",
    ),
    Scenario(
        name="revocation",
        description="A token is revoked, introspected until it is dead, and again later.",
        prepare=revocation.then_introspection,
        rate=20,
        requests=4,
    ),
    Scenario(
        name="dpop",
        description="Tokens that are bound to a key, each with a proof that was signed before the run.",
        prepare=bound_tokens,
        requests=1.2,
    ),
    Scenario(
        name="par",
        description="Authorization requests are pushed, and codes of some of them exchanged.",
        prepare=then_code,
        rate=30,
        requests=1.5,
        needs="authorization_code",
    ),
    Scenario(
        name="device",
        description="Many devices poll, each no sooner than it may; some were allowed beforehand.",
        prepare=polling,
        rate=50,
        needs=DEVICE_GRANT,
    ),
    Scenario(
        name="resource",
        description="Tokens for one resource or another, each introspected at once.",
        prepare=in_turn,
        rate=50,
        requests=2,
    ),
    Scenario(
        name="exchange",
        description="Tokens are exchanged for others, for one resource or another, each introspected at once.",
        prepare=for_each_resource,
        rate=50,
        requests=2,
    ),
    Scenario(
        name="mixed",
        description="All tasks at once, weighted.",
        prepare=mixed.everything,
        mixes=True,
        rate=60,
        requests=1.3,
    ),
    replace(
        _DEFAULT,
        name="spike",
        description="The default scenario with a burst of four times its rate in the middle.",
        shape="spike",
        rate=400,
    ),
    replace(
        _DEFAULT,
        name="soak",
        description="The default scenario for half an hour.",
        shape="poisson",
        rate=50,
        seconds=1_800,
    ),
    replace(
        _DEFAULT,
        name="ramp",
        description="The default scenario in eight steps upward; says where it begins to get slow.",
        shape="ramp",
        rate=800,
        seconds=40,
    ),
    replace(
        _DEFAULT,
        name="saturation",
        description="The default scenario at the highest rate that keeps the budgets, found by search.",
        shape="saturation",
        rate=5_000,
        seconds=4,
    ),
    replace(
        _DEFAULT,
        name="compare",
        description="The default scenario at two targets (--target and --against) in alternating windows.",
        shape="compare",
        seconds=24,
    ),
)
SCENARIOS = {scenario.name: scenario for scenario in _ALL}


AUTO = "auto"
"""Stands for the first scenario that can run at a target."""

_PREFERRED = ("default", "refresh", "code")


def possible(target: Target) -> list[str]:
    """The scenarios that the clients of a target file allow, one for each kind of grant, the usual one first."""
    clients = Clients(target)
    found = []
    for name in _PREFERRED:
        grant = SCENARIOS[name].needs
        try:
            if grant == "client_credentials":
                clients.confidential(grant)
            else:
                clients.owner()
                clients.first(lambda client, grant=grant: client.may(grant), f"client with {grant}", "")  # type: ignore[misc]
        except NotOffered:
            continue
        found.append(name)
    return found


def find(name: str, target: Target | None = None) -> Scenario:
    """The scenario of that name; for `auto` the first that a target allows.

    BadTarget, with the nearest name, where there is none.
    """
    if name == AUTO and target is not None:
        names = possible(target)
        if not names:
            lacking = "a client with client_credentials, or an owner and a client with authorization_code"
            raise BadTarget([f"No scenario can run here: {target.source} lacks {lacking}."])
        return SCENARIOS[names[0]]
    if name in SCENARIOS:
        return SCENARIOS[name]
    near = difflib.get_close_matches(name, [*SCENARIOS, AUTO], n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(SCENARIOS)}."
    raise BadTarget([f"There is no scenario {name!r}. {hint}"])
