"""state goes back as it came, with a code and with an error (RFC 6749 sections 4.1.2 and 4.1.2.1, appendix A.5)."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks.authorization.conftest import STATE, Ask
from conformance.checks.support.facts import all_of, equals
from conformance.ledger.requirement import requirement, tolerates
from fixtures.errors import CannotTest
from fixtures.owner.without_browser import Landing
from fixtures.target import Client

EVERY_CHARACTER = "".join(chr(code) for code in (*range(0x21, 0x50), *range(0x20, 0x7F)))
ENCODED = "twice-encoded%2520+%2B%26once%20again=/?#end"


def _returned(landing: Landing) -> str | None:
    """The state of an answer that reached the client; CannotTest where none did."""
    if not landing.is_at_client:
        raise CannotTest(
            "A request whose state holds unusual characters ended on a page, so no state came back.",
            "Does something in front of the server, such as a firewall, refuse such requests?",
        )
    return {**landing.fragment, **landing.query}.get("state")


@requirement("6749-4.1.2-06", broken_by="authorize-state-dropped-on-success")
@requirement("6749-4.1.2-S03", broken_by="authorize-state-truncated")
@tolerates("legal-authorize-with-a-dummy-fragment", "legal-authorize-with-other-parameters")
def test_a_code_comes_with_the_state_of_its_request(ask: Ask, code_client: Client) -> None:
    """The redirect with the code carries the state of the request."""
    landing = ask(code_client, state="Zm9yIHRoaXMgcmVxdWVzdCBvbmx5LCBhbmQgbm90aGluZyBlbHNl")

    assert equals("state", _returned(landing), "Zm9yIHRoaXMgcmVxdWVzdCBvbmx5LCBhbmQgbm90aGluZyBlbHNl")


@requirement("6749-4.1.2-S03", broken_by="authorize-state-trimmed")
@requirement("6749-A.5-S01", broken_by="authorize-state-trimmed")
@requirement("6749-A.5-S01", broken_by="authorize-state-reencoded")
def test_state_may_hold_every_printable_character(ask: Ask, code_client: Client) -> None:
    """A state of all printable ASCII characters, and one that looks encoded already, come back unchanged."""
    states = {state: _returned(ask(code_client, state=state)) for state in (EVERY_CHARACTER, ENCODED)}

    assert all_of(
        {
            f"state {at}": equals("state", returned, state)
            for at, (state, returned) in enumerate(states.items(), 1)
        }
    )


@requirement("6749-4.1.2-S03", broken_by="authorize-state-stripped")
@requirement("6749-A.5-S01", broken_by="authorize-state-stripped")
def test_state_keeps_the_spaces_around_it(ask: Ask, code_client: Client) -> None:
    """A state that begins and ends with a space comes back with both."""
    landing = ask(code_client, state=" between two spaces ")

    assert equals("state", _returned(landing), " between two spaces ")


@requirement("6749-4.1.2-S03", broken_by="authorize-long-state-cut")
@tolerates("legal-authorize-long-state-refused")
def test_a_long_state_is_not_cut(ask: Ask, code_client: Client) -> None:
    """A state of 600 characters comes back whole, or the request is refused."""
    state = "0123456789abcdefghij" * 30
    landing = ask(code_client, state=state)
    if not landing.code:
        return

    assert landing.tells("state", state, place="query")


@requirement("6749-B-01", broken_by="authorize-state-read-as-latin-1")
@tolerates("legal-authorize-state-beyond-ascii-refused")
def test_state_beyond_ascii_comes_back_in_utf_8(ask: Ask, code_client: Client) -> None:
    """A state in other letters is refused, or comes back as the same letters in UTF-8."""
    state = "\u00e9t\u00e9 \u20ac \u65e5\u672c"
    landing = ask(code_client, state=state)
    if not landing.code:
        return

    assert landing.tells("state", state, place="query")


@requirement("6749-4.1.1-06", broken_by="authorize-state-required")
def test_a_request_may_come_without_state(ask: Ask, code_client: Client) -> None:
    """A request without state gets a code."""
    landing = ask(code_client, state=None)

    assert landing.gives_code


@requirement("6749-4.1.2-S03", broken_by="authorize-state-invented")
@requirement("6749-3.1-06", broken_by="authorize-state-invented")
@tolerates("legal-authorize-state-without-value")
def test_no_state_comes_back_where_none_was_sent(ask: Ask, code_client: Client) -> None:
    """A request without state, or with an empty one, is answered without a state that has a value."""
    answers = {
        case: ask(code_client, state=sent) for case, sent in (("no state", None), ("an empty state", ""))
    }

    assert all_of({case: ~landing.tells("state", place="query") for case, landing in answers.items()})


@requirement("6749-4.1.2.1-08", broken_by="authorize-state-dropped-on-error")
@requirement("6749-4.1.2.1-S10", broken_by="authorize-state-trimmed")
@tolerates(
    "legal-authorize-with-a-dummy-fragment",
    "legal-authorize-with-other-parameters",
    "legal-ui-consent-remembered",
)
def test_a_denial_comes_with_the_state_of_its_request(denial: Landing) -> None:
    """The redirect that reports a denial carries the state of the request."""
    if "error" not in denial.query:
        raise CannotTest("The owner's denial did not reach the client as an error, so there is none to read.")

    assert denial.tells("state", STATE, place="query")


@requirement("6749-4.1.2.1-08", broken_by="authorize-state-dropped-on-error")
@requirement("6749-4.1.2.1-S10", broken_by="authorize-state-trimmed")
@tolerates("legal-authorize-with-a-dummy-fragment", "legal-authorize-asks-before-it-tells")
def test_an_error_comes_with_the_state_of_its_request(refusals: Mapping[str, Landing]) -> None:
    """Each redirect that reports a wrong request carries the state of that request."""
    assert all_of({what: landing.tells("state", STATE) for what, landing in refusals.items()})
