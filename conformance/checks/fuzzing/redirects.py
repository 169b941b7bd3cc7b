"""Following an authorization request as a browser does, to the first page: nobody signs in, nothing is pressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from fixtures.http.cookies import CookieJar
from fixtures.http.exchange import Answer, Request, Send

MOST_REDIRECTS = 6


@dataclass(frozen=True, kw_only=True)
class Followed:
    """hops: every answer, the first page last; left_for: the address outside the server it led to, or empty.

    cookies: what a browser would now send to the page, or None.
    """

    hops: Sequence[Answer]
    left_for: str = ""
    cookies: str | None = None


def follow(send: Send, request: Request) -> Followed:
    """Send a request, and follow the redirects that stay at its server, cookies kept."""
    jar, hops = CookieJar(), [send(request)]
    url, own = request.url, urlsplit(request.url).netloc
    for _ in range(MOST_REDIRECTS):
        answer = hops[-1]
        jar.keep(url, answer)
        location = answer.header("location")
        if not 300 <= answer.status < 400 or not location:
            break
        url = _joined(url, location)
        if _authority(url) != own:
            return Followed(hops=hops, left_for=url)
        cookie = jar.header(url)
        headers = (("Accept", "text/html"), *((("Cookie", cookie),) if cookie else ()))
        hops.append(send(Request(method="GET", url=url.partition("#")[0], headers=headers)))
    return Followed(hops=hops, cookies=jar.header(url))


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError:  # a redirect to what is no URL leads away from the server
        return location


def _authority(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""
