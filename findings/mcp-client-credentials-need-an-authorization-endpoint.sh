#!/bin/sh
# The MCP project's clients have a provider for client credentials each, and cannot use it at a server that has nothing but
# that grant: both in TypeScript and the one in Python refuse metadata without authorization_endpoint. RFC 8414 section 2
# requires that member unless no grant type is supported that uses the endpoint. The same document with an address there,
# which none of them ever asks for, gets all three a token. The one in Python does not say so: it takes the document for
# absent, tries the other well-known places, and then says that it found no metadata of the issuer. (The document lists the
# response type none: section 2 wants that list in any case, and section 3.2 has no empty ones.)
#
# Seen with @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0 and mcp 2.3.0 (Python); openid-client 6.9.0
# takes both documents. Exits non-zero when any of this changes. Takes less than a minute; needs python3 with venv, node 20 or
# newer and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mcp==2.3.0
npm install --silent --no-audit --no-fund --ignore-scripts \
  @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 openid-client@6.9.0

cat > ask.mjs <<'NODE'
import * as second from '@modelcontextprotocol/client';
import { auth } from '@modelcontextprotocol/sdk/client/auth.js';
import { ClientCredentialsProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js';
import * as openid from 'openid-client';

const [which, base] = process.argv.slice(2);
const issuer = `${base}/as`;
const options = { clientId: 'c', clientSecret: 's', expectedIssuer: issuer };
const serverUrl = `${base}/mcp`;
const fromMcp = async (ask, Provider) => {
  const provider = new Provider(options);
  await ask(provider, { serverUrl });
  return provider.tokens().access_token;
};
const clients = {
  'openid-client': async () => {
    const loopback = { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' };
    const config = await openid.discovery(new URL(issuer), 'c', 's', undefined, loopback);
    return (await openid.clientCredentialsGrant(config)).access_token;
  },
  'TypeScript 1': () => fromMcp(auth, ClientCredentialsProvider),
  'TypeScript 2': () => fromMcp(second.auth, second.ClientCredentialsProvider),
};
try {
  console.log(`RESULT ${await clients[which]() === 'at' ? 'a token' : 'nothing'}`);
} catch (error) {
  console.log(`RESULT refused: ${error.message.replace(/\s+/g, ' ')}`);
}
NODE

cat > look.py <<'PYTHON'
import asyncio
import http.server
import json
import logging
import subprocess
import sys
import threading

import httpx2
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider

CLIENTS = ("openid-client", "TypeScript 1", "TypeScript 2", "Python")
document, asked = {}, []


class Scripted(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.do_GET()

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        asked.append(self.path)
        base = f"http://{self.headers['host']}"
        answers = {
            "/.well-known/oauth-protected-resource/mcp": {"resource": f"{base}/mcp", "authorization_servers": [f"{base}/as"]},
            "/.well-known/oauth-authorization-server/as": document,
            "/as/token": {"access_token": "at", "token_type": "Bearer", "expires_in": 60},
        }
        status = 200 if self.path in answers else 401 if self.path == "/mcp" else 404
        if self.headers.get("authorization") == "Bearer at":
            status = 200
        body = json.dumps(answers.get(self.path, {})).encode()
        self.send_response(status)
        challenge = f'Bearer resource_metadata="{base}/.well-known/oauth-protected-resource/mcp"'
        for name, value in (("content-type", "application/json"), ("content-length", len(body)), ("www-authenticate", challenge)):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Storage:
    tokens = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens


async def python(base):
    storage = Storage()
    provider = ClientCredentialsOAuthProvider(f"{base}/mcp", storage, "c", "s", issuer=f"{base}/as")
    try:
        async with httpx2.AsyncClient(auth=provider) as client:
            await client.get(f"{base}/mcp")
    except Exception as error:
        return f"refused: {error}"
    return "a token" if storage.tokens else "nothing"


def outcome(client, base):
    if client == "Python":
        return asyncio.run(python(base))
    node = subprocess.run(["node", "--no-warnings", "ask.mjs", client, base], check=True, capture_output=True, text=True)
    return node.stdout.partition("RESULT ")[2].strip()


def main():
    logging.disable()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    document.update(
        issuer=f"{base}/as", token_endpoint=f"{base}/as/token", response_types_supported=["none"],
        grant_types_supported=["client_credentials"], token_endpoint_auth_methods_supported=["client_secret_basic"])
    changed = False
    for has_endpoint in (True, False):
        if has_endpoint:
            document["authorization_endpoint"] = f"{base}/as/authorize"
        else:
            del document["authorization_endpoint"]
        print(f"metadata {'with' if has_endpoint else 'without'} authorization_endpoint")
        for client in CLIENTS:
            asked.clear()
            found = outcome(client, base)
            print(f"  {client}: {found[:200]}\n    asked {' '.join(asked)}")
            gets_one = has_endpoint or client == "openid-client"
            if (found == "a token") != gets_one or "/as/authorize" in asked:
                changed = True
                print(f"    CHANGED, it {'got' if gets_one else 'did not get'} a token")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
