"""What a report tells of the target beside its name: where it is, who is registered, by which file. No secret."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from fixtures.discovery import MEMBERS
from fixtures.target import Client, Target


def target_in_reports(target: Target) -> dict[str, Any]:
    """The members of a report's `target`, for someone who was not there.

    product and build by the operator's word; each endpoint with its URL; each client by id, method and grants; each
    owner by name; the target file with its SHA-256, by which the file of a run is known again.
    """
    offered = {name: url for name, url in target.endpoints.items() if url}
    found: dict[str, Any] = {
        "name": target.name,
        "issuer": target.issuer,
        "capabilities": sorted(name for name in target.endpoints if target.endpoint(name)),
        "product": target.product,
        "endpoints": offered,
        "clients": [
            f"{client.name}: id {client.id}, {client.auth}; {', '.join(client.grants) or 'no grant'}"
            for client in target.clients.values()
        ],
        "owners": [f"{owner.name}: {owner.username}" for owner in target.owners.values()],
    }
    file = Path(target.source)
    if file.is_file():
        found["file"] = f"{file.name}, SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}"
    return found


def endpoints_in_reports(target: Target) -> dict[str, str]:
    """The name of each endpoint, by its URL and by its alias for mutual TLS, and of each protected resource."""
    named = {url: name for name in sorted(target.endpoints) if (url := target.endpoint(name))}
    aliases = target.metadata.get("mtls_endpoint_aliases")
    if isinstance(aliases, dict):
        named |= {
            url: name for name, member in MEMBERS.items() if isinstance(url := aliases.get(member), str)
        }
    resources = [each.url for each in target.resources]
    if target.resource is not None:
        resources += [target.resource.url, target.resource.insufficient_url or ""]
    return {**{url: "resource" for url in resources if url}, **named}


def clients_in_words(target: Target) -> dict[str, str]:
    """What each client is, by its client_id: `web: confidential (client_secret_basic), as the target file names it`."""
    return {client.id: _words(client) for client in target.clients.values()}


def _words(client: Client) -> str:
    name = client.name if client.id == client.name else f"{client.name} (client_id {client.id})"
    kind = "public" if client.is_public else f"confidential ({client.auth})"
    uris = f"; redirect_uris {', '.join(client.redirect_uris[:3])}" if client.redirect_uris else ""
    return f"{name}, as the target file names it: {kind}; {', '.join(client.grants) or 'no grant'}{uris}"
