"""What a URL says about how it is reached."""

from __future__ import annotations

import ipaddress

from fixtures.http.connection import is_loopback
from fixtures.http.urls import parts_of

NOBODYS = "attacker.invalid"
"""A host that nobody can have (RFC 2606 section 2)."""

PRIVATE_NAMES = (".localhost", ".test", ".local", ".internal", ".home.arpa")
"""Ends of names that are not delegated in the public DNS (RFC 6761, RFC 6762, RFC 8375)."""


def is_https_or_loopback(url: str) -> bool:
    """Whether a URL is https. http at this machine passes: nothing leaves it, and every laboratory works so."""
    parts = parts_of(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_laboratory(host: str) -> bool:
    """Whether a host is of a kind that nobody on the internet can reach: this machine, a private address or name."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_NAMES)
