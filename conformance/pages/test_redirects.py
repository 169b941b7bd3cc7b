"""How the browser is sent on after every form, the consent page's included."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote_plus

import pytest

from conformance.pages.visitor import Hop, Stop, Visitor
from conformance.requirement import requirement, tolerates
from fixtures.clients import Clients
from fixtures.errors import CannotTest


@pytest.fixture
def after_the_password(login_page: Callable[[], tuple[Visitor, Stop]]) -> list[Hop]:
    """Every redirect that answers a form, from the password to the client."""
    person, page = login_page()
    hops: list[Hop] = []
    for _ in range(8):
        if page.form is None:
            break
        page = person.presses(page)
        hops += page.hops
    found = [hop for hop in hops if hop.method == "POST" and 300 <= hop.answer.status < 400]
    if not found:
        raise CannotTest("No form on the way to the client is answered by a redirect.")
    return found


@requirement("9700-4.12-01", broken_by="authorize-redirects-with-307")
@tolerates("legal-authorize-without-referrer-policy")
def test_no_form_is_sent_on_by_307(after_the_password: list[Hop]) -> None:
    """No redirect after a form has status 307 or 308, with which the browser would send the form on."""
    assert not [hop.answer.status for hop in after_the_password if hop.answer.status in {307, 308}]


@requirement("9700-2.1-09", broken_by="ui-password-in-redirect")
@tolerates("legal-authorize-without-referrer-policy")
def test_the_password_is_not_in_the_address(after_the_password: list[Hop], clients: Clients) -> None:
    """The owner's password is in no address that the browser is sent to after she has signed in."""
    password = clients.owner().password
    addresses = [unquote_plus(hop.answer.header("location") or "") for hop in after_the_password]

    assert not any(password in address for address in addresses), "an address holds the password"
