"""What a client is handed, and how near two such tokens are to each other."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a client is handed. EXCHANGED: an access token that was given for another one (RFC 8693)."""

    CODE = "code"
    ACCESS = "access token"
    REFRESH = "refresh token"
    EXCHANGED = "exchanged token"

    @property
    def is_used_up(self) -> bool:
        """Whether to see if one works takes using it, where introspection does not tell."""
        return self in {Kind.CODE, Kind.REFRESH}


class Relation(StrEnum):
    """How near a token is to the one that a step is about. PAIR: of the same owner and client, by another grant."""

    SELF = "itself"
    GRANT = "of the same grant"
    PAIR = "of another grant by the same owner to the same client"
    UNRELATED = "of another owner or client"
