"""Where the authorization endpoint sends the browser, whatever it is asked: to registered addresses, in clean words."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.checks.authorization.accepted_uris import Taken, none_taken
from conformance.checks.fuzzing import defects
from conformance.checks.fuzzing.draft import Draft, name_of, written
from conformance.checks.fuzzing.searching import Search
from conformance.checks.support.addresses import NOBODYS
from conformance.checks.support.facts import no_exceptions
from conformance.checks.support.grammar import is_error_text
from conformance.ledger.requirement import requirement, tolerates
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client

TAILS = (
    *(
        "/",
        "/.",
        "/..",
        "/../x",
        "//",
        "x",
        ".x",
        "?x",
        "?x=1",
        "#x",
        "#",
        "%00",
        "%0d%0a",
        "%20",
        "\\x",
        ";x",
        "&x=1",
    ),
    *("\x00", "\r\n", "\t", " ", "\u3002x", "@x", "*", "%2e%2e/x", f"\x00.{NOBODYS}", f"\n.{NOBODYS}"),
)
"""What is put behind a registered URI, or into it."""
HOSTS = (
    "{new}",
    "{host}.{new}",
    "{host}@{new}",
    "{host}:x@{new}",
    "{new}\\@{host}",
    "{new}#@{host}",
    "{new}?@{host}",
    "{new}/{host}",
    "{new}%00{host}",
    "{new}\t{host}",
    "{host}%2f@{new}",
    "{new}:443",
    "{host}\u3002{new}",
)
"""Authorities that lead elsewhere, and look like the registered one to a careless reader."""


@st.composite
def _strange_uris(draw: DrawFn, registered: str) -> str:
    """A URI that is not the registered one, though it may look like it."""
    parts = urlsplit(registered)
    kind = draw(st.sampled_from(["host", "tail", "inside", "scheme", "drawn"]))
    if kind == "host":
        new = draw(st.sampled_from(HOSTS)).format(host=parts.netloc, new=NOBODYS)
        return f"{parts.scheme}://{new}{parts.path}"
    if kind == "scheme":
        scheme = draw(
            st.sampled_from(["//", "javascript:", "data:text/html,", "\\\\", "http:", "ftp://", "/"])
        )
        return f"{scheme}{draw(st.sampled_from([NOBODYS, parts.netloc]))}{parts.path}"
    tail = draw(st.sampled_from(TAILS))
    if kind == "tail":
        return f"{registered}{tail}"
    if kind == "inside":
        at = draw(st.integers(min_value=1, max_value=len(registered)))
        return f"{registered[:at]}{tail}{registered[at:]}"
    drawn = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
    return f"https://{NOBODYS}/{drawn}"


def _can_be_split(uri: str) -> bool:
    """Whether the standard library reads a URI at all: what it cannot read, it cannot follow either."""
    try:
        urlsplit(uri)
    except ValueError:
        return False
    return bool(uri.strip())


@requirement("6749-10.15-S01", broken_by="authorize-redirect-prefix")
@requirement("6749-3.1.2.4-01", broken_by="authorize-redirect-cut-at-a-control-character")
@tolerates("legal-authorize-mismatch-told-at-the-registered-uri", "legal-authorize-error-page-with-200")
def test_no_strange_uri_is_redirected_to(
    search: Search, taken: Taken, web_client: Client, authorization_draft: Draft
) -> None:
    """However like a registered one a redirection URI looks, neither a code nor an error is sent to it."""
    uri = web_client.redirect_uri

    def strange(text: str) -> Draft:
        return authorization_draft.with_text("redirect_uri", text, f"redirect_uri is {text!r}")

    def judge(draft: Draft) -> None:
        assert none_taken(taken(web_client, [draft.value("redirect_uri") or ""], codes_count=False))

    drawn = _strange_uris(uri).filter(
        lambda text: text not in web_client.redirect_uris and _can_be_split(text)
    )
    search(
        authorization_draft,
        judge,
        drawn.map(strange),
        first=[strange(f"{uri}.{NOBODYS}"), strange(f"{uri}\n.{NOBODYS}")],
    )


@requirement("6749-4.1.2.1-05", broken_by="authorize-error-description-charset")
@requirement("6749-4.1.2.1-03", broken_by="authorize-error-quoted")
@tolerates("legal-authorize-with-other-parameters")
def test_every_error_at_the_client_is_in_proper_words(
    search: Search, owner_session: OwnerSession, authorization_draft: Draft, code_client: Client
) -> None:
    """However odd the parameters of a request, an error that the client is told holds no character it may not hold."""

    def judge(draft: Draft) -> None:
        told = owner_session.opens(draft.request.url, code_client.redirect_uris).query
        texts = [told[name] for name in ("error", "error_description") if told.get(name)]
        assert no_exceptions(
            [text for text in texts if not is_error_text(text)],
            "printable ASCII without quotation mark and backslash",
        )

    search(
        authorization_draft,
        judge,
        defects.spoilt([authorization_draft], defects.PARAMETERS),
        first=[authorization_draft.with_text("response_type", "no_such_type", "response_type is unknown")],
    )


@requirement("6749-4.1.2.1-S10", broken_by="authorize-state-truncated")
@tolerates("legal-authorize-with-a-dummy-fragment")
def test_state_comes_back_with_every_error(
    search: Search, owner_session: OwnerSession, authorization_draft: Draft, code_client: Client
) -> None:
    """However odd the rest of a request, an error that the client is told comes with the state that it sent, once."""
    rest = replace(
        authorization_draft,
        parts=tuple(part for part in authorization_draft.parts if name_of(part) != "state"),
    )
    state = "a state of the client: 100% = +1"

    def judge(draft: Draft) -> None:
        sent = replace(draft, parts=(*draft.parts, written("state", state)))
        landing = owner_session.opens(sent.request.url, code_client.redirect_uris)
        assert not landing.sent_on or not landing.tells("error") or landing.tells("state", state)

    search(
        authorization_draft,
        judge,
        defects.spoilt([rest], defects.PARAMETERS),
        first=[rest.with_text("response_type", "no_such_type", "response_type is unknown")],
    )
