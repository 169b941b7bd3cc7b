"""What a URL says about how it is reached."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_https_or_loopback(url: str) -> bool:
    """Whether a URL is https. http at this machine passes: nothing leaves it, and every laboratory works so."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its literal address or as localhost."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
