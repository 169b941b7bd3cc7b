"""The protected resource, whatever stands in the Authorization header: it fails at nothing, and admits nobody."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.checks.fuzzing import credentials
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.expectations import expect_no_failure
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import ResourceEndpoint
from fixtures.http.exchange import Send
from fixtures.target import Client

TOKENS = {
    "nothing": "Bearer ",
    "a blank token": "Bearer  ",
    "octets beyond ASCII": "Bearer \xff\xfe",
    "the shape of a JWT": "Bearer e30.e30.e30",
    "a JWT without a signature": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
    "two tokens": "Bearer a, Bearer b",
    "a token in quotation marks": 'Bearer "abc"',
    "a token of 6,000 characters": f"Bearer {'a' * 6_000}",
    "another order": "abc Bearer",
    "the scheme DPoP": "DPoP abc",
}


def _headers(ordinary: Draft, client: Client) -> SearchStrategy[Draft]:
    values = {**TOKENS, **credentials.malformed(client)}
    drawn = st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=40
    )
    pairs = st.sampled_from(list(values.items())) | drawn.map(
        lambda text: ("drawn at random", f"Bearer {text}")
    )
    return pairs.map(lambda pair: credentials.with_header(ordinary, *pair))


@requirement("6750-3-01", broken_by="resource-fails-at-a-malformed-header")
@requirement("6750-3.1-S01", broken_by="resource-admits-an-empty-token")
@tolerates("legal-front-refuses-odd-requests")
def test_no_header_opens_the_resource(
    search: Search, send: Send, resource: ResourceEndpoint, web: Client
) -> None:
    """A request whose Authorization header holds no token is refused, and ends in no 5xx and no stack trace."""
    ordinary = Draft(what="a request to the resource", method="GET", url=resource.url, parts=())

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        expect_no_failure(answer)
        assert not answer.is_success.of("6750-3.1-S01")

    first = [credentials.with_header(ordinary, what, value) for what, value in list(TOKENS.items())[:4]]
    search(ordinary, judge, _headers(ordinary, web), first=first)
