"""Other sites cannot put the pages for signing in and for consent into frames, as far as headers tell it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.pages.visitor import Stop, Visitor, tags
from conformance.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.wire import Answer

OPEN = frozenset({"*", "http:", "https:"})
HARMLESS = ("legal-ui-framed-by-named-origin", "legal-ui-cacheable", "legal-ui-referrer-policy-missing")


@pytest.fixture
def pages(
    login_page: Callable[[], tuple[Visitor, Stop]],
) -> list[Answer]:
    """The pages for signing in and, where it is shown, for consent, as they were sent."""
    person, page = login_page()
    after = person.signs_in(page)
    return [stop.answer for stop in (page, after) if stop.answer is not None]


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


@requirement("9700-4.16-01", broken_by="ui-framable")
@tolerates(*HARMLESS)
def test_foreign_sites_cannot_frame_the_pages(pages: list[Answer]) -> None:
    """The pages for signing in and for consent forbid frames of foreign sites, by one means or another."""
    bare = [page for page in pages if not _policy_forbids(page) and not _header_forbids(page)]
    if any("script" in tags(page.text) for page in bare):
        raise CannotTest(
            "No header forbids frames, and whether the page's scripts do so shows only in a browser.",
            "Send X-Frame-Options or a frame-ancestors policy with these pages.",
        )

    assert not [page.url.split("?", 1)[0] for page in bare]


@requirement("9700-4.16-02", broken_by="ui-without-content-security-policy")
@tolerates(*HARMLESS)
def test_a_policy_restricts_who_frames_the_pages(pages: list[Answer]) -> None:
    """The pages carry a Content Security Policy that names who may frame them."""
    assert all(_policy_forbids(page) for page in pages)


@requirement("9700-4.16-05", broken_by="ui-without-x-frame-options")
@tolerates("legal-ui-cacheable")
def test_older_browsers_refuse_frames_too(pages: list[Answer]) -> None:
    """Beside the policy, the pages carry X-Frame-Options for browsers that do not know the policy."""
    without = [page for page in pages if not _header_forbids(page)]

    assert not [page.url.split("?", 1)[0] for page in without if "script" not in tags(page.text)]
