"""Safety: whether load may be sent at all: to loopback, or where the target file and the command line both say so."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from fixtures.target import Target


class Refused(Exception):
    """Load is not sent. reasons: a sentence each, with what to do about it."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(reasons))


def addresses_of(host: str) -> list[str]:
    """The addresses that a name stands for; none where it does not resolve."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None)})
    except OSError:
        return []


def check(
    target: Target,
    *,
    allowed: Iterable[str] = (),
    rate: float,
    seconds: float,
    requests: float = 1.0,
    resolve: Callable[[str], Sequence[str]] = addresses_of,
) -> None:
    """Refused unless every endpoint is on this machine or twice allowed, and the run is within its caps.

    allowed: the hosts that the command line repeats. rate: the highest arrivals a second; seconds: the whole run;
    requests: how many an arrival comes to.
    """
    urls = [url for url in (target.issuer, *target.endpoints.values()) if url]
    hosts = dict.fromkeys(urlsplit(url).hostname or "" for url in urls)
    repeated = {host.lower() for host in allowed}
    named = {host.lower() for host in target.load.allowed_hosts}
    file = (
        target.source
        if "://" not in target.source
        else "a target file, as python3 -m conformance init writes"
    )
    reasons: list[str] = []
    for host in hosts:
        if host in named & repeated or _is_here(host, resolve):
            continue
        todo = [f'name it under [load] allowed_hosts = ["{host}"] in {file}'] * (host not in named)
        todo += [f"repeat it on the command line: --allow-host {host}"] * (host not in repeated)
        reasons.append(
            f"No load is sent to {host}, which is not this machine. If it is yours: {', and '.join(todo)}."
        )
    terms = target.load
    if rate > terms.most_rate:
        reasons.append(
            f"{rate:g} arrivals a second are more than [load] rate = {terms.most_rate:g} allows. "
            "Lower --rate, or raise rate in the target file."
        )
    if seconds > terms.most_seconds:
        reasons.append(
            f'{seconds:g} s are longer than [load] time = "{terms.most_seconds:g}s" allows. '
            "Lower --for, or raise time in the target file."
        )
    planned = rate * seconds * requests
    if planned > terms.most_requests:
        reasons.append(
            f"About {planned:,.0f} requests are more than [load] requests = {terms.most_requests} allows. "
            "Lower --rate or --for, or raise requests in the target file."
        )
    if reasons:
        raise Refused(reasons)


def _is_here(host: str, resolve: Callable[[str], Sequence[str]]) -> bool:
    found = resolve(host)
    return bool(found) and all(ipaddress.ip_address(each.split("%")[0]).is_loopback for each in found)
