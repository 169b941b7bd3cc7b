"""The owner takes access back on the server's own page: what hangs on that grant dies, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from conformance.checks.pages.conftest import Ask, Newcomer
from conformance.checks.support.controls import CodeFor, Grant, GrantFor, Redeem, Refresh
from conformance.checks.support.liveness import Liveness
from conformance.checks.support.obtaining import codes_of, grants_of
from conformance.checks.support.order import SIGN_IN
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import AuthorizationEndpoint
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.urls import joined
from fixtures.owner.forms import Control, Form, read_forms
from fixtures.owner.sight import SentForm, Sight
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, GrantsPage, Owner, Target
from fixtures.target.clients import Clients, owners_apart

TakeBack = Callable[[Client], Sequence[object]]
"""Gives the answers by which a client's grant was taken back."""
HARMLESS = ("legal-ui-grants-without-csrf",)


@pytest.fixture(scope="session")
def grants_page(target: Target) -> GrantsPage:
    """Where the owner takes access back."""
    if target.grants_page is None:
        raise NotOffered(
            "The target file names no page on which an owner takes access back.",
            '[pages] grants = { url = "/account/grants", revoke = "Revoke" }',
        )
    return target.grants_page


@pytest.fixture(scope="session")
def granted(clients: Clients, grants_page: GrantsPage) -> Client:
    """The client that loses its access: the last of its kind, for other checks use the first."""
    fitting = [
        client
        for client in clients.all
        if not client.is_public
        and client.may("authorization_code")
        and client.may("refresh_token")
        and client.access_token_seconds is None
    ]
    if not fitting:
        raise NotOffered(
            f"No client for {grants_page.url} has the grants authorization_code and refresh_token.",
            '[clients.web] grants = ["authorization_code", "refresh_token"]',
        )
    return fitting[-1]


def _entry(page: Sight, client: Client, words: str) -> tuple[Form, Control]:
    """The form of one client's grant, and its button, told by the client's id or name in the text beside it."""
    found = [
        (form, button)
        for form in read_forms(page.html)
        for button in form.buttons
        if words.lower() in f"{button.label} {button.value}".lower()
        and re.search(rf"\b({re.escape(client.id)}|{re.escape(client.name)})\b", form.text, re.IGNORECASE)
    ]
    if len(found) != 1:
        raise CannotTest(
            f'{page.landing.uri} shows {len(found)} buttons "{words}" in forms that name {client.name} or {client.id}.',
            "Is [pages] grants right, and does the page say the client's name in the form?",
        )
    return found[0]


def _pressed(page: Sight, form: Form, button: Control) -> SentForm:
    """What the browser sends when a button of this page is pressed."""
    return SentForm(
        url=joined(page.landing.uri, form.action or page.landing.uri),
        method=form.method.upper(),
        fields=tuple(form.fields(button, {})),
    )


@pytest.fixture(scope="session")
def grant_of_another(
    target: Target,
    clients: Clients,
    authorization: AuthorizationEndpoint,
    session_of: Callable[[Owner], OwnerSession],
    redeem: Redeem,
) -> GrantFor:
    """Gets tokens by the consent of another owner than the one who takes access back."""
    pair = owners_apart(target, pair=SIGN_IN)
    owner = pair[1] if pair else clients.another_owner()
    return grants_of(redeem, codes_of(authorization, session_of(owner)))


@pytest.fixture(scope="session")
def take_back(newcomer_apart: Newcomer, ask: Ask, grants_page: GrantsPage) -> TakeBack:
    """Signs the owner in by an authorization request of the client, and takes that client's grant back."""

    def act(client: Client) -> Sequence[object]:
        person = newcomer_apart()
        ask(client).opened_by(person).signs_in()
        visit = person.opens(grants_page.url)
        page = visit.sees()
        visit.sends(_pressed(page, *_entry(page, client, grants_page.revoke)))
        after = visit.sees()
        for again in read_forms(after.html):
            for confirming in again.buttons:
                if grants_page.confirm.lower() in f"{confirming.label} {confirming.value}".lower():
                    visit.sends(_pressed(after, again, confirming))
                    after = visit.sees()
        if after.landing.answer is None or after.landing.answer.status >= 400:
            raise CannotTest(f"Taking the grant of {client.name} back at {grants_page.url} did not succeed.")
        rested = after.landing
        sent = [hop for hop, asked in zip(rested.hops, rested.asked, strict=False) if asked.method == "POST"]
        return sent or [rested]

    return act


def _seen_alive(grant: Grant, liveness: Liveness) -> str:
    liveness.require_alive(grant.access_token)
    return grant.access_token


@requirement("7662-4-04", broken_by="ui-grant-revocation-keeps-tokens")
@requirement("7662-4-04", broken_by="ui-grant-revocation-is-a-no-op")
@tolerates(*HARMLESS)
def test_the_access_token_dies_with_its_grant(
    granted: Client, grant_for_apart: GrantFor, take_back: TakeBack, liveness: Liveness
) -> None:
    """An access token is dead after the owner has taken its grant back."""
    token = _seen_alive(grant_for_apart(granted), liveness)
    taken = take_back(granted)

    assert liveness.is_dead(token).after(*taken)


@requirement("6749-5.2-S06", broken_by="ui-grant-revocation-keeps-tokens")
@tolerates(*HARMLESS)
def test_the_refresh_token_dies_with_its_grant(
    granted: Client, grant_for_apart: GrantFor, take_back: TakeBack, refresh: Refresh, liveness: Liveness
) -> None:
    """A refresh token is refused after the owner has taken its grant back."""
    refresh(grant_for_apart(granted).refresh_token, as_=granted).require_success("Refreshing does not work")
    kept = grant_for_apart(granted).refresh_token
    taken = take_back(granted)
    liveness.settle()
    answer = refresh(kept, as_=granted)

    assert not answer.grants_a_token.after(*taken)
    assert answer.has_error("invalid_grant").after(*taken)


@requirement("6749-5.2-S06", broken_by="code-survives-grant-revocation")
@tolerates(*HARMLESS)
def test_the_unused_code_dies_with_its_grant(
    granted: Client,
    code_for_apart: CodeFor,
    take_back: TakeBack,
    redeem: Redeem,
    liveness: Liveness,
) -> None:
    """A code that was not redeemed yet is refused after the owner has taken the grant back."""
    redeem(code_for_apart(granted)).require_success("Redeeming a code does not work")
    kept = code_for_apart(granted)
    taken = take_back(granted)
    liveness.settle()
    answer = redeem(kept)

    assert not answer.grants_a_token.after(*taken)
    assert answer.has_error("invalid_grant").after(*taken)


@requirement("7662-2.2-S08", broken_by="ui-grant-revocation-hits-other-clients")
@tolerates(*HARMLESS)
def test_grants_to_other_clients_live_on(
    granted: Client, grant_for_apart: GrantFor, take_back: TakeBack, clients: Clients, liveness: Liveness
) -> None:
    """What the same owner granted to another client lives on."""
    kept = _seen_alive(grant_for_apart(clients.another(granted, "authorization_code")), liveness)
    grant_for_apart(granted)
    liveness.require_still_alive(kept, f"what an owner allows {granted.name}")
    taken = take_back(granted)

    assert liveness.is_alive(kept).after(*taken)


@requirement("7662-2.2-S08", broken_by="ui-grant-revocation-hits-other-owners")
@tolerates(*HARMLESS)
def test_grants_of_other_owners_live_on(
    granted: Client,
    grant_for_apart: GrantFor,
    grant_of_another: GrantFor,
    take_back: TakeBack,
    liveness: Liveness,
) -> None:
    """What another owner granted to the same client lives on."""
    kept = _seen_alive(grant_of_another(granted), liveness)
    grant_for_apart(granted)
    liveness.require_still_alive(kept, f"what an owner allows {granted.name}")
    taken = take_back(granted)

    assert liveness.is_alive(kept).after(*taken)
