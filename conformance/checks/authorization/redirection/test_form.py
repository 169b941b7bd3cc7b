"""What a redirection URI never is: relative, with a fragment, or a script."""

from __future__ import annotations

from conformance.checks.authorization.accepted_uris import Taken, none_taken, refused_in_any_way
from conformance.checks.support.addresses import NOBODYS
from conformance.ledger.requirement import requirement
from fixtures.target import Client


@requirement("6749-3.1.2-01", broken_by="authorize-redirect-relative-accepted")
@refused_in_any_way
def test_a_relative_uri_is_not_redirected_to(taken: Taken, web_client: Client) -> None:
    """A redirection URI without a scheme, with or without a host, leads nowhere."""
    relative = ["/cb-of-nobody", "cb-of-nobody", f"//{NOBODYS}/cb", f"\\\\{NOBODYS}/cb", f"/{NOBODYS}/../cb"]

    assert none_taken(taken(web_client, relative))


@requirement("6749-3.1.2-03", broken_by="authorize-redirect-fragment-accepted")
@requirement("9700-2.1-01", broken_by="authorize-redirect-fragment-accepted")
@refused_in_any_way
def test_a_uri_with_a_fragment_is_not_redirected_to(taken: Taken, web_client: Client) -> None:
    """A redirection URI with a fragment, even an empty one, is not accepted for the registered one without."""
    uri = web_client.redirect_uri

    assert none_taken(taken(web_client, [f"{uri}#part", f"{uri}#"]))


@requirement("6749-10.15-S01", broken_by="authorize-redirect-script-accepted")
@requirement("6749-3.1.2.3-02", broken_by="authorize-redirect-script-accepted")
@refused_in_any_way
def test_a_script_is_not_redirected_to(taken: Taken, web_client: Client) -> None:
    """A redirection URI of a scheme that a browser runs or reads from the disk is not accepted."""
    uris = ["javascript:void(0)", "data:text/plain,none", "vbscript:none", "file:///cb", "blob:none"]

    assert none_taken(taken(web_client, uris))


@requirement("6749-A.6-S01", broken_by="authorize-redirect-prefix")
@refused_in_any_way
def test_a_value_that_is_no_uri_is_not_redirected_to(taken: Taken, web_client: Client) -> None:
    """A value that breaks the syntax of URIs is not accepted for the registered one that it begins with."""
    uri = web_client.redirect_uri

    assert none_taken(taken(web_client, [f"{uri}/%zz", f"{uri}/[", f"{uri}/a|b"]))
