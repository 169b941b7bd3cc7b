#!/bin/sh
# A client secret with a space, a plus or a percent sign, sent by HTTP Basic: no client library of these five gets in at all
# four server libraries, and two fail at the server of their own project. RFC 6749 section 2.3.1 has identifier and secret
# form-encoded (appendix B) before they become user name and password; appendix A.2 allows all visible characters of ASCII
# and the space. Three clients send the secret as it is, two encode it. All four servers decode: Authlib and mcp by rules of
# URIs (a plus stays a plus), django-oauth-toolkit and oidc-provider by those of forms (a plus is a space).
# So Authlib's client fails at Authlib's server with a percent sign, and requests-oauthlib at django-oauth-toolkit, which
# stands on the same oauthlib, with a plus, which half of all secrets of 32 random bytes in base64 have.
#
# Seen with Authlib 1.9.10, requests-oauthlib 2.0.0, openid-client 6.9.0, simple-oauth2 5.1.0 and client-oauth2 4.3.3 against
# Authlib 1.9.10, mcp 2.3.0, django-oauth-toolkit 3.4.1 and oidc-provider 9.13.3. Exits non-zero when any of this changes.
# Takes about a minute; needs python3 with venv, node 20.19 or newer and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  authlib==1.9.10 requests-oauthlib==2.0.0 mcp==2.3.0 django-oauth-toolkit==3.4.1
npm install --silent --no-audit --no-fund --ignore-scripts \
  openid-client@6.9.0 simple-oauth2@5.1.0 client-oauth2@4.3.3 oidc-provider@9.13.3

cat > send.mjs <<'NODE'
import { createRequire } from 'node:module';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';

const ClientOAuth2 = createRequire(import.meta.url)('client-oauth2');
const [base, ...secrets] = process.argv.slice(2);
for (const secret of secrets) {
  const config = new openid.Configuration({ issuer: base, token_endpoint: `${base}/openid-client` }, 'c', undefined, openid.ClientSecretBasic(secret));
  openid.allowInsecureRequests(config);
  await openid.clientCredentialsGrant(config);
  await new ClientCredentials({ client: { id: 'c', secret }, auth: { tokenHost: base, tokenPath: '/simple-oauth2' } }).getToken({});
  await new ClientOAuth2({ clientId: 'c', clientSecret: secret, accessTokenUri: `${base}/client-oauth2` }).credentials.getToken();
}
NODE

cat > serve.mjs <<'NODE'
import http from 'node:http';
import Provider from 'oidc-provider';

const [secrets, sent] = process.argv.slice(2).map(JSON.parse);
const provider = new Provider('http://127.0.0.1', {
  features: { clientCredentials: { enabled: true } },
  clients: secrets.map((client_secret, at) => ({
    client_id: `c${at}`, client_secret, grant_types: ['client_credentials'], redirect_uris: [], response_types: [] })),
});
const server = http.createServer(provider.callback()).listen(0, '127.0.0.1', async () => {
  for (const authorization of sent) {
    const body = new URLSearchParams({ grant_type: 'client_credentials' });
    const answer = await fetch(`http://127.0.0.1:${server.address().port}/token`, { method: 'POST', headers: { authorization }, body });
    console.log('STATUS', answer.status);
  }
  process.exit();
});
NODE

cat > look.py <<'PYTHON'
import asyncio
import base64
import http.server
import json
import logging
import subprocess
import sys
import threading
from types import SimpleNamespace

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x", INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="oauth2_provider.urls", OAUTH2_PROVIDER={"SCOPES": {"read": "read"}}, LOGGING_CONFIG=None,
)
django.setup()
logging.disable()

from authlib.integrations.requests_client import OAuth2Session as AuthlibClient
from authlib.oauth2.rfc6749 import ClientAuthentication, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError
from django.core.management import call_command
from django.test import Client
from mcp.server.auth.middleware.client_auth import AuthenticationError, ClientAuthenticator
from mcp.shared.auth import OAuthClientInformationFull
from oauth2_provider.models import Application
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session
from starlette.requests import Request

SECRETS = ("base64/==", "a space", "a+plus", "a%41percent")
CLIENTS = ("Authlib", "requests-oauthlib", "client-oauth2", "simple-oauth2", "openid-client")
SERVERS = ("Authlib", "mcp", "django-oauth-toolkit", "oidc-provider")
sent = {name: [] for name in CLIENTS}


class Scripted(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        sent[self.path[1:]].append(base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode())
        body = b'{"access_token":"a","token_type":"Bearer","expires_in":60}'
        self.send_response(200)
        for name, value in (("content-type", "application/json"), ("content-length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def authlib_admits(header, client_id, secret):
    client = SimpleNamespace(
        check_client_secret=lambda given: given == secret, check_endpoint_auth_method=lambda method, _: method.endswith("basic"))
    request = OAuth2Request("POST", "https://as.example/token", headers={"Authorization": header})
    request.payload = SimpleNamespace(client_id=None, data={})
    try:
        ClientAuthentication({client_id: client}.get)(request, ["client_secret_basic"])
    except InvalidClientError:
        return False
    return True


def mcp_admits(header, client_id, secret):
    client = OAuthClientInformationFull(
        client_id=client_id, client_secret=secret, token_endpoint_auth_method="client_secret_basic", redirect_uris=["https://c.example/cb"])

    async def get_client(name):
        return client

    async def receive():
        return {"type": "http.request", "body": f"client_id={client_id}".encode()}

    headers = [(b"authorization", header.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    request = Request({"type": "http", "method": "POST", "path": "/token", "query_string": b"", "headers": headers}, receive)
    try:
        asyncio.run(ClientAuthenticator(SimpleNamespace(get_client=get_client)).authenticate_request(request))
    except AuthenticationError:
        return False
    return True


def toolkit_admits(header, client_id, secret):
    Application.objects.get_or_create(client_id=client_id, defaults={
        "client_secret": secret, "client_type": "confidential", "authorization_grant_type": "client-credentials"})
    told = Client(headers={"authorization": header}).post("/token/", {"grant_type": "client_credentials"})
    return told.status_code == 200


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    for secret in SECRETS:
        AuthlibClient("c", secret).fetch_token(f"{base}/Authlib", grant_type="client_credentials")
        session = OAuth2Session(client=BackendApplicationClient("c"))
        session.fetch_token(f"{base}/requests-oauthlib", auth=HTTPBasicAuth("c", secret))
    subprocess.run(["node", "send.mjs", base, *SECRETS], check=True)
    call_command("migrate", verbosity=0)
    found = {}
    headers = []
    for at, secret in enumerate(SECRETS):
        for name in CLIENTS:
            pair = f"c{at}" + sent[name][at].removeprefix("c")
            header = "Basic " + base64.b64encode(pair.encode()).decode()
            headers.append(header)
            admits = (authlib_admits, mcp_admits, toolkit_admits)
            found[secret, name] = [ask(header, f"c{at}", secret) for ask in admits]
    node = subprocess.run(["node", "serve.mjs", json.dumps(SECRETS), json.dumps(headers)], check=True, capture_output=True, text=True)
    told = [line == "STATUS 200" for line in node.stdout.splitlines() if line.startswith("STATUS")]
    for answers, last in zip(found.values(), told, strict=True):
        answers.append(last)
    wire = dict.fromkeys(CLIENTS[:3], "as it is") | dict.fromkeys(CLIENTS[3:], "encoded")
    refusing = {"as it is": {"a+plus": SERVERS[2:], "a%41percent": SERVERS}, "encoded": {"a space": SERVERS[:2]}}
    changed = False
    for (secret, name), answers in found.items():
        refused = tuple(server for server, admitted in zip(SERVERS, answers) if not admitted)
        print(f"{secret!r} by {name}, sent as {sent[name][SECRETS.index(secret)].removeprefix('c:')}: refused by {', '.join(refused) or 'none'}")
        expected = refusing[wire[name]].get(secret, ())
        if refused != expected:
            changed = True
            print(f"  CHANGED, was refused by {', '.join(expected) or 'none'}")
    return int(changed)


sys.exit(main())
PYTHON
OAUTHLIB_INSECURE_TRANSPORT=1 venv/bin/python look.py
