#!/bin/sh
# Once a client asks for less scope in a refresh, three server libraries never give the rest back: the refresh token that
# comes with the answer is for the lesser scope alone. RFC 6749 section 6 lets scope in a refresh narrow that one access
# token, and has a new refresh token keep the scope of the one that was sent; a refresh without scope stands for all of it.
# django-oauth-toolkit, which is told not to rotate, even narrows the token that the client keeps; oauthlib, beneath it, has
# the sentence of the RFC in the docstring of the grant. So a client that asks once for one scope (say, to hand an access
# token on) loses the others until the owner consents anew, and nothing tells it so at that time.
#
# Seen with Authlib 1.9.10, django-oauth-toolkit 3.4.1 on oauthlib 4.0.1, and github.com/go-oauth2/oauth2/v4 4.5.4. Exits
# non-zero when any of this changes. Takes about a minute; needs python3 with venv, and go.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.9.10 flask==3.1.3 django-oauth-toolkit==3.4.1 oauthlib==4.0.1

cat > go.mod <<'MOD'
module look

go 1.26.0

require github.com/go-oauth2/oauth2/v4 v4.5.4
MOD
cat > main.go <<'GO'
package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/go-oauth2/oauth2/v4"
	"github.com/go-oauth2/oauth2/v4/manage"
	"github.com/go-oauth2/oauth2/v4/models"
	"github.com/go-oauth2/oauth2/v4/server"
	"github.com/go-oauth2/oauth2/v4/store"
)

func main() {
	manager := manage.NewDefaultManager()
	manager.MustTokenStorage(store.NewMemoryTokenStore())
	clients := store.NewClientStore()
	clients.Set("c", &models.Client{ID: "c", Secret: "s", Domain: "https://client.example"})
	manager.MapClientStorage(clients)
	handler := server.NewDefaultServer(manager)
	granted := &oauth2.TokenGenerateRequest{ClientID: "c", ClientSecret: "s", UserID: "alice", Scope: "read write"}
	first, err := manager.GenerateAccessToken(context.Background(), oauth2.PasswordCredentials, granted)
	if err != nil {
		panic(err)
	}
	fmt.Println(first.GetRefresh())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		request := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(lines.Text()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.SetBasicAuth("c", "s")
		answer := httptest.NewRecorder()
		handler.HandleTokenRequest(answer, request)
		fmt.Println(strings.TrimSpace(answer.Body.String()))
	}
}
GO
go mod tidy 2> tidy.log || { cat tidy.log; exit 1; }
go build -o go-oauth2 .

cat > look.py <<'PYTHON'
import base64
import json
import logging
import subprocess
import sys
from datetime import timedelta
from urllib.parse import urlencode

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="x", INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"], USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}, ALLOWED_HOSTS=["*"],
    ROOT_URLCONF="oauth2_provider.urls", OAUTH2_PROVIDER={"SCOPES": {"read": "read", "write": "write"}},
)
django.setup()
logging.disable()

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from flask import Flask
from oauth2_provider.models import AccessToken, Application, RefreshToken
from oauth2_provider.settings import oauth2_settings


class OneClient(ClientMixin):
    get_allowed_scope = staticmethod(lambda scope: scope)
    check_client_secret = check_grant_type = staticmethod(lambda _: True)
    check_endpoint_auth_method = staticmethod(lambda method, _: method == "client_secret_basic")


class Kept(TokenMixin):
    def __init__(self, scope):
        self.get_scope = lambda: scope
        self.check_client = lambda _: True
        self.is_expired = self.is_revoked = lambda: False


def authlib():
    kept = {"first": Kept("read write")}

    class Refresh(grants.RefreshTokenGrant):
        INCLUDE_NEW_REFRESH_TOKEN = True
        authenticate_refresh_token = staticmethod(kept.get)
        authenticate_user = staticmethod(lambda _: "alice")
        revoke_old_credential = staticmethod(lambda _: None)

    site = Flask("site")
    site.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
    keep = lambda token, _: kept.update({token["refresh_token"]: Kept(token["scope"])})
    server = AuthorizationServer(site, query_client=lambda _: OneClient(), save_token=keep)
    server.register_grant(Refresh)
    site.post("/token")(server.create_token_response)
    post = site.test_client().post
    return "first", lambda form: post("/token", data=form, auth=("c", "s"), base_url="https://as.example").json


def toolkit(rotates):
    name = f"client-{rotates}"
    site = Application.objects.create(
        client_id=name, client_secret="s", client_type="confidential", authorization_grant_type="authorization-code",
        redirect_uris="https://client.example/cb")
    common = {"user": User.objects.create_user(name), "application": site}
    access = AccessToken.objects.create(token=name, scope="read write", expires=timezone.now() + timedelta(hours=1), **common)
    RefreshToken.objects.create(token=name, access_token=access, **common)
    header = "Basic " + base64.b64encode(f"{name}:s".encode()).decode()

    def ask(form):
        oauth2_settings.ROTATE_REFRESH_TOKEN = rotates
        return Client(headers={"authorization": header}).post("/token/", form).json()

    return name, ask


def go_oauth2():
    process = subprocess.Popen(["./go-oauth2"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(form):
        print(urlencode(form), file=process.stdin, flush=True)
        return json.loads(process.stdout.readline())

    return process.stdout.readline().strip(), ask


def main():
    call_command("migrate", verbosity=0)
    changed = False
    for server, (token, ask) in {
        "Authlib": authlib(), "django-oauth-toolkit": toolkit(True), "django-oauth-toolkit, not rotating": toolkit(False),
        "go-oauth2": go_oauth2(),
    }.items():
        rotates = not server.endswith("not rotating")
        less = ask({"grant_type": "refresh_token", "refresh_token": token, "scope": "read"})
        rest = ask({"grant_type": "refresh_token", "refresh_token": less["refresh_token"]})
        seen = (less["scope"], less["refresh_token"] != token, rest["scope"])
        print(f"{server}: granted 'read write'; refreshed for 'read', it gives {seen[0]!r} and "
              f"{'a new' if seen[1] else 'the same'} refresh token; refreshed without scope, that gives {seen[2]!r}")
        if seen != ("read", rotates, "read"):
            changed = True
            print("  CHANGED: a refresh without scope gave 'read', and the refresh token was new where the server rotates")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
