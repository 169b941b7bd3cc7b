"""Origin: where requests go, with addresses and TLS prepared before the first of them. Opens no connection."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from fixtures.errors import BadTarget, Unreachable


class Origin:
    """A scheme, a host and a port (RFC 6454 section 4), resolved once. Compared by identity: make one and share it.

    host: as in the URL, an IPv6 address without brackets. addresses: what the name resolved to, tried in this order.
    context: how TLS is spoken, None for http. session: what the last handshake left for the next one to resume.
    """

    __slots__ = ("addresses", "context", "host", "port", "resume", "session")

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None = None, *, resume: bool = True
    ) -> None:
        self.host = host
        self.port = port
        self.context = context
        self.resume = resume
        self.session: ssl.SSLSession | None = None
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as problem:
            raise Unreachable(f"The name {host} cannot be resolved: {problem.strerror}.") from problem
        self.addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))

    def __repr__(self) -> str:
        return f"<Origin {self.authority}>"

    @property
    def authority(self) -> str:
        """What the Host header says (RFC 9112 section 3.2): the port is left out when it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.context else 80) else f"{host}:{self.port}"


def origin_of(url: str, *, ca_file: Path | None = None, resume: bool = True) -> Origin:
    """The origin of an http or https URL.

    ca_file: trust these authorities alone; None trusts those of the system. resume: resume TLS sessions on new
    connections. Raises BadTarget for a URL without scheme or host, Unreachable for a name that does not resolve.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise BadTarget([f"{url} is not an http or https URL."])
    if parts.scheme == "http":
        return Origin(parts.hostname, parts.port or 80)
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    # some Pythons (3.11.2 of Debian 12) have an end without close_notify look like a proper one, which hides a cut
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    context.set_alpn_protocols(["http/1.1"])
    return Origin(parts.hostname, parts.port or 443, context, resume=resume)
