"""The registration endpoint, sent what is no registration: it fails at nothing, and says no as RFC 7591 lays down.

Nothing drawn here asks for a client: a server under test is not to be filled with them. What a generous reader makes
one of all the same is given up at once: RFC 8259 section 9 lets it read more than JSON, RFC 7591 section 3.1 lets it
fill in what is missing, and no sentence has it refuse a body that holds no metadata.
"""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.registering import require_open
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import RegistrationEndpoint
from fixtures.http.exchange import Send

BODIES = {
    "nothing": b"",
    "an array": b"[]",
    "null": b"null",
    "a number": b"0",
    "a string": b'"text"',
    "half an object": b'{"redirect_uris": [',
    "a number that JSON does not have": b'{"a": NaN',
    "nothing but brackets": b"[" * 20_000,
    "NUL": b"\x00",
    "a form": b"redirect_uris=https%3A%2F%2Fnobody.invalid%2F",
    "markup": b"<metadata/>",
    "an object and more": b"{} {}",
    "octets that are no UTF-8": b'{"client_name": "\xff\xfe"}',
}
FIRST = ("half an object", "an array", "null", "octets that are no UTF-8")
"""What each run sends; of the rest it draws."""


@requirement("7591-3.2.2-01", broken_by="register-fails-at-an-array")
@requirement("7591-3.2.2-01", broken_by="register-error-as-200")
@requirement("7591-3.2.2-02", broken_by="register-broken-json-answered-by-a-page")
@tolerates(
    "legal-front-refuses-odd-requests",
    "legal-register-reads-more-than-json",
    "legal-register-takes-no-object-for-no-metadata",
)
def test_no_body_upsets_the_registration_endpoint(
    search: Search, send: Send, registration: RegistrationEndpoint
) -> None:
    """A registration whose body is no JSON object ends in no 5xx, but a client or a refusal; a 400 says why in JSON."""
    ordinary = Draft(
        what="a registration",
        method="POST",
        url=registration.url,
        parts=(),
        headers=(("Content-Type", "application/json"), ("Accept", "application/json")),
        body=b"[]",
    )
    control = send(ordinary.request)
    registration.give_up(control)
    require_open(control)

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        expect_no_failure(answer)
        registration.give_up(answer)
        assert not answer.is_success or answer.member_is(
            "client_id", answer.members.get("client_id"), "told with a success"
        )
        assert not answer.has_status(400) or answer.has_error().of("7591-3.2.2-02"), (
            "the refusal names no error"
        )

    def with_body(what: str, body: bytes) -> Draft:
        return ordinary.but(f"the body is {what}", body=body)

    drawn = st.binary(max_size=40).map(lambda octets: ("drawn at random", b"\x00" + octets))
    search(
        ordinary.but("as a control", body=b"{"),
        judge,
        (st.sampled_from(list(BODIES.items())) | drawn).map(lambda pair: with_body(*pair)),
        first=[with_body(what, BODIES[what]) for what in FIRST],
    )
