"""The ways in which a request may differ from the ordinary one and mean the same: nothing in here makes it wrong."""

from __future__ import annotations

from urllib.parse import unquote_plus

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from conformance.checks.fuzzing.draft import Draft, written
from conformance.checks.support import strategies
from fixtures.target import Client


@st.composite
def with_unknown_parameters(draw: DrawFn, draft: Draft) -> Draft:
    """The draft with unknown parameters, and all of them in any order."""
    names = draw(st.lists(strategies.unknown_names(), min_size=1, max_size=3, unique=True))
    more = [written(name, draw(strategies.vschars(min_size=0))) for name in names]
    parts = draw(st.permutations([*draft.parts, *more]))
    return draft.but(f"with {', '.join(names)}, reordered", parts=tuple(parts))


@st.composite
def encoded_otherwise(draw: DrawFn, draft: Draft) -> Draft:
    """The draft with its names and values form-encoded in another way, and its media type written otherwise."""
    parts = []
    for part in draft.parts:
        name, _, value = part.decode("ascii").partition("=")
        encoded = [draw(strategies.form_encodings(unquote_plus(text))) for text in (name, value)]
        parts.append(b"=".join(encoded))
    kind = draw(
        st.sampled_from(
            [
                "application/x-www-form-urlencoded",
                "Application/X-WWW-Form-Urlencoded",
                "application/x-www-form-urlencoded;charset=UTF-8",
                "application/x-www-form-urlencoded; charset=utf-8",
            ]
        )
    )
    return draft.with_header("Content-Type", kind, f"encoded otherwise, called {kind}").but(
        "escaped here and there", parts=tuple(parts)
    )


@st.composite
def scope_in_any_order(draw: DrawFn, draft: Draft, client: Client) -> Draft:
    """The draft asking for some of the client's scope, in any order."""
    asked = draw(st.lists(st.sampled_from(sorted(client.scopes)), min_size=1, unique=True))
    return draft.with_text("scope", " ".join(asked), f"scope is {' '.join(asked)}")


@st.composite
def with_any_state(draw: DrawFn, draft: Draft) -> Draft:
    """The draft with any state, in any form-encoding."""
    state = draw(strategies.states())
    return draft.with_value("state", draw(strategies.form_encodings(state)), f"state is {state!r}")
