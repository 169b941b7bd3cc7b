#!/bin/sh
# What client libraries make of token answers that depart from RFC 6749 section 5: some refuse them, some take an answer
# without access_token for a token. A scripted server on 127.0.0.1 gives the answers; each library asks for each once.
#
# Seen with Authlib 1.9.10 (on requests), httpx-oauth 0.17.0, oauth4webapi 3.8.8 and simple-oauth2 5.1.0.
# conformance/ledger/clients/observed.toml has these and the libraries of other ecosystems. Exits non-zero when any of
# this changes. Takes about a minute; needs python3 with venv, node and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check authlib==1.9.10 requests==2.32.5 httpx-oauth==0.17.0
(cd "$folder" && npm install --silent --no-audit --no-fund oauth4webapi@3.8.8 simple-oauth2@5.1.0)

cat > "$folder/ask.mjs" <<'NODE'
import * as oauth from 'oauth4webapi';
import { ClientCredentials } from 'simple-oauth2';

const [base, name] = process.argv.slice(2);

async function oauth4webapi() {
  const server = { issuer: base, token_endpoint: `${base}/${name}` };
  const insecure = { [oauth.allowInsecureRequests]: true };
  const client = { client_id: 'c' };
  const answer = await oauth.clientCredentialsGrantRequest(
    server, client, oauth.ClientSecretBasic('s'), {}, insecure);
  const told = await oauth.processClientCredentialsResponse(server, client, answer);
  return told.access_token ? 'takes' : 'takes nothing for a token';
}

async function simpleOauth2() {
  const client = new ClientCredentials({
    client: { id: 'c', secret: 's' }, auth: { tokenHost: base, tokenPath: `/${name}` } });
  const told = await client.getToken({});
  return told.token.access_token ? 'takes' : 'takes nothing for a token';
}

for (const [library, ask] of [['oauth4webapi', oauth4webapi], ['simple-oauth2', simpleOauth2]]) {
  let outcome;
  try { outcome = await ask(); } catch { outcome = 'refuses'; }
  console.log(`${library}: ${outcome}`);
}
NODE

cat > "$folder/look.py" <<'PYTHON'
import asyncio
import http.server
import json
import subprocess
import sys
import threading

from authlib.integrations.requests_client import OAuth2Session
from httpx_oauth.oauth2 import OAuth2

TOKEN = {"access_token": "at", "token_type": "Bearer", "expires_in": 3600}
JSON = "application/json"


def without(name):
    return {key: value for key, value in TOKEN.items() if key != name}


ANSWERS = {
    "as it should be": (200, JSON, TOKEN),
    "no token_type": (200, JSON, without("token_type")),
    "no access_token": (200, JSON, without("access_token")),
    "text/plain": (200, "text/plain", TOKEN),
    "scope an array": (200, JSON, {**TOKEN, "scope": ["read", "write"]}),
    "status 201": (201, JSON, TOKEN),
    "an error with status 200": (200, JSON, {"error": "invalid_client"}),
}
NOTHING = "takes nothing for a token"
EXPECTED = {
    "as it should be": {"Authlib": "takes", "httpx-oauth": "takes", "oauth4webapi": "takes", "simple-oauth2": "takes"},
    "no token_type": {"Authlib": "takes", "httpx-oauth": "takes", "oauth4webapi": "refuses", "simple-oauth2": "takes"},
    "no access_token": {"Authlib": NOTHING, "httpx-oauth": NOTHING, "oauth4webapi": "refuses", "simple-oauth2": NOTHING},
    "text/plain": {"Authlib": "takes", "httpx-oauth": "takes", "oauth4webapi": "takes", "simple-oauth2": "refuses"},
    "scope an array": {"Authlib": "takes", "httpx-oauth": "takes", "oauth4webapi": "refuses", "simple-oauth2": "takes"},
    "status 201": {"Authlib": "takes", "httpx-oauth": "takes", "oauth4webapi": "refuses", "simple-oauth2": "takes"},
    "an error with status 200": {
        "Authlib": "refuses", "httpx-oauth": NOTHING, "oauth4webapi": "refuses", "simple-oauth2": NOTHING,
    },
}


class Scripted(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, kind, told = list(ANSWERS.values())[int(self.path[1:])]
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (("content-type", kind), ("cache-control", "no-store"), ("content-length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def authlib(url):
    return OAuth2Session("c", "s").fetch_token(url, grant_type="client_credentials")


def httpx_oauth(url):
    client = OAuth2("c", "s", f"{url}/authorize", url)
    return asyncio.run(client.get_access_token("code", "https://client.example/cb"))


def outcome(ask, url):
    try:
        told = ask(url)
    except Exception:
        return "refuses"
    return "takes" if told.get("access_token") else NOTHING


def main(folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base, changed = f"http://127.0.0.1:{server.server_port}", False
    for at, name in enumerate(ANSWERS):
        found = {"Authlib": outcome(authlib, f"{base}/{at}"), "httpx-oauth": outcome(httpx_oauth, f"{base}/{at}")}
        node = subprocess.run(["node", "ask.mjs", base, str(at)], cwd=folder, capture_output=True, text=True, check=True)
        found |= dict(line.split(": ", 1) for line in node.stdout.splitlines())
        changed |= found != EXPECTED[name]
        print(f"{name}: " + "; ".join(f"{library} {what}" for library, what in found.items()))
        if found != EXPECTED[name]:
            print(f"  CHANGED, was: {EXPECTED[name]}")
    return int(changed)


sys.exit(main(sys.argv[1]))
PYTHON

"$folder/venv/bin/python" "$folder/look.py" "$folder"
