"""Whatever the grammar allows is granted: in any order, any encoding, with parameters that nobody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote_plus

import pytest
from hypothesis import strategies as st

from conformance.checks.fuzzing import legal
from conformance.checks.fuzzing.draft import Draft, name_of, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support import strategies
from conformance.checks.support.controls import Issued, TokenFor
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import NotOffered
from fixtures.http.exchange import Send
from fixtures.target import Client


@pytest.fixture(scope="session")
def token_draft(token_drafts: Sequence[Draft]) -> Draft:
    """A request that gets a token."""
    return token_drafts[0]


@requirement("6749-3.2-06", broken_by="token-unknown-parameter-refused")
def test_no_unknown_parameter_spoils_a_token_request(
    search: Search, send: Send, token_draft: Draft, own_client: Client, issued: Issued
) -> None:
    """A token request is granted with parameters that nobody defined, in whichever order they stand."""

    def judge(draft: Draft) -> None:
        answer = issued.note(own_client, send(draft.request))
        assert answer.grants_a_token or answer.is_failure

    unknown = written("x-conformance", "of any meaning")
    behind = token_draft.but("x-conformance behind the rest", parts=(*token_draft.parts, unknown))
    search(token_draft, judge, legal.with_unknown_parameters(token_draft), first=[behind])


@requirement("6749-B-S01", broken_by="token-form-names-not-decoded")
@requirement("6749-B-S01", broken_by="token-charset-parameter-refused")
@tolerates("legal-token-any-media-type-accepted")
def test_no_form_encoding_spoils_a_token_request(
    search: Search, send: Send, token_draft: Draft, own_client: Client, issued: Issued
) -> None:
    """A token request is granted whichever of its octets are escaped, and however its media type is written."""

    def judge(draft: Draft) -> None:
        answer = issued.note(own_client, send(draft.request))
        assert answer.grants_a_token or answer.is_failure

    escaped = [
        (b"".join(b"%%%02X" % octet for octet in name_of(part).encode()) + b"=" + part.partition(b"=")[2])
        for part in token_draft.parts
    ]
    named = "application/x-www-form-urlencoded; charset=UTF-8"
    search(
        token_draft,
        judge,
        legal.encoded_otherwise(token_draft),
        first=[
            token_draft.but("all names are escaped", parts=tuple(escaped)),
            token_draft.with_header("Content-Type", named, "the charset is named"),
        ],
    )


@requirement("6749-3.3-S02", broken_by="token-scope-order-matters")
@tolerates("legal-token-scope-omitted")
def test_scope_means_the_same_in_any_order(
    search: Search, send: Send, token_draft: Draft, own_client: Client, issued: Issued
) -> None:
    """A token request is granted for any part of the client's scope, in any order."""
    if len(own_client.scopes) < 2:
        raise NotOffered(
            f"[clients.{own_client.name}] has no two scopes.",
            f'[clients.{own_client.name}] scope = "read write"',
        )

    def judge(draft: Draft) -> None:
        answer = issued.note(own_client, send(draft.request))
        assert answer.grants_a_token or answer.is_failure

    backwards = " ".join(sorted(own_client.scopes, reverse=True))
    forwards = " ".join(sorted(own_client.scopes))
    search(
        token_draft,
        judge,
        legal.scope_in_any_order(token_draft, own_client),
        first=[token_draft.with_text("scope", text, f"scope is {text}") for text in (backwards, forwards)],
    )


@requirement("7009-2.2-S04", broken_by="revoke-unknown-hint-is-an-error")
@tolerates("legal-revoke-access-token-unsupported")
def test_no_hint_spoils_a_revocation(search: Search, send: Send, revocation_draft: Draft) -> None:
    """A request to revoke a token that was never issued is answered alike, whatever token_type_hint says."""
    plain = send(
        replace(
            revocation_draft,
            parts=tuple(part for part in revocation_draft.parts if name_of(part) != "token_type_hint"),
        ).request
    )

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        assert answer.has_status(plain.status) or answer.is_failure

    hints = st.text(strategies.NAME_CHARACTERS, min_size=1, max_size=40) | strategies.vschars(max_size=40)
    search(
        revocation_draft,
        judge,
        hints.map(lambda hint: revocation_draft.with_text("token_type_hint", hint, f"the hint is {hint}")),
        first=[revocation_draft.with_text("token_type_hint", "no_such_type", "the hint is unknown")],
    )


@requirement("7662-2.1-S01", broken_by="introspect-leaves-the-form-encoded")
def test_no_form_encoding_spoils_a_question(
    search: Search, send: Send, introspection_draft: Draft, web: Client, token_for: TokenFor
) -> None:
    """A live token is called active whichever octets of the question are escaped."""
    live = introspection_draft.with_text("token", token_for(web), "the token lives")
    token = next(
        unquote_plus(part.partition(b"=")[2].decode()) for part in live.parts if name_of(part) == "token"
    )
    escaped = b"".join(b"%%%02X" % octet for octet in token.encode())

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        assert answer.holds("active", True) or answer.is_failure

    search(
        live,
        judge,
        legal.encoded_otherwise(live),
        first=[live.with_value("token", escaped, "the token is escaped")],
    )
