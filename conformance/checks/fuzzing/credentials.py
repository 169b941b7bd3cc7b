"""Credentials that prove nothing: HTTP Basic in every malformed shape, and secrets that are nearly right."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from urllib.parse import quote_plus

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.checks.fuzzing.draft import Draft, name_of, written
from fixtures.target import Client

IDENTIFYING = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})


def basic(octets: bytes) -> str:
    """A Basic header value over these octets."""
    return f"Basic {base64.b64encode(octets).decode('ascii')}"


def malformed(client: Client) -> dict[str, str]:
    """Authorization headers that are no credentials of the client, by the words for them. None holds its secret."""
    who = quote_plus(client.id)
    return {
        "the scheme alone": "Basic",
        "the scheme and a blank": "Basic ",
        "no base64": "Basic %%%not-base64%%%",
        "base64 that is cut off": basic(f"{who}:x".encode())[:-2] + "*",
        "base64 of nothing": "Basic ====",
        "no colon": basic(who.encode()),
        "a colon alone": basic(b":"),
        "no client": basic(b":x"),
        "no secret": basic(f"{who}:".encode()),
        "octets that are no UTF-8": basic(f"{who}:".encode() + b"\xff\xfe"),
        "a broken percent-encoding": basic(f"{who}:%zz".encode()),
        "NUL": basic(b"\x00:\x00"),
        "the client with NUL behind it": basic(f"{who}\x00:".encode()),
        "a line break": basic(f"{who}\r\n:x".encode()),
        "100,000 characters": basic(f"{who}:{'a' * 6_000}".encode()),
        "an unknown scheme": "Conformance abc",
        "a Bearer token that nobody issued": "Bearer no-such-token",
        "a Bearer scheme alone": "Bearer",
        "Digest without parameters": "Digest",
        "Digest with a broken parameter": 'Digest username="',
        "Negotiate": "Negotiate YII=",
        "commas": ",,,",
        "nothing": "",
        "two credentials in one": f"{basic(f'{who}:x'.encode())}, {basic(f'{who}:y'.encode())}",
        "a parameter for credentials": f'Basic realm="{who}"',
    }


def nearly_right(client: Client) -> dict[str, str]:
    """Secrets that are not the client's, though a careless comparison may take them for it."""
    secret = client.secret or ""
    found = {
        "the secret without its last character": secret[:-1],
        "the first character of the secret": secret[:1],
        "the secret with NUL and more behind it": f"{secret}\x00more",
        "NUL before the secret": f"\x00{secret}",
        "the secret in the other case": secret.swapcase(),
        "the secret with more behind it": f"{secret}x",
        "the secret twice": f"{secret}{secret}",
        "the secret with a wild card": f"{secret[:-1]}%",
        "the client's identifier": client.id,
        "the word null": "null",
        "a query of a database": "' OR '1'='1",
        "brackets": "[]",
        "a blank": " ",
    }
    return {what: value for what, value in found.items() if value not in {secret, ""}}


def without_credentials(draft: Draft) -> Draft:
    """The draft without anything that shows who sends it."""
    kept = tuple(header for header in draft.headers if header[0].lower() != "authorization")
    parts = tuple(part for part in draft.parts if name_of(part) not in IDENTIFYING)
    return draft.but("no credentials", headers=kept, parts=parts)


def with_header(draft: Draft, what: str, value: str) -> Draft:
    """The draft with this Authorization header, and no other credentials."""
    bare = without_credentials(draft)
    return draft.but(
        f"Authorization is malformed: {what}",
        headers=(*bare.headers, ("Authorization", value)),
        parts=bare.parts,
    )


def with_secret(draft: Draft, client: Client, secret: str, wrong: str, *, in_body: bool = False) -> Draft:
    """The draft with this secret, by HTTP Basic or in the body. wrong: the words for it."""
    bare = without_credentials(draft)
    if in_body:
        identity = (written("client_id", client.id), written("client_secret", secret))
        return draft.but(wrong, headers=bare.headers, parts=(*bare.parts, *identity))
    value = basic(f"{quote_plus(client.id)}:{quote_plus(secret)}".encode())
    return draft.but(wrong, headers=(*bare.headers, ("Authorization", value)), parts=bare.parts)


def shapes(drafts: Sequence[Draft], client: Client) -> SearchStrategy[Draft]:
    """The drafts with malformed Authorization headers."""
    headers = st.sampled_from(list(malformed(client).items()))
    return st.builds(lambda draft, pair: with_header(draft, *pair), st.sampled_from(list(drafts)), headers)


def some_malformed(draft: Draft, client: Client) -> list[Draft]:
    """The draft with the malformed Authorization headers that servers have failed at most."""
    known = ("no base64", "no colon", "octets that are no UTF-8", "a broken percent-encoding", "NUL")
    return [with_header(draft, what, malformed(client)[what]) for what in known]


def some_unproven(draft: Draft, client: Client) -> list[Draft]:
    """The draft with what servers have taken for proof: nothing, the secret and more behind NUL, an empty secret."""
    cut = f"{client.secret}\x00more"
    return [
        without_credentials(draft),
        with_secret(draft, client, cut, "NUL and more stand behind the secret"),
        with_secret(draft, client, "", "the secret in HTTP Basic is empty"),
    ]


@st.composite
def unproven(draw: DrawFn, drafts: Sequence[Draft], client: Client) -> Draft:
    """A draft whose sender proves nothing: no credentials, malformed ones, or a secret that is not the client's."""
    draft = draw(st.sampled_from(list(drafts)))
    kinds = ["none", "identifier alone", "malformed", *(["nearly right", "wrong"] if client.secret else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "none":
        return without_credentials(draft)
    if kind == "identifier alone":
        bare = without_credentials(draft)
        return bare.but("client_id alone", parts=(*bare.parts, written("client_id", client.id)))
    if kind == "malformed":
        return draw(shapes([draft], client))
    in_body = draw(st.booleans())
    if kind == "nearly right":
        what, secret = draw(st.sampled_from(list(nearly_right(client).items())))
    else:
        drawn = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
        what, secret = "text drawn at random", draw(drawn.filter(lambda text: text != client.secret))
    return with_secret(
        draft,
        client,
        secret,
        f"{'client_secret' if in_body else 'the secret in HTTP Basic'} is {what}",
        in_body=in_body,
    )
