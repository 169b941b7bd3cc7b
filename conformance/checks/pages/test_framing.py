"""Other sites cannot put the pages for signing in and for consent into frames."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.pages.conftest import Ask, AtConsent, AtPage, Newcomer
from conformance.checks.support.facts import all_of, fact, no_exceptions, shown
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.owner.sight import Framed
from fixtures.target import Client

OPEN = frozenset({"*", "http:", "https:"})
HARMLESS = ("legal-ui-framed-by-named-origin", "legal-ui-cacheable", "legal-ui-referrer-policy-missing")


def _judged(framed: Framed) -> Framed:
    """CannotTest where the browser kept the page out of the frame for a reason that is not the server's."""
    if framed.problem and not framed.refused:
        raise CannotTest(
            f"The browser did not load the page into a frame at all: {framed.problem}.",
            "Is the server's address public, or https? Browsers keep pages of other sites from some networks.",
        )
    return framed


@pytest.mark.usefixtures("frames_pages")
@requirement("9700-4.16-01", broken_by="ui-framable")
@requirement("2.1-7.11-01", broken_by="ui-framable")
@tolerates(*HARMLESS, "legal-ui-framed-but-hidden", "legal-ui-x-frame-options-alone")
def test_no_foreign_site_frames_the_page_for_signing_in(
    at_login: Callable[[], AtPage], newcomer: Newcomer, ask: Ask, asking: Client
) -> None:
    """A page of a foreign site that frames an authorization request shows nothing of the page for signing in."""
    at_login()
    framed = _judged(newcomer().frames(ask(asking).url, asking.redirect_uris))

    assert fact(
        not framed.shown,
        "a page that browsers show in no frame of another site",
        f"{framed.url.split('?', 1)[0]} can be used inside such a frame",
    )


@pytest.mark.usefixtures("consents", "frames_with_cookies")
@requirement("9700-4.16-01", broken_by="ui-consent-framable")
@requirement("2.1-7.11-01", broken_by="ui-consent-framable")
@tolerates(*HARMLESS, "legal-ui-framed-but-hidden", "legal-ui-x-frame-options-alone")
def test_no_foreign_site_frames_the_page_for_consent(at_consent: AtConsent, asking: Client) -> None:
    """A page of a foreign site that frames the request of an owner who is signed in shows nothing of consent."""
    there, request = at_consent(asking)
    framed = _judged(there.person.frames(request.url, asking.redirect_uris))

    assert fact(
        not framed.shown,
        "a page that browsers show in no frame of another site",
        f"{framed.url.split('?', 1)[0]} can be used inside such a frame",
    )


@pytest.fixture
def pages(at_login: Callable[[], AtPage]) -> list[Answer]:
    """The pages for signing in and, where it is shown, for consent, as they were sent."""
    visit = at_login().visit
    stops = [visit.sees().landing, visit.signs_in().sees().landing]
    found = [landing.answer for landing in stops if landing.answer is not None]
    if not found:
        raise NotOffered("The server shows no page of its own.", "a server with a login page")
    return found


def _ancestors(answer: Answer) -> list[list[str]]:
    """The sources of each frame-ancestors directive in the headers; a policy in the page itself has none."""
    policies = [
        part for value in answer.header_values("content-security-policy") for part in value.split(",")
    ]
    words = [directive.split() for policy in policies for directive in policy.split(";")]
    return [each[1:] for each in words if each and each[0].lower() == "frame-ancestors"]


def _policy_forbids(answer: Answer) -> bool:
    return any(not OPEN & {source.lower() for source in sources} for sources in _ancestors(answer))


def _header_forbids(answer: Answer) -> bool:
    values = {part.strip().lower() for part in (answer.header("x-frame-options") or "").split(",")}
    return bool(values & {"deny", "sameorigin"})


@requirement("9700-4.16-02", broken_by="ui-without-content-security-policy")
@requirement("2.1-7.11-02", broken_by="ui-without-content-security-policy")
@tolerates(*HARMLESS)
def test_a_policy_restricts_who_frames_the_pages(pages: list[Answer]) -> None:
    """The pages carry a Content Security Policy that names who may frame them."""
    assert all_of(
        {
            page.url.split("?", 1)[0]: fact(
                _policy_forbids(page),
                "Content-Security-Policy with frame-ancestors",
                f"Content-Security-Policy: {shown(page.header('content-security-policy'))}",
            )
            for page in pages
        }
    )


@requirement("9700-4.16-05", broken_by="ui-without-x-frame-options")
@tolerates("legal-ui-cacheable")
def test_older_browsers_refuse_frames_too(pages: list[Answer]) -> None:
    """Beside the policy, the pages carry X-Frame-Options for browsers that do not know the policy."""
    without = [page for page in pages if not _header_forbids(page)]

    assert no_exceptions(
        [
            f"{page.url.split('?', 1)[0]} without X-Frame-Options and without a script"
            for page in without
            if b"<script" not in page.body.lower()
        ],
        "pages with X-Frame-Options, or with a script that keeps them out of frames",
    )
