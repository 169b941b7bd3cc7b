"""The form for signing in, whatever is sent from it: the server fails at nothing, and never shows the password again.

Whoever signs in here does not exist, so that no account is locked. That many wrong attempts may still look like an
attack: without [limits] intrusive, no more than a few are made.
"""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.fuzzing.redirects import follow
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.facts import fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.endpoints import FORM
from fixtures.errors import NotOffered
from fixtures.http.exchange import Send
from fixtures.owner.forms import read_forms
from fixtures.target import Target
from fixtures.target.clients import Clients

NOBODY = "nobody-of-this-name"
TYPED = ("text", "email", "tel")


@pytest.fixture
def login_draft(authorization_draft: Draft, send: Send, clients: Clients) -> Draft:
    """The form for signing in, filled in with the owner's password and the name of nobody."""
    followed = follow(send, authorization_draft.request)
    if followed.left_for:
        raise NotOffered(
            "An authorization request leads to an address outside the server, which is sent nothing malformed.",
            "a page for signing in at the host and port of the authorization endpoint",
        )
    page = followed.hops[-1]
    form = next((form for form in read_forms(page.text) if form.first("password")), None)
    password, name = (form.first("password"), form.first(*TYPED)) if form else (None, None)
    if form is None or password is None or name is None or form.method != "post":
        raise NotOffered(
            "An authorization request leads to no plain form for user name and password.",
            "a server whose form for signing in works without scripts",
        )
    filled = {name.name: NOBODY, password.name: clients.owner().password}
    pressed = form.buttons[0] if form.buttons else None
    return Draft(
        what="a form for signing in",
        method="POST",
        url=urljoin(page.url, form.action) if form.action else page.url,
        parts=tuple(written(*field) for field in form.fields(pressed, filled)),
        headers=(("Content-Type", FORM), *((("Cookie", followed.cookies),) if followed.cookies else ())),
    )


def _few(draft: Draft) -> list[Draft]:
    """A few forms that are wrong, each in one way."""
    name = next(each for each in draft.names if draft.value(each) == NOBODY)
    return [
        draft.but("as it is"),
        draft.with_value(name, b"a%00b", f"{name} holds NUL"),
        draft.with_value(name, b"", f"{name} is empty"),
        draft.with_text(f"{name}[]", "x", f"{name}[] beside {name}"),
    ]


def _drawn(draft: Draft, target: Target) -> SearchStrategy[Draft]:
    few = st.sampled_from(_few(draft))
    return defects.spoilt([draft], defects.PARAMETERS, defects.ENCODINGS) if target.intrusive else few


@requirement("6749-4.1.2.1-S07", broken_by="ui-sign-in-fails-at-nul")
@tolerates("legal-front-refuses-odd-requests")
def test_no_form_upsets_the_sign_in(search: Search, send: Send, login_draft: Draft, target: Target) -> None:
    """Whatever is wrong with the form of somebody who signs in, it leads to no 5xx, and to no stack trace."""

    def judge(draft: Draft) -> None:
        expect_no_failure(send(draft.request))

    search(login_draft, judge, _drawn(login_draft, target), first=_few(login_draft))


@requirement("6749-10.14-01", broken_by="ui-sign-in-shows-the-password-again")
def test_no_password_comes_back(
    search: Search, send: Send, login_draft: Draft, target: Target, clients: Clients
) -> None:
    """The answer to a sign-in that fails does not repeat the password, neither on the page nor in a header."""
    password = clients.owner().password

    def judge(draft: Draft) -> None:
        answer = send(draft.request)
        told = [answer.text, *(value for _, value in answer.headers)]
        assert fact(
            not any(password in text for text in told),
            "an answer that does not repeat the password",
            f"{answer}; it holds the password",
        )

    search(login_draft, judge, _drawn(login_draft, target), first=_few(login_draft))
