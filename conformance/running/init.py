"""`python3 -m conformance init URL`: a target file to start from, from what a server publishes and what is asked.

The text of the file is made by fixtures.making_targets.draft. A secret is never asked for, shown or written into it.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conformance.running.commands import NOT_SET_UP
from fixtures.command_line import BAD_USAGE
from fixtures.discovery import Registration, discovered, register
from fixtures.errors import BadTarget
from fixtures.http.connection import Connection
from fixtures.making_targets.draft import DraftOwner, supported_scopes, target_file
from fixtures.making_targets.typed import choose
from fixtures.target import AUTHENTICATION_METHODS, Client, Target, is_absolute

Say = Callable[[str], None]
Ask = Callable[[str], str]
"""Asks one question at the terminal; an empty answer leaves it open."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What was asked for. issuer: the URL; file: where the target file goes; registers: whether to register clients."""

    issuer: str
    file: Path
    registers: bool


def write(wanted: Wanted, say: Say, ask: Ask | None) -> int:
    """Write a target file for an issuer, and say what to do next. Returns the exit code.

    ask: None where nobody is at a terminal; then what only she knows is left to fill in. Nothing that is there is
    overwritten, and nothing is written where the server does not answer.
    """
    if not wanted.issuer.startswith(("http://", "https://")):
        say(f"{wanted.issuer} is no URL. Write the issuer, such as https://as.example/ap4.")
        return BAD_USAGE
    issuer = before_well_known(wanted.issuer)
    if issuer != wanted.issuer:
        say(f"The issuer is what stands without /.well-known/: {issuer}")
        wanted = replace(wanted, issuer=issuer)
    kept = _secrets_folder(wanted.file)
    for path in (wanted.file, kept) if wanted.registers else (wanted.file,):
        if path.exists():
            say(f"{path} is there already, and is not overwritten. Name another file: --out FILE")
            return BAD_USAGE
    try:
        file = choose(wanted.issuer).file
    except BadTarget as problem:
        say(str(problem))
        return BAD_USAGE
    if file is None:
        return BAD_USAGE
    connection = Connection(timeout=file.timeout)
    try:
        target = discovered(file, connection.send)
        if target.unreachable:
            say(f"{target.unreachable} Nothing was written.")
            return NOT_SET_UP
        made = register(target, connection.send, say) if wanted.registers else []
    finally:
        connection.close()
    try:
        return _write(wanted, target, made, say, ask)
    except OSError as problem:
        say(f"{wanted.file} cannot be written: {problem.strerror or problem}. Name another file: --out FILE")
        return BAD_USAGE


def before_well_known(url: str) -> str:
    """The issuer whose metadata document has this URL (RFC 8414 section 3, OpenID Connect); else the URL."""
    before, found, after = url.partition("/.well-known/")
    if not found:
        return url
    return before + "/" + path if (path := after.partition("/")[2].strip("/")) else before


def _write(wanted: Wanted, target: Target, made: Sequence[Registration], say: Say, ask: Ask | None) -> int:
    say(_found(target))
    known = " ".join(supported_scopes(target))
    clients = [
        each.client if each.client.scope else replace(each.client, scope=known)
        for each in made
        if each.client.auth in AUTHENTICATION_METHODS
    ]
    references: dict[str, str] = {}
    variables: list[str] = []
    if wanted.registers and not clients:
        say("The server registers no client for anyone who asks: fill the clients in by hand.")
    if made:
        references = _keep(_secrets_folder(wanted.file), made)
        say(f"Registered {', '.join(client.name for client in clients)}. What the server gave them is in")
        say(f"  {_secrets_folder(wanted.file)}/ which only you can read; the target file names it.")
    owners: list[DraftOwner] = []
    if ask is not None:
        if not clients:
            clients, asked = _asked_clients(ask)
            references |= {name: f'{{ env = "{variable}" }}' for name, variable in asked.items()}
            variables += asked.values()
        owners, more = _asked_owners(ask)
        variables += more
        target = _asked_endpoints(ask, target)
    wanted.file.parent.mkdir(parents=True, exist_ok=True)
    with wanted.file.open("x", encoding="utf-8") as out:
        out.write(target_file(target, clients, references, owners))
    say(f"Wrote {wanted.file}")
    if variables:
        say("Secrets are read from the environment, never from the file. Before a run:")
        for variable in dict.fromkeys(variables):
            say(f"  export {variable}=...")
    if not clients:
        say("Fill in what is commented out, for as much as you have.")
    say(f"Next: python3 -m conformance doctor --target {wanted.file}")
    return 0


def _found(target: Target) -> str:
    if not target.metadata_url:
        return (
            "No metadata document was found: the endpoints have to be named in the file. An issuer may have a path "
            f"({target.issuer.rstrip('/')}/realms/demo, say): where yours has one, type the whole of it."
        )
    names = [name for name, url in target.endpoints.items() if url]
    return f"Found {target.metadata_url}, with the endpoints {', '.join(names) or 'none'}."


def _secrets_folder(file: Path) -> Path:
    return file.with_name(f"{file.stem}-secrets")


def _keep(folder: Path, made: Sequence[Registration]) -> dict[str, str]:
    """Keep the secrets of registered clients in files that only their owner reads; where each is found, as TOML.

    What gives a registration up again (RFC 7592) is kept beside them.
    """
    folder.mkdir(parents=True, mode=0o700)
    _private(folder / ".gitignore", "*\n")
    found = {}
    for each in made:
        name = each.client.name
        if each.client.secret is not None:
            _private(folder / name, each.client.secret + "\n")
            found[name] = f'{{ file = "{folder.name}/{name}" }}'
        if each.place is not None:
            told = {"registration_client_uri": each.place, "registration_access_token": each.token}
            _private(folder / f"{name}.registration.json", json.dumps(told, indent=2) + "\n")
    return found


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(text, encoding="utf-8")


def _asked_clients(ask: Ask) -> tuple[list[Client], dict[str, str]]:
    """Clients that are registered already, as they are told at the terminal, and the variables of their secrets."""
    clients: list[Client] = []
    variables: dict[str, str] = {}
    for name, what in (
        ("web", "a confidential client"),
        ("other", "a second one"),
        ("app", "a public client"),
    ):
        identifier = ask(f"client_id of {what} (Enter: none): ")
        if not identifier:
            continue
        auth = "none"
        if name != "app":
            auth = _one_of(ask, "its authentication method", AUTHENTICATION_METHODS[:2])
            variables[name] = _variable(ask, f"{name.upper()}_SECRET", "its secret")
        uri = _redirect_uri(ask)
        own = ("client_credentials",) if name != "app" else ()
        clients.append(
            Client(
                name=name,
                id=identifier,
                auth=auth,
                redirect_uris=(uri,) if uri else (),
                grants=(("authorization_code", "refresh_token") if uri else ()) + own,
                scope=ask("all scope that it may ask for, separated by spaces (Enter: none): "),
            )
        )
    return clients, variables


def _asked_owners(ask: Ask) -> tuple[list[DraftOwner], list[str]]:
    username = ask("user name of an account that may sign in (Enter: none): ")
    if not username:
        return [], []
    variable = _variable(ask, "ALICE_PASSWORD", "its password")
    return [DraftOwner(name="alice", username=username, reference=f'{{ env = "{variable}" }}')], [variable]


def _asked_endpoints(ask: Ask, target: Target) -> Target:
    """The endpoints of a server that publishes none."""
    if target.metadata_url:
        return target
    named = dict(target.endpoints)
    for name in ("authorization", "token", "introspection", "revocation"):
        if url := ask(f"URL of the {name} endpoint (Enter: none): "):
            named[name] = url
    return replace(target, endpoints=named)


def _until(ask: Ask, prompt: str, default: str, refused: Callable[[str], str]) -> str:
    """What is answered, once there is nothing against it; nothing stands for the default. refused: why, or nothing."""
    told, why = ask(prompt), ""
    while told and (why := refused(told)):
        told = ask(f"{why} {prompt}")
    return told or default


def _one_of(ask: Ask, what: str, choices: Sequence[str]) -> str:
    def refused(told: str) -> str:
        return "" if told in choices else f"{told!r} is none of them."

    return _until(ask, f"{what}, {' or '.join(choices)} (Enter: {choices[0]}): ", choices[0], refused)


def _redirect_uri(ask: Ask) -> str:
    def refused(told: str) -> str:
        return "" if is_absolute(told) else f"{told!r} has no scheme: write it as registered, http://... say."

    return _until(ask, "one redirect URI that it is registered with (Enter: none): ", "", refused)


def _variable(ask: Ask, default: str, what: str) -> str:
    """The name of the variable that a secret will stand in, never the secret itself."""

    def refused(told: str) -> str:
        if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", told):
            return ""
        return "That is no name of a variable (capitals, digits and _), and a secret is never written into the file."

    return _until(
        ask,
        f"name of the environment variable that will hold {what} (Enter: {default}): ",
        default,
        refused,
    )


def at_terminal(prompt: str) -> str:
    """What is typed at a question; the end of input leaves it open."""
    with contextlib.suppress(EOFError):
        return input(prompt).strip()
    return ""
