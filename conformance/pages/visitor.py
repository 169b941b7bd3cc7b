"""An owner who stops at every page, so that a check can look at it and change what is sent from it.

Recognising forms, filling them in and keeping cookies are fixtures.owner's; what a page says is read here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from fixtures.errors import CannotTest
from fixtures.forms import Form
from fixtures.owner import OwnerSession
from fixtures.target import Owner
from fixtures.wire import Answer, Request, Send

MOST_REDIRECTS = 15
MOST_PAGES = 8
HTML = frozenset({"text/html", "application/xhtml+xml"})
TYPED = ("text", "email", "tel")


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One step of a journey: the method that was used, and what came back."""

    method: str
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Where a visitor stands: before a page of the server, or sent to the client (then answer is None).

    form: the one that leads on from this page, or None; ends: the redirect URIs where the journey ends;
    hops: every answer since the last stop.
    """

    url: str
    answer: Answer | None = None
    form: Form | None = None
    ends: Sequence[str] = ()
    hops: Sequence[Hop] = field(default=(), repr=False)

    @property
    def is_at_client(self) -> bool:
        """Whether the browser was sent to the redirect URI, or out of the web."""
        return self.answer is None

    @property
    def query(self) -> dict[str, str]:
        """The parameters in the query of the URL."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def code(self) -> str | None:
        """The authorization code, where the client got one."""
        return self.query.get("code") if self.is_at_client else None

    @property
    def asks_to_sign_in(self) -> bool:
        """Whether the page wants a user name or a password."""
        return self.form is not None and self.form.first("password", *TYPED) is not None

    @property
    def asks_for_consent(self) -> bool:
        """Whether the page has a form that leads on and is none for signing in."""
        return self.form is not None and not self.asks_to_sign_in

    @property
    def words(self) -> str:
        """What a person reads on the page, in one line."""
        return visible(self.answer.text) if self.answer is not None else ""

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the form, by name."""
        controls = self.form.controls if self.form else []
        return {control.name: control.value for control in controls if control.kind == "hidden"}


class Visitor(OwnerSession):
    """One owner at a browser of her own. Nothing is judged here; what is no answer at all is CannotTest.

    headers: sent with every request from now on.
    """

    def __init__(self, owner: Owner, send: Send) -> None:
        super().__init__(owner, self._with_headers)
        self._out = send
        self.headers: Sequence[tuple[str, str]] = ()

    def _with_headers(self, request: Request) -> Answer:
        return self._out(replace(request, headers=(*request.headers, *self.headers)))

    def goes_to(self, url: str, redirect_uris: Sequence[str] = ()) -> Stop:
        """Open a URL and stop at the first page. redirect_uris: where the journey ends."""
        return self._follows("GET", url, b"", redirect_uris)

    def sends_form(self, url: str, fields: bytes) -> Stop:
        """Post a form as it is encoded here, and stop at what comes next."""
        return self._follows("POST", url, fields, ())

    def takes_cookies_of(self, other: Visitor) -> None:
        """Know from now on the cookies that another browser has at this moment."""
        self._jar.put(other._jar.cookies)

    def presses(
        self,
        page: Stop,
        *,
        allow: bool = True,
        changes: Mapping[str, str | None] | None = None,
        method: str | None = None,
    ) -> Stop:
        """Send the form of a page, of this visitor's or of another's, and stop at what comes next.

        changes: fields to replace, add, or leave out (None). method: another than the form's own.
        """
        url, method, body = self.filled_in(page, allow=allow, changes=changes or {}, method=method)
        elsewhere = (changes or {}).get("redirect_uri")
        return self._follows(method, url, body, [*page.ends, *([elsewhere] if elsewhere else [])])

    def filled_in(
        self, page: Stop, *, allow: bool, changes: Mapping[str, str | None], method: str | None = None
    ) -> tuple[str, str, bytes]:
        """URL, method and body of what a browser sends from a page."""
        if page.form is None:
            raise CannotTest(f"{page.url.split('?', 1)[0]} has no form that was recognised.")
        ticked = [
            (box.name, box.value or "on")
            for box in page.form.controls
            if box.kind == "checkbox" and box.checked
        ]
        url, usual, body = self._submit(page.url, page.form, allow=allow)
        text = body.decode("ascii") if usual == "POST" else urlsplit(url).query
        pairs = [(name, value) for name, value in parse_qsl(text, keep_blank_values=True)]
        pairs += [pair for pair in ticked if pair not in pairs]
        pairs = [(name, value) for name, value in pairs if name not in changes]
        pairs += [(name, value) for name, value in changes.items() if value is not None]
        encoded = urlencode(pairs)
        if (method or usual) == "POST":
            return url, "POST", encoded.encode("ascii")
        return f"{url.split('?', 1)[0]}?{encoded}", "GET", b""

    def signs_in(self, page: Stop, *, changes: Mapping[str, str | None] | None = None) -> Stop:
        """Work the pages that ask for name and password; stop at the first page after them."""
        for _ in range(MOST_PAGES):
            if not page.asks_to_sign_in:
                return page
            with_password = page.form is not None and page.form.first("password") is not None
            stop = self.presses(page, changes=changes)
            if (
                with_password
                and stop.asks_to_sign_in
                and stop.form is not None
                and stop.form.first("password")
            ):
                raise CannotTest(
                    f"{stop.url.split('?', 1)[0]} asked {self.owner.name} to sign in again after the password.",
                    f"Is the password of [owners.{self.owner.name}] right?",
                )
            page = replace(stop, hops=[*page.hops, *stop.hops])
        raise CannotTest(f"Signing in did not come to an end on {MOST_PAGES} pages.")

    def goes_on(self, page: Stop, *, allow: bool = True) -> Stop:
        """Go on to the client, signing in and allowing (or denying) on the way."""
        for _ in range(MOST_PAGES):
            if page.form is None:
                return page
            step = self.signs_in(page) if page.asks_to_sign_in else self.presses(page, allow=allow)
            page = replace(step, hops=[*page.hops, *step.hops])
        raise CannotTest(f"The pages did not come to an end after {MOST_PAGES}.")

    def _follows(self, method: str, url: str, body: bytes, ends: Sequence[str]) -> Stop:
        hops: list[Hop] = []
        for _ in range(MOST_REDIRECTS):
            if urlsplit(url).scheme not in {"http", "https"} or any(_is_at(url, uri) for uri in ends):
                return Stop(url=url, ends=ends, hops=hops)
            answer = self._step(method, url, body)
            hops.append(Hop(method=method, answer=answer))
            if answer.status >= 500:
                raise CannotTest(f"{method} {url.split('?', 1)[0]} was answered {answer.status}.")
            location = answer.header("location")
            if answer.status not in {301, 302, 303, 307, 308} or not location:
                return Stop(url=url, answer=answer, form=self._next_form(answer), ends=ends, hops=hops)
            url = urljoin(url, location)
            if answer.status < 307:
                method, body = "GET", b""
        raise CannotTest(f"{url.split('?', 1)[0]} redirected more than {MOST_REDIRECTS} times.")


def _is_at(url: str, redirect_uri: str) -> bool:
    return urlsplit(url)[:3] == urlsplit(redirect_uri)[:3]


@dataclass(frozen=True)
class Reference:
    """What a page loads or links to. loads: whether the browser fetches it by itself."""

    url: str
    loads: bool


class _Reading(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.references: list[Reference] = []
        self.tags: set[str] = set()
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self._silent += tag in {"script", "style"}
        if "src" in values:
            self.references.append(Reference(values["src"], loads=True))
        if "href" in values:
            self.references.append(Reference(values["href"], loads=tag == "link"))

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"script", "style"} and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def _read(page: str) -> _Reading:
    reading = _Reading()
    reading.feed(page)
    reading.close()
    return reading


def visible(page: str) -> str:
    """The words of a page without scripts, styles and markup."""
    return " ".join(" ".join(_read(page).parts).split())


def references(page: str) -> list[Reference]:
    """Every src and href of a page, as written."""
    return _read(page).references


def tags(page: str) -> set[str]:
    """The names of all elements of a page."""
    return _read(page).tags
