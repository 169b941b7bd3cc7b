"""Whose key of the target file signed a JWT that a check sent, in words for reports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fixtures.assertion import public_jwk
from fixtures.errors import CannotTest
from fixtures.jwt import read_jwt
from fixtures.target import Client

NOBODY = "whose signature no key of the target file verifies"
NOT_ITS_OWN = "whose signature the key in it does not verify"


def signer_in(clients: Mapping[str, Client]) -> Callable[[str], str]:
    """Tells of a JWT which client of the target file has the key that signed it; empty where that is unknown.

    Of one that holds its key, as a DPoP proof does, it tells only where that is not the one that signed it.
    Characters that no JWT has are passed over: what they are is told elsewhere.
    """
    keys = {name: public_jwk(client.key) for name, client in clients.items() if client.key}

    def tell(value: str) -> str:
        jwt = read_jwt(re.sub(r"[^A-Za-z0-9_.-]", "", value))
        if jwt is None:
            return ""
        try:
            if isinstance(own := jwt.header.get("jwk"), Mapping):
                return "" if jwt.is_signed_by([own]) else NOT_ITS_OWN
            names = [name for name, key in keys.items() if jwt.is_signed_by([key])]
        except CannotTest:
            return ""
        return f"signed with the key of client {names[0]} in the target file" if names else NOBODY

    return tell
