#!/bin/sh
# The authorization server of the Python package mcp 2.3.0 announces client_secret_basic for its token endpoint, and
# client_secret_basic and client_secret_post for revocation. A right HTTP Basic header alone is refused as invalid_client
# ("Missing client_id"): client_id has to stand in the body too. And revocation demands the parameter client_secret, so that
# neither a public client, which the token endpoint admits by its client_id, nor one that uses HTTP Basic can revoke.
#
# Seen with mcp 2.3.0, starlette 0.50.0 on Python 3.11. RFC 6749 section 2.3.1 has HTTP Basic supported for clients with a
# password, and names client_id in the body for the other way only; RFC 7009 section 5 has public clients revoke by a valid
# client_id. Exits non-zero when any of this changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0 starlette==0.50.0

cat > "$folder/look.py" <<'PYTHON'
import asyncio
import base64
import json

from mcp.server.auth.provider import RefreshToken
from mcp.server.auth.routes import create_auth_routes
from mcp.server.auth.settings import RevocationOptions
from mcp.shared.auth import OAuthClientInformationFull
from pydantic import AnyHttpUrl
from starlette.applications import Starlette

COMMON = {"redirect_uris": ["https://client.example/cb"], "scope": "read"}
CLIENTS = {
    "web": OAuthClientInformationFull(
        client_id="web", client_secret="secret", token_endpoint_auth_method="client_secret_basic", **COMMON
    ),
    "app": OAuthClientInformationFull(client_id="app", token_endpoint_auth_method="none", **COMMON),
}


class Provider:
    async def get_client(self, client_id):
        return CLIENTS.get(client_id)

    async def load_authorization_code(self, client, code):
        return None

    async def load_access_token(self, token):
        return None

    async def load_refresh_token(self, client, token):
        return RefreshToken(token=token, client_id=client.client_id, scopes=["read"])

    async def revoke_token(self, token):
        pass


application = Starlette(
    routes=create_auth_routes(
        Provider(), AnyHttpUrl("http://127.0.0.1:1"), revocation_options=RevocationOptions(enabled=True)
    )
)


async def post(path, body, basic=None):
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"127.0.0.1")]
    if basic:
        headers.append((b"authorization", b"Basic " + base64.b64encode(basic)))
    said = {"body": b""}

    async def receive():
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            said["status"] = message["status"]
        else:
            said["body"] += message.get("body", b"")

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "headers": headers, "root_path": "",
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1),
    }
    await application(scope, receive, send)
    members = json.loads(said["body"]) if said["body"] else {}
    return said["status"], members.get("error"), members.get("error_description")


async def main():
    code = "grant_type=authorization_code&code=x&code_verifier=y"
    expected = {
        "Basic alone": (401, "invalid_client", "Missing client_id"),
        "Basic, and client_id in the body": (400, "invalid_grant", "authorization code does not exist"),
        "a public client revokes": (400, "invalid_request", "client_secret: Field required"),
        "a confidential client revokes": (400, "invalid_request", "client_secret: Field required"),
    }
    seen = {
        "Basic alone": await post("/token", code, b"web:secret"),
        "Basic, and client_id in the body": await post("/token", f"{code}&client_id=web", b"web:secret"),
        "a public client revokes": await post("/revoke", "token=x&token_type_hint=refresh_token&client_id=app"),
        "a confidential client revokes": await post("/revoke", "token=x&client_id=web", b"web:secret"),
    }
    for what, answer in seen.items():
        print(f"{what}: {answer}")
    return 0 if seen == expected else 1


raise SystemExit(asyncio.run(main()))
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
