#!/bin/sh
# expires_in of 0 is a token without end to three client libraries and one that has ended to four. RFC 6749 section 5.1 has it
# as the lifetime in seconds (appendix A.14: digits, 0 among them), and leaves it out where nothing is told. oauthlib, Authlib
# and x/oauth2 take 0 for "not told": they send the token for good, without a refresh, and requests-oauthlib even drops the
# member, so that nobody can see that it was there. openid-client, simple-oauth2, client-oauth2 and httpx-oauth take it as it
# stands. With 1 all seven agree. A cached token that is handed out in its last second, told in whole ones, is such a 0.
#
# Seen with requests-oauthlib 2.0.0 on oauthlib 4.0.1, Authlib 1.9.10, golang.org/x/oauth2 0.38.0, openid-client 6.9.0,
# simple-oauth2 5.1.0, client-oauth2 4.3.3 and httpx-oauth 0.17.0. Exits non-zero when any of this changes. Takes about a
# minute; needs python3 with venv, node 20 or newer, npm and go.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
  authlib==1.9.10 requests-oauthlib==2.0.0 oauthlib==4.0.1 httpx-oauth==0.17.0
npm install --silent --no-audit --no-fund --ignore-scripts openid-client@6.9.0 simple-oauth2@5.1.0 client-oauth2@4.3.3

cat > ask.mjs <<'NODE'
import { createRequire } from 'node:module';
import * as openid from 'openid-client';
import { ClientCredentials } from 'simple-oauth2';

const ClientOAuth2 = createRequire(import.meta.url)('client-oauth2');
const base = process.argv[2];
for (const lifetime of ['0', '1', 'missing']) {
  const config = new openid.Configuration({ issuer: base, token_endpoint: `${base}/${lifetime}` }, 'c', 's');
  openid.allowInsecureRequests(config);
  const first = await openid.clientCredentialsGrant(config);
  const second = await new ClientCredentials({
    client: { id: 'c', secret: 's' }, auth: { tokenHost: base, tokenPath: `/${lifetime}` } }).getToken({});
  const third = await new ClientOAuth2({ clientId: 'c', clientSecret: 's', accessTokenUri: `${base}/${lifetime}` }).credentials.getToken();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const ended = { 'openid-client': first.expiresIn() === 0, 'simple-oauth2': second.expired(), 'client-oauth2': third.expired() };
  for (const [library, has] of Object.entries(ended)) console.log(`${library} ${lifetime} ${has ? 'ended' : 'alive'}`);
}
NODE

cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

func main() {
	for _, lifetime := range []string{"0", "1", "missing"} {
		url := os.Args[1] + "/" + lifetime
		client := clientcredentials.Config{ClientID: "c", ClientSecret: "s", TokenURL: url, AuthStyle: oauth2.AuthStyleInHeader}
		token, err := client.Token(context.Background())
		if err != nil {
			panic(err)
		}
		time.Sleep(1500 * time.Millisecond)
		outcome := "ended"
		if token.Valid() {
			outcome = "alive"
		}
		fmt.Println("x/oauth2", lifetime, outcome)
	}
}
GO
cat > go.mod <<'MOD'
module look

go 1.24.0

require golang.org/x/oauth2 v0.38.0
MOD
go mod tidy 2> tidy.log || { cat tidy.log; exit 1; }
go build -o ask-go .

cat > look.py <<'PYTHON'
import asyncio
import http.server
import json
import subprocess
import sys
import threading
import time

from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from httpx_oauth.oauth2 import OAuth2
from oauthlib.oauth2 import BackendApplicationClient, TokenExpiredError
from requests_oauthlib import OAuth2Session

LIFETIMES = ("0", "1", "missing")
FOR_EVER = ("requests-oauthlib", "Authlib", "x/oauth2")
AS_IT_STANDS = ("openid-client", "simple-oauth2", "client-oauth2", "httpx-oauth")


class Scripted(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        lifetime = self.path[1:]
        told = {"access_token": "a", "token_type": "Bearer"}
        body = json.dumps(told if lifetime == "missing" else {**told, "expires_in": int(lifetime)}).encode()
        self.send_response(200)
        for name, value in (("content-type", "application/json"), ("cache-control", "no-store"), ("content-length", len(body))):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def python(base):
    for lifetime in LIFETIMES:
        url = f"{base}/{lifetime}"
        session = OAuth2Session(client=BackendApplicationClient("c"))
        session.fetch_token(url, client_secret="s")
        authlib = AuthlibSession("c", "s").fetch_token(url, grant_type="client_credentials")
        httpx = asyncio.run(OAuth2("c", "s", f"{base}/authorize", url).get_access_token("code", "https://client.example/cb"))
        time.sleep(1.5)
        try:
            session.get(base)
        except TokenExpiredError:
            yield "requests-oauthlib", lifetime, "ended"
        else:
            yield "requests-oauthlib", lifetime, "alive"
        yield "Authlib", lifetime, "ended" if authlib.is_expired(leeway=0) else "alive"
        yield "httpx-oauth", lifetime, "ended" if httpx.is_expired() else "alive"


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    found = {(library, lifetime): outcome for library, lifetime, outcome in python(base)}
    for command in (["node", "ask.mjs", base], ["./ask-go", base]):
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found |= {(library, lifetime): outcome for library, lifetime, outcome in map(str.split, told.splitlines())}
    changed = False
    for library in FOR_EVER + AS_IT_STANDS:
        outcomes = [found[library, lifetime] for lifetime in LIFETIMES]
        print(f"{library}: a second and a half after expires_in 0: {outcomes[0]}, 1: {outcomes[1]}, missing: {outcomes[2]}")
        before = ["alive" if library in FOR_EVER else "ended", "ended", "alive"]
        if outcomes != before:
            changed = True
            print(f"  CHANGED, was: {before}")
    return int(changed)


sys.exit(main())
PYTHON
OAUTHLIB_INSECURE_TRANSPORT=1 venv/bin/python look.py
