"""What checks of several endpoints expect of an answer. A function here is an assertion of the check that calls it."""

from __future__ import annotations

from collections.abc import Callable

from conformance.checks.support.facts import fact, shown
from conformance.checks.support.grammar import is_error_text
from conformance.checks.support.stack_traces import stack_trace
from fixtures.errors import CannotTest, NotOffered
from fixtures.http.exchange import Answer
from fixtures.owner.without_browser import Landing

WRONG_CLIENT = ("invalid_grant", "invalid_client", "unauthorized_client")
"""Which of these fits a code or a refresh token of another client is read in more than one way."""

OF_THE_ADDRESS = "invalid_request"
"""What a code of another client may be refused by where redirect_uri is looked at first: it is that client's."""

UNIDENTIFIED = ("invalid_client", "invalid_request", "unauthorized_client", "invalid_grant")
"""The same where the request does not say, or does not show, which client sent it."""


def expect_token_answer(answer: Answer) -> None:
    """A successful answer of the token endpoint, as RFC 6749 section 5.1 lays it down."""
    __tracebackhide__ = True
    assert answer.has_status(200)
    assert answer.has_type("application/json")
    assert answer.member_is("access_token", answer.access_token, "a string that is not empty")
    assert answer.holds_kind("token_type", str, "a string")
    assert answer.is_uncacheable


def expect_lifetime(answer: Answer) -> None:
    """An answer that tells in expires_in for how many seconds something lives."""
    __tracebackhide__ = True
    told = answer.members.get("expires_in")
    right = isinstance(told, int | float) and not isinstance(told, bool) and told > 0
    assert answer.member_is("expires_in", right, "a positive number")


Again = Callable[[], object]
"""Makes a request again that is right; raises CannotTest where it is refused now."""
OF_ANOTHER_THING = frozenset({"invalid_client", "unauthorized_client", "invalid_scope"})
"""What a token request is refused for whatever else is wrong with it: who asks, by which grant, for how much."""


def expect_refusal(answer: Answer, *errors: str, of: str = "", control: Again | None = None) -> None:
    """An answer of the token endpoint that gives nothing and says why, by one of these codes of section 5.2.

    of: the statement of the ledger that asks for such a code, where another asks for the refusal.

    Where invalid_client is one of them, a 401 that says no more is such a refusal too. That it says no more is held
    against the server once, by the checks of client authentication, and not by every check of what is refused.
    control: makes the request again as it is right, and raises where that is refused too: asked where the refusal
    speaks of another thing. CannotTest where it does, and there is none.
    """
    __tracebackhide__ = True
    assert not answer.grants_a_token
    if "invalid_client" in errors and answer.status == 401 and answer.error is None:
        return
    if answer.error in OF_ANOTHER_THING.difference(errors):
        if control is None:
            raise CannotTest(f"The refusal speaks of something other than what is wrong: {answer.brief}.")
        control()
    assert answer.has_error(*errors).of(of)


def expect_no_token(answer: Answer, *errors: str, of: str = "", control: Again | None = None) -> None:
    """An answer of the token endpoint that gives nothing. Where it says why, it is by one of these codes.

    of: as for a refusal.
    For checks of what is not given: a server that fails each time gives nothing either, and its failure is told once.
    control: as `expect_refusal` takes it.
    """
    __tracebackhide__ = True
    assert not answer.grants_a_token
    if not answer.is_failure:
        expect_refusal(answer, *errors, of=of, control=control)


def of_the_code(answer: Answer) -> Answer:
    """The answer to a code; CannotTest where it refuses who asks or what for, and says nothing of the code."""
    if answer.error in {"invalid_client", "invalid_scope", "unsupported_grant_type"}:
        raise CannotTest(f"The refusal speaks of something other than the code: {answer.brief}.")
    return answer


def expect_no_code(landing: Landing, *errors: str, of: str = "") -> None:
    """An authorization request that gives no code. Where the client is told why, it is by one of these (4.1.2.1).

    of: the statement of the ledger that asks for such a code, where another asks that none is given.
    For checks of what is not given: a page gives nothing either. Whether a client is to be told is another check's.
    """
    __tracebackhide__ = True
    if not landing.is_at_client:
        return
    assert not landing.gives_code
    assert landing.tells("error", *errors).of(of)


def told_to_the_client(landing: Landing) -> Landing:
    """Where a refused authorization request led, when the client was told.

    NotOffered where the owner is shown a page instead, which names no code: one check advises against that.
    """
    if landing.is_at_client or landing.pushed:
        return landing
    raise NotOffered(
        f"The server refuses this on a page, and tells the client nothing ({landing}).",
        "nothing in the target file; a server that tells the client (6749-4.1.2.1-S01a judges that)",
    )


def expect_told_refusal(landing: Landing, *errors: str, of: str = "") -> None:
    """A refused authorization request, of which the client is told by one of these codes (4.1.2.1). of: as above."""
    __tracebackhide__ = True
    expect_no_code(told_to_the_client(landing), *errors, of=of)


def expect_no_failure(answer: Answer, *, of: str = "") -> None:
    """An answer that a server gives on purpose, whatever was sent: no failure of its own, and no stack trace.

    of: as for a refusal.
    501 and 505 are given on purpose: they say that a method, or a version of HTTP, is not known.
    """
    __tracebackhide__ = True
    failed = answer.status >= 500 and answer.status not in {501, 505}
    assert fact(not failed, "no failure of the server (status 5xx)", answer).of(of)
    assert fact(
        stack_trace(answer.text) is None,
        "no stack trace in the answer",
        f"{answer}; it shows: {shown(stack_trace(answer.text))}",
    )


def expect_error_answer(answer: Answer, *, described_by: str = "") -> None:
    """An error answer as RFC 6749 section 5.2 lays it down, characters included.

    described_by: the statement of the ledger about the characters of error_description, where the check cites it.
    """
    __tracebackhide__ = True
    assert answer.has_status(400, 401)
    assert answer.has_type("application/json")
    assert answer.member_is(
        "error", is_error_text(answer.error), "printable ASCII without quotation mark and backslash"
    )
    described = answer.members.get("error_description") or None
    assert answer.member_is(
        "error_description",
        described is None or is_error_text(described),
        "printable ASCII without quotation mark and backslash",
    ).of(described_by)
