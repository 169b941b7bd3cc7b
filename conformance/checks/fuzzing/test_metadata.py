"""The metadata document, asked for in odd ways: the server fails at none of them."""

from __future__ import annotations

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.expectations import expect_no_failure
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import MetadataEndpoint
from fixtures.http.exchange import Send


@requirement("8414-3.1-01", broken_by="metadata-fails-at-a-query")
@tolerates("legal-front-refuses-odd-requests")
def test_no_request_upsets_the_metadata(search: Search, send: Send, metadata: MetadataEndpoint) -> None:
    """Whatever query, method or headers a request for the metadata has, it ends in no 5xx, and in no stack trace."""
    ordinary = Draft(
        what="a request for the metadata",
        method="GET",
        url=metadata.url,
        parts=(written("x-conformance", "of any meaning"),),
        headers=(("Accept", "application/json"),),
        in_query=True,
    )

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    ways = (
        defects.PARAMETERS,
        defects.ENCODINGS,
        [defects.wrong_method, defects.many_headers, defects.odd_header],
    )
    first = [ordinary.with_value("x-conformance", b"%zz", "x-conformance is no proper encoding")]
    search(ordinary, judge, defects.spoilt([ordinary], *ways), first=first)
