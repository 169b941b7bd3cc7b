"""An owner takes back, on the server's own page, what she allowed a client: by the page's plain forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from fixtures.errors import CannotTest
from fixtures.http.urls import joined
from fixtures.owner.forms import Control, Form, read_forms
from fixtures.owner.landing import Landing
from fixtures.owner.without_browser import OwnerSession
from fixtures.target import Client, GrantsPage


def taking_back(page: GrantsPage, sessions: Mapping[str, OwnerSession]) -> Callable[[str, Client], bool]:
    """Takes back what an owner, by name, allowed a client; False where the page shows nothing of that client.

    sessions: of owners who have signed in. CannotTest when the page refuses.
    """

    def act(owner: str, client: Client) -> bool:
        session = sessions[owner]
        entry = _entry(session.visits(page.url), client, page.revoke)
        if entry is None:
            return False
        after = _press(session, *entry)
        again = _entry(after, client, page.confirm)
        if again is not None:
            after = _press(session, *again)
        if after.answer is None or after.answer.status >= 400:
            raise CannotTest(f"Taking the grant of {client.name} back at {page.url} did not succeed.")
        return True

    return act


def _entry(landing: Landing, client: Client, words: str) -> tuple[str, Form, Control] | None:
    """The button of one client, told by the client's id or name in its form."""
    named = re.compile(rf"\b({re.escape(client.id)}|{re.escape(client.name)})\b", re.IGNORECASE)
    for form in read_forms(landing.answer.text if landing.answer else ""):
        for button in form.buttons:
            if words.lower() in f"{button.label} {button.value}".lower() and named.search(form.text):
                return landing.uri, form, button
    return None


def _press(session: OwnerSession, url: str, form: Form, button: Control) -> Landing:
    fields = urlencode(form.fields(button, {})).encode("ascii")
    return session.visits(joined(url, form.action or url), fields=fields)
