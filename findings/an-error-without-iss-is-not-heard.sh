#!/bin/sh
# Why an authorization failed is lost between servers and clients that both follow RFC 9207: django-oauth-toolkit, with its
# setting for it, announces iss and sends it with codes and with no error, so that not even a denied consent has it; Authlib's
# IssuerParameter adds it where the owner decided, and not to errors that are found before the page of consent. Section 2 has
# iss in error responses too, and section 2.4 has the client refuse a response that lacks what was announced. oauth4webapi and
# openid-client do: they end with "iss missing", which means an attack, and the error code does not come out of them at all.
#
# Seen with django-oauth-toolkit 3.4.1, Authlib 1.9.10, oauth4webapi 3.8.8 and openid-client 6.9.0. Exits non-zero when any of
# this changes. Takes about a minute; needs python3 with venv, node 20 or newer and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check django-oauth-toolkit==3.4.1 authlib==1.9.10 flask==3.1.3
npm install --silent --no-audit --no-fund --ignore-scripts oauth4webapi@3.8.8 openid-client@6.9.0

cat > hear.mjs <<'NODE'
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

const [metadata, landed] = [JSON.parse(process.argv[2]), new URL(process.argv[3])];
const endpoint = `${metadata.issuer}/token`;
const server = { ...metadata, token_endpoint: endpoint };
const asks = {
  oauth4webapi: async () => oauth.validateAuthResponse(server, { client_id: 'c' }, landed, 'st'),
  'openid-client': async () =>
    openid.authorizationCodeGrant(new openid.Configuration(server, 'c', 's'), landed, { expectedState: 'st' }),
};
const heard = {};
for (const [library, ask] of Object.entries(asks)) {
  try {
    await ask();
  } catch (error) {
    heard[library] = [error.error ?? null, (error.cause instanceof Error ? error.cause : error).message];
  }
}
console.log(JSON.stringify(heard));
NODE

cat > look.py <<'PYTHON'
import json
import logging
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import django
from django.conf import settings

SETTING = {"COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True, "SCOPES": {"read": "read"}}
settings.configure(
    SECRET_KEY="x", ALLOWED_HOSTS=["*"], ROOT_URLCONF="oauth2_provider.urls", OAUTH2_PROVIDER=SETTING, USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
)
django.setup()
logging.disable()

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc9207 import IssuerParameter
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from flask import Flask, request
from oauth2_provider.models import Application

ASKED = {"client_id": "c", "response_type": "code", "redirect_uri": "https://client.example/cb", "state": "st"}
ASKED |= {"scope": "read", "code_challenge": "a" * 43, "code_challenge_method": "S256"}


def toolkit():
    call_command("migrate", verbosity=0)
    Application.objects.create(
        client_id="c", client_secret="s", client_type="confidential", authorization_grant_type="authorization-code",
        redirect_uris=ASKED["redirect_uri"])
    browser = Client()
    browser.force_login(User.objects.create_user("alice"))
    metadata = browser.get("/.well-known/oauth-authorization-server", secure=True).json()
    decide = lambda form: browser.post("/authorize/", form, secure=True).headers["location"]
    unknown = browser.get("/authorize/", {**ASKED, "scope": "unknown"}, secure=True).headers["location"]
    return metadata, decide({**ASKED, "allow": "yes"}), decide(ASKED), unknown


class OneClient(ClientMixin):
    get_client_id = staticmethod(lambda: "c")
    get_default_redirect_uri = staticmethod(lambda: ASKED["redirect_uri"])
    get_allowed_scope = staticmethod(lambda scope: scope)
    check_redirect_uri = check_response_type = check_grant_type = staticmethod(lambda _: True)


class Code(grants.AuthorizationCodeGrant):
    save_authorization_code = staticmethod(lambda code, _: None)


class Issuer(IssuerParameter):
    get_issuer = staticmethod(lambda: "https://as.example")


def authlib():
    site = Flask("site")
    server = AuthorizationServer(site, query_client=lambda _: OneClient(), save_token=lambda *_: None)
    server.scopes_supported = ["read"]
    server.register_grant(Code)
    server.register_extension(Issuer())

    @site.post("/authorize")
    def authorize():
        try:
            grant = server.get_consent_grant(end_user="alice")
        except OAuth2Error as error:
            return server.handle_error_response(request, error)
        return server.create_authorization_response(grant_user="alice" if "allow" in request.form else None, grant=grant)

    def ask(decision, **changed):
        post = site.test_client().post
        return post("/authorize", query_string=ASKED | changed, data={decision: "yes"}, base_url="https://as.example").headers["location"]

    metadata = {"issuer": "https://as.example", "authorization_response_iss_parameter_supported": True}
    return metadata, ask("allow"), ask("deny"), ask("allow", scope="unknown")


def main():
    changed = False
    sends = {"django-oauth-toolkit": (True, False, False), "Authlib": (True, True, False)}
    for server, (metadata, *landings) in {"django-oauth-toolkit": toolkit(), "Authlib": authlib()}.items():
        print(f"{server} announces iss: {metadata['authorization_response_iss_parameter_supported']}")
        for what, landed, expected in zip(("allowed", "denied", "an unknown scope"), landings, sends[server], strict=True):
            query = parse_qs(urlsplit(landed).query)
            error = query.get("error", [None])[0]
            print(f"  {what}: {'code' if 'code' in query else error}, iss {query.get('iss', ['missing'])[0]}")
            right = ("iss" in query) == expected
            if error:
                node = subprocess.run(["node", "hear.mjs", json.dumps(metadata), landed], check=True, capture_output=True, text=True)
                for library, (code, words) in json.loads(node.stdout).items():
                    print(f"    {library}: error {code}, {words}")
                    right = right and code == (error if expected else None) and (expected or '"iss"' in words)
            if not right:
                changed = True
                print(f"    CHANGED: iss was {'there' if expected else 'missing'}, and the error {'was' if expected else 'was not'} told")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
