"""Whatever the grammar allows in an authorization request gets a code: unknown parameters, any state, any encoding."""

from __future__ import annotations

from conformance.checks.fuzzing import legal
from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.facts import fact, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client


@requirement("6749-3.1-07", broken_by="authorize-unknown-parameter-refused")
@tolerates("legal-authorize-with-other-parameters")
def test_no_unknown_parameter_spoils_an_authorization_request(
    search: Search, owner_session: OwnerSession, authorization_draft: Draft, code_client: Client
) -> None:
    """An authorization request gets a code with parameters that nobody defined, in whichever order they stand."""

    def judge(draft: Draft) -> None:
        landing = owner_session.opens(draft.request.url, code_client.redirect_uris)
        assert landing.gives_code or landing.is_failure

    unknown = written("x-conformance", "of any meaning")
    search(
        authorization_draft,
        judge,
        legal.with_unknown_parameters(authorization_draft),
        first=[
            authorization_draft.but(
                "x-conformance behind the rest", parts=(*authorization_draft.parts, unknown)
            )
        ],
    )


@requirement("6749-A.5-S01", broken_by="authorize-state-with-a-quote-refused")
@requirement("6749-A.5-S01", broken_by="authorize-state-trimmed")
@tolerates("legal-authorize-long-state-refused", "legal-authorize-query-encoded-anew")
def test_any_state_comes_back_with_a_code(
    search: Search, owner_session: OwnerSession, authorization_draft: Draft, code_client: Client
) -> None:
    """A state of any printable ASCII characters, however it is encoded, comes back unchanged beside a code."""

    def judge(draft: Draft) -> None:
        landing = owner_session.opens(draft.request.url, code_client.redirect_uris)
        told = landing.query.get("state", landing.form.get("state"))
        assert landing.is_failure or fact(
            (bool(landing.code), told) == (True, draft.value("state")),
            "a code, and the state that was sent",
            f"{landing}; state: {shown(told)}",
        )

    quoted, signs = "a state's value", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "
    search(
        authorization_draft,
        judge,
        legal.with_any_state(authorization_draft),
        first=[
            authorization_draft.with_text("state", text, f"state is {text!r}") for text in (quoted, signs)
        ],
    )
