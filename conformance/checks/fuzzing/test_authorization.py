"""The authorization endpoint, whatever it is sent: it fails at nothing, and nothing sent gets into page or header."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft
from conformance.checks.fuzzing.redirects import follow
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.browsing import Browsing
from conformance.checks.support.expectations import expect_no_failure
from conformance.checks.support.facts import begins_no_header, fact
from conformance.ledger.requirement import requirement, tolerates
from fixtures.http.exchange import Answer, Send
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client
from fixtures.target.clients import Clients

HTML = frozenset({"text/html", "application/xhtml+xml"})
MARK = "conformance-mark"
"""A name that no element and no attribute has."""
SELECTOR = f'{MARK}, [{MARK}], [href^="javascript:{MARK}" i], [src^="javascript:{MARK}" i]'
MARKUP = {
    "an element": f"<{MARK}>",
    "an element behind a quotation mark": f'"><{MARK}>',
    "an element behind an apostrophe": f"'><{MARK}>",
    "an attribute behind a quotation mark": f'" {MARK}="',
    "an attribute behind an apostrophe": f"' {MARK}='",
    "an element behind a title": f"</title><{MARK}>",
    "an element behind a text area": f"</textarea><{MARK}>",
    "an element behind a script": f"</script><{MARK}>",
    "an element behind a comment": f"--><{MARK}>",
    "an element that is escaped twice": f"%3C{MARK}%3E",
    "an element in entities": f"&lt;{MARK}&gt;",
    "an element in wide letters": f"\uff1c{MARK}\uff1e",
    "a script for a link": f"javascript:{MARK}",
}
SPLIT = "X-Conformance-Split"
LINE_BREAKS = {
    "a line break": b"%0d%0a",
    "a line feed": b"%0a",
    "a carriage return": b"%0d",
    "a line break that is escaped twice": b"%250d%250a",
    "letters that end in the octets of a line break": b"%e5%98%8d%e5%98%8a",
    "letters that are cut to a line break": b"%c4%8d%c4%8a",
    "a next line": b"%c2%85",
}


@requirement("6749-4.1.2.1-S07", broken_by="authorize-fails-on-control-characters")
@requirement("6749-4.1.2.1-S07", broken_by="authorize-shows-a-stack-trace")
@tolerates("legal-authorize-error-page-with-200", "legal-front-refuses-odd-requests")
def test_no_request_upsets_the_authorization_endpoint(
    search: Search, send: Send, authorization_draft: Draft
) -> None:
    """Whatever is wrong with an authorization request, it leads to no 5xx, and to no stack trace."""
    ordinary = authorization_draft

    def judge(draft: Draft) -> None:
        for answer in follow(send, draft.request).hops:
            expect_no_failure(answer)

    search(
        ordinary,
        judge,
        defects.spoilt([ordinary], defects.PARAMETERS, defects.ENCODINGS, defects.TRANSPORT),
        first=[
            ordinary.with_value("state", b"a%00b", "state holds NUL"),
            ordinary.with_text("scope[]", "x", "scope[] beside scope"),
        ],
    )


@requirement("6749-10.14-01", broken_by="ui-error-page-unescaped")
@requirement("6749-10.14-01", broken_by="ui-error-page-decodes-twice")
@tolerates("legal-authorize-error-page-with-200")
def test_nothing_that_is_sent_becomes_an_element(
    search: Search, send: Send, authorization_draft: Draft, browsing: Browsing, clients: Clients
) -> None:
    """Markup in an authorization request is no element and no attribute of the first page, as a browser reads it."""
    person = browsing(clients.owner())
    unregistered = authorization_draft.with_text(
        "redirect_uri", "https://nobody.invalid/", "redirect_uri is not registered"
    )

    def judge(draft: Draft) -> None:
        if not any(map(_may_hold_the_mark, follow(send, draft.request).hops)):
            return
        person.forgets()
        visit = person.opens(draft.request.url)
        visit.rests()
        assert fact(
            visit.count(SELECTOR) == 0,
            "a page on which what was sent is text",
            "what was sent is an element of the page",
        )

    search(
        authorization_draft,
        judge,
        _with_markup([authorization_draft, unregistered]),
        first=[
            unregistered.with_text("state", f"%3C{MARK}%3E", "state is an element that is escaped twice"),
            unregistered.with_text("state", f"<{MARK}>", "state is an element"),
        ],
    )


@st.composite
def _with_markup(draw: DrawFn, drafts: Sequence[Draft]) -> Draft:
    """A request that may be refused, with markup in one of its parameters."""
    draft = draw(st.sampled_from(drafts))
    name = draw(st.sampled_from([*draft.names, "x-conformance", "error", "error_description", "lang"]))
    what, text = draw(st.sampled_from(list(MARKUP.items())))
    before = draw(st.sampled_from(["", "https://nobody.invalid/", "a "]))
    return draft.with_text(name, f"{before}{text}", f"{name} holds {what}")


class _Names(HTMLParser):
    """Whether the mark is the name of an element or of an attribute, or begins an address."""

    def __init__(self) -> None:
        super().__init__()
        self.marked = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = f"javascript:{MARK}"
        held = any(MARK in name or (value or "").lower().startswith(address) for name, value in attrs)
        self.marked = self.marked or MARK in tag or held


def _may_hold_the_mark(answer: Answer) -> bool:
    """Whether a page is worth a look by the browser, which alone decides: the mark is not plain text on it."""
    text = answer.text
    if answer.media_type not in HTML or MARK not in text.lower():
        return False
    names = _Names()
    names.feed(text)
    return names.marked or f"<{MARK}" in text.lower()


@requirement("6749-10.14-01", broken_by="ui-header-injection")
@requirement("6749-10.14-01", broken_by="authorize-answer-splits-at-a-line-feed")
@tolerates("legal-front-refuses-odd-requests")
def test_nothing_that_is_sent_begins_a_header(
    search: Search, owner_session: OwnerSession, authorization_draft: Draft, code_client: Client
) -> None:
    """A line break in an authorization request begins no header of any answer, up to the client."""

    def judge(draft: Draft) -> None:
        landing = owner_session.opens(draft.request.url, code_client.redirect_uris)
        assert begins_no_header(landing.hops, SPLIT)

    search(
        authorization_draft,
        judge,
        _with_line_breaks(authorization_draft),
        first=[
            _with_header(authorization_draft, "state", "a line break"),
            _with_header(authorization_draft, "state", "a line feed"),
        ],
    )


def _with_header(draft: Draft, name: str, what: str) -> Draft:
    """The draft with a value that goes on with a line break and a header."""
    value = b"abcdefgh" + LINE_BREAKS[what] + SPLIT.lower().encode() + b":%20found"
    return draft.with_value(name, value, f"{name} holds {what}, and a header behind it")


def _with_line_breaks(draft: Draft) -> st.SearchStrategy[Draft]:
    names = st.sampled_from([*draft.names, "x-conformance"])
    return st.builds(
        lambda name, what: _with_header(draft, name, what), names, st.sampled_from(list(LINE_BREAKS))
    )
