"""A redirection URI is compared with the registered one character by character."""

from __future__ import annotations

from urllib.parse import urlsplit

from conformance.checks.authorization.accepted_uris import Taken, none_taken, refused_in_any_way
from conformance.checks.support.addresses import NOBODYS
from conformance.ledger.requirement import requirement
from fixtures.errors import NotOffered
from fixtures.target import Client

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _parts(uri: str) -> tuple[str, str, str]:
    """Scheme, authority and the rest of a registered URI."""
    scheme, _, rest = uri.partition("://")
    authority, slash, path = rest.partition("/")
    return scheme, authority, slash + path


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-ignores-query")
@requirement("9700-2.1-01", broken_by="authorize-redirect-ignores-query")
@requirement("9700-4.1.3-01", broken_by="authorize-redirect-prefix")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-ignores-query")
@requirement("mcp-2026-07-28-security-02", broken_by="authorize-redirect-ignores-query")
@refused_in_any_way
def test_a_query_of_its_own_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """A registered redirection URI with a query added is not accepted, whatever the query holds."""
    uri = web_client.redirect_uri
    joint = "&" if "?" in uri else "?"

    assert none_taken(taken(web_client, [f"{uri}{joint}extra=1", f"{uri}{joint}code=of-an-attacker"]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-path-below-accepted")
@requirement("9700-2.1-01", broken_by="authorize-redirect-trailing-slash-ignored")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-path-below-accepted")
@requirement("10017-6.3.3.2.1-01", broken_by="authorize-redirect-path-below-accepted")
@requirement("mcp-2026-07-28-security-02", broken_by="authorize-redirect-path-below-accepted")
@refused_in_any_way
def test_a_longer_path_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """A registered redirection URI with a slash, a segment or dots behind its path is not accepted."""
    uri = web_client.redirect_uri.partition("?")[0]

    assert none_taken(
        taken(web_client, [f"{uri}/", f"{uri}/evil", f"{uri}/../evil", f"{uri}/..;/evil", f"{uri}evil"])
    )


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-decoded-before-match")
@requirement("9700-2.1-01", broken_by="authorize-redirect-decoded-before-match")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-decoded-before-match")
@refused_in_any_way
def test_other_encodings_make_another_uri(taken: Taken, web_client: Client) -> None:
    """A redirection URI that is the registered one only after decoding or resolving dots is not accepted."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    if len(path) < 2:
        raise NotOffered(
            "No client has a redirection URI with a path.", 'redirect_uris = ["https://client.example/cb"]'
        )
    start, last = f"{scheme}://{authority}", path[-1]
    odd = [
        f"{start}{path[:-1]}%{ord(last):02X}",
        f"{start}{path[:-1]}%25{ord(last):02X}",
        f"{start}/x/..{path}",
        f"{start}/x/%2E%2E{path}",
        f"{start}/x%2F..{path}",
        f"{start}/.{path}",
        f"{start}/%2e{path}",
        f"{start}/{path}",
        f"{start}/%2F{path[1:]}",
        f"{start}\\{path[1:]}",
        f"{start}%2F{path[1:]}",
        f"{start}/;/..{path}",
    ]

    assert none_taken(taken(web_client, odd))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-case-folded")
@requirement("9700-2.1-01", broken_by="authorize-redirect-case-folded")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-case-folded")
@refused_in_any_way
def test_another_case_in_the_path_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """The path of a redirection URI is compared with regard to case."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    if path == path.swapcase():
        raise NotOffered(
            "No client has letters in the path of its redirection URI.", 'redirect_uris = [".."]'
        )

    assert none_taken(taken(web_client, [f"{scheme}://{authority}{path.swapcase()}"]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-subdomain")
@requirement("9700-2.1-01", broken_by="authorize-redirect-host-prefix")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-subdomain")
@requirement("10017-6.3.3.2.1-01", broken_by="authorize-redirect-subdomain")
@requirement("mcp-2026-07-28-security-02", broken_by="authorize-redirect-subdomain")
@refused_in_any_way
def test_a_similar_host_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """A host above, below or beside the registered one is not accepted, nor is a number in its place."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    hosts = [f"sub.{authority}", f"{authority}.{NOBODYS}", f"not-{authority}", "2130706434", "0x7f000002"]

    assert none_taken(taken(web_client, [f"{scheme}://{host}{path}" for host in hosts]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-user-information-ignored")
@requirement("9700-2.1-01", broken_by="authorize-redirect-user-information-ignored")
@refused_in_any_way
def test_user_information_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """What stands before an @, and a host that hides behind one, make a redirection URI another one."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    authorities = [
        f"user@{authority}",
        f"{authority}@{NOBODYS}",
        f"{authority}%40{NOBODYS}",
        f"{NOBODYS}\\@{authority}",
        f"{authority}\\@{NOBODYS}",
        f"{NOBODYS}%23@{authority}",
    ]

    assert none_taken(taken(web_client, [f"{scheme}://{each}{path}" for each in authorities]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-http-for-https")
@requirement("9700-2.1-01", broken_by="authorize-redirect-http-for-https")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-http-for-https")
@refused_in_any_way
def test_another_scheme_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """A redirection URI is not accepted with http in the place of https, nor with any other scheme."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    schemes = ["http" if scheme == "https" else "https", "ftp", "evil-app"]

    assert none_taken(taken(web_client, [f"{each}://{authority}{path}" for each in schemes]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-any-port")
@requirement("9700-2.1-01", broken_by="authorize-redirect-any-port")
@requirement("2.1-2.3.1-01", broken_by="authorize-redirect-any-port")
@refused_in_any_way
def test_another_port_makes_another_uri(taken: Taken, web_client: Client) -> None:
    """A redirection URI that is no loopback address is not accepted with a port added or changed."""
    host, scheme = urlsplit(web_client.redirect_uri).hostname or "", _parts(web_client.redirect_uri)[0]
    if host in LOOPBACK or host.startswith("127."):
        raise NotOffered(
            "The client's redirection URI is a loopback address, where the port may be free (RFC 8252 section 7.3).",
            'redirect_uris = ["https://client.example/cb"], any host but the loopback',
        )
    path = _parts(web_client.redirect_uri)[2]

    assert none_taken(taken(web_client, [f"{scheme}://{host}:8444{path}", f"{scheme}://{host}:0{path}"]))


@requirement("6749-3.1.2.3-03", broken_by="authorize-redirect-trimmed")
@requirement("9700-4.1.3-01", broken_by="authorize-redirect-trimmed")
@refused_in_any_way
def test_blanks_and_control_characters_make_another_uri(taken: Taken, web_client: Client) -> None:
    """A redirection URI with blanks, line ends, a null or format characters around it is not accepted."""
    uri = web_client.redirect_uri
    odd = [
        f" {uri}",
        f"{uri} ",
        f"\t{uri}",
        f"{uri}\r\n",
        f"{uri}%0d%0aX-Evil:%201",
        f"{uri}\0",
        f"{uri}%s%n",
    ]

    assert none_taken(taken(web_client, odd))


@requirement("6749-3.1.2.2-03", broken_by="authorize-redirect-ignores-query")
@requirement("6749-3.1.2.2-04", broken_by="authorize-redirect-host-only")
def test_registering_fixes_the_whole_uri(taken: Taken, web_client: Client) -> None:
    """A redirection URI with another path or an added query than the registered one is not accepted."""
    scheme, authority, path = _parts(web_client.redirect_uri)
    varied = f"{scheme}://{authority}{path.partition('?')[0]}?varied=1"

    assert none_taken(taken(web_client, [f"{scheme}://{authority}/somewhere/else"])).of("6749-3.1.2.2-04")
    assert none_taken(taken(web_client, [varied]))
