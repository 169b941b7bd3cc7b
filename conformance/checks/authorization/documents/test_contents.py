"""What a document has to hold, and must not (draft-ietf-oauth-client-id-metadata-document-01, sections 4.1 to 6.2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.authorization.conftest import Ask
from conformance.checks.authorization.documents.conftest import Opened, Published, Publisher, known_by
from conformance.checks.support.controls import CodeFor, Redeem
from conformance.checks.support.facts import all_of
from conformance.ledger.requirement import requirement, tolerates
from fixtures import assertion
from fixtures.errors import NotOffered
from fixtures.http.serving_documents import Served
from fixtures.target import Client

pytestmark = pytest.mark.embedded(tls=True, client_documents=True)


@requirement("cimd-01-4.1-01", broken_by="client-document-read-to-its-brace")
@tolerates("legal-client-documents-cached")
def test_a_document_is_json(documents: Publisher, opens: Opened) -> None:
    """A document that is no object of JSON, or is followed by something else, makes no client known."""
    landings = {}
    for words, before, behind in (("text behind", b"", b" and more"), ("an array", b"[", b"]")):
        made = documents.draft()
        documents.serve(made, Served(before + made.text + behind))
        landings[words] = ~opens(made).gives_code

    assert all_of(landings)


@requirement("cimd-01-4.1-02", broken_by="client-document-of-another")
@tolerates("legal-client-documents-cached")
def test_a_document_names_its_own_url(documents: Publisher, opens: Opened) -> None:
    """A document that names another client, or none, makes no client known."""
    elsewhere = f"{documents.server.base}/another/client.json"

    assert all_of(
        {
            "another URL": ~opens(documents.publish(client_id=elsewhere)).gives_code,
            "no client_id": ~opens(documents.publish(client_id=None)).gives_code,
        }
    )


@requirement("cimd-01-4.1-02", broken_by="client-document-compared-loosely")
@tolerates("legal-client-documents-cached")
def test_identifiers_are_compared_by_characters(documents: Publisher, opens: Opened) -> None:
    """A document whose client_id differs from its URL by a slash or by the case of letters makes no client known."""
    landings = {}
    for words, old, new in (
        ("a slash more", ".json", ".json/"),
        ("other case", "client.json", "Client.json"),
    ):
        made = documents.draft()
        changed = {**made.members, "client_id": made.client.id.replace(old, new)}
        documents.serve(made, Served(Published(made.client, made.path, changed).text))
        landings[words] = ~opens(made).gives_code

    assert all_of(landings)


@requirement("cimd-01-4.1-03", broken_by="client-document-secret-taken")
@tolerates("legal-client-documents-cached")
def test_a_document_wants_no_shared_secret(documents: Publisher, opens: Opened) -> None:
    """A document whose client is to authenticate by a shared secret makes no client known."""
    assert all_of(
        {
            method: ~opens(documents.publish(token_endpoint_auth_method=method)).gives_code
            for method in ("client_secret_basic", "client_secret_post", "client_secret_jwt")
        }
    )


@requirement("cimd-01-4.1-04", broken_by="client-document-secret-taken")
@tolerates("legal-client-documents-cached")
def test_a_document_holds_no_secret(documents: Publisher, opens: Opened) -> None:
    """A document with a secret in it makes no client known."""
    assert ~opens(documents.publish(client_secret="written-where-everyone-reads")).gives_code


@requirement("cimd-01-4.1-05", broken_by="client-document-secret-taken")
@tolerates("legal-client-documents-cached", "legal-client-document-secrets-ignored")
def test_no_secret_of_a_document_authenticates(
    documents: Publisher, ask: Ask, code_for: CodeFor, redeem: Redeem
) -> None:
    """A secret that stands in a document gets no token that another secret does not get as well."""
    secret = "written-where-everyone-reads"
    made = documents.publish(client_secret=secret, token_endpoint_auth_method="client_secret_basic")
    if not ask(made.client).code:
        return  # no code, so nothing to authenticate for
    client = known_by(made, auth="client_secret_basic")
    wrong = redeem(code_for(made.client), as_=known_by(made, auth=client.auth, secret="another"))
    if wrong.is_success:
        return  # it is taken for a public client
    right = redeem(code_for(made.client), as_=known_by(made, auth=client.auth, secret=secret))

    assert ~right.grants_a_token


@requirement("cimd-01-4.5-01", broken_by="client-document-redirects-anywhere")
@tolerates("legal-client-documents-cached")
def test_only_uris_of_the_document_are_redirected_to(documents: Publisher, ask: Ask) -> None:
    """A redirect_uri that the document does not name is not redirected to."""
    made = documents.publish()

    assert ~ask(made.client, redirect_uri=f"{made.client.redirect_uri}/another").sent_on


@requirement("cimd-01-4.5-02", broken_by="client-document-without-redirect-uris")
@tolerates("legal-client-documents-cached")
def test_a_document_without_redirect_uris_leads_nowhere(documents: Publisher, opens: Opened) -> None:
    """A client whose document names no redirection URI gets no code."""
    assert ~opens(documents.publish(redirect_uris=None)).gives_code


@pytest.fixture
def key_client(documents: Publisher, ask: Ask, code_for: CodeFor, redeem: Redeem) -> Client:
    """A client with a key in its document, which got a token with it."""
    made = documents.draft()
    key = assertion.new_key("ES256")
    changed = {
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [assertion.public_jwk(key, "documented")]},
    }
    documents.serve(made, Served(Published(made.client, made.path, {**made.members, **changed}).text))
    client = known_by(made, auth="private_key_jwt", key=key, key_id="documented", algorithm="ES256")
    wanted = "a server that knows clients with documents by private_key_jwt, ES256 and jwks"
    landing = ask(client)
    if not landing.code:
        raise NotOffered(f"The server takes no document with a key in it: {landing}.", wanted)
    answer = redeem(code_for(client))
    if not answer.is_success:
        raise NotOffered(f"A client with a key in its document got no token: {answer.brief}.", wanted)
    return client


@requirement("cimd-01-6.2-01", broken_by="client-document-needs-no-assertion")
@tolerates("legal-client-documents-of-public-clients-only", "legal-client-documents-cached")
def test_a_client_with_a_key_authenticates(key_client: Client, code_for: CodeFor, redeem: Redeem) -> None:
    """A code of a client whose document has private_key_jwt gets no token without an assertion."""
    code = code_for(key_client)

    assert ~redeem(code, as_=None, client_id=key_client.id).grants_a_token


@requirement("cimd-01-6.2-01", broken_by="client-document-key-unchecked")
@tolerates("legal-client-documents-of-public-clients-only", "legal-client-documents-cached")
def test_a_client_authenticates_by_the_key_of_its_document(
    key_client: Client, code_for: CodeFor, redeem: Redeem
) -> None:
    """A code of a client whose document has a key gets no token with an assertion by another key."""
    code = code_for(key_client)

    assert ~redeem(code, as_=replace(key_client, key=assertion.new_key("ES256"))).grants_a_token
