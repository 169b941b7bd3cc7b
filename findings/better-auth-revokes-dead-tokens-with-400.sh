#!/bin/sh
# The OAuth provider of better-auth 1.7.5 answers 400 invalid_request to the revocation of a token that is dead or that it
# never issued, so that a client which revokes again because the first answer got lost takes a token that is gone for one
# that may live: RFC 7009 section 2.2 has 200 there. With token_type_hint=refresh_token an access token is not looked for
# (section 2.1: the search goes on over the other kinds), answered 400 as well, and lives on.
#
# Seen with better-auth and @better-auth/oauth-provider 1.7.5 on Node 20, in one process and without a network port. Exits
# non-zero when any of this changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts \
  better-auth@1.7.5 @better-auth/oauth-provider@1.7.5 @better-auth/core@1.7.5 \
  @better-auth/utils@0.4.2 @better-fetch/fetch@1.3.2 better-call@1.4.0

cat > look.mjs <<'JS'
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { getAuthTables } from 'better-auth/db';
import { jwt } from 'better-auth/plugins';
import { oauthProvider } from '@better-auth/oauth-provider';

const base = 'http://127.0.0.1:9302';
const tables = {};
const options = {
  baseURL: base,
  secret: 'made-up-for-a-server-that-ends-at-once',
  database: memoryAdapter(tables),
  emailAndPassword: { enabled: true },
  disabledPaths: ['/token'],
  telemetry: { enabled: false },
  plugins: [jwt(), oauthProvider({
    loginPage: '/sign-in', consentPage: '/consent', scopes: ['openid', 'read'],
    clientPrivileges: () => true,
    silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
  })],
};
for (const { modelName } of Object.values(getAuthTables(options))) tables[modelName] = [];
const auth = betterAuth(options);
await auth.api.signUpEmail({ body: { name: 'owner', email: 'owner@client.example', password: 'made-up-password' } });
const signedIn = await auth.api.signInEmail({ body: { email: 'owner@client.example', password: 'made-up-password' }, returnHeaders: true });
const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
const client = await auth.api.adminCreateOAuthClient({
  headers: new Headers({ cookie }),
  body: { client_name: 'service', redirect_uris: ['https://client.example/cb'], grant_types: ['client_credentials'], scope: 'read', client_credentials_scopes: ['read'], token_endpoint_auth_method: 'client_secret_basic' },
});
const authorization = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64')}`;
const post = async (path, form) => {
  const answer = await auth.handler(new Request(`${base}/api/auth/oauth2/${path}`, {
    method: 'POST', headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' }, body: new URLSearchParams(form),
  }));
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
};
const token = (await post('token', { grant_type: 'client_credentials', scope: 'read' })).body.access_token;
const state = async (value) => (await post('introspect', { token: value })).body?.active;
const revoked = async (form) => {
  const { status, body } = await post('revoke', form);
  return body?.error ? `${status} ${body.error}` : `${status}`;
};
const seen = {
  'a live token': await revoked({ token }),
  'it is active afterwards': await state(token),
  'the same token once more': await revoked({ token }),
  'a token that never was': await revoked({ token: 'never-issued' }),
};
const { access_token: hinted } = (await post('token', { grant_type: 'client_credentials', scope: 'read' })).body;
seen['a live access token, hinted at as a refresh token'] = await revoked({ token: hinted, token_type_hint: 'refresh_token' });
seen['that one is active afterwards'] = await state(hinted);
console.log(seen);
const expected = ['200', false, '400 invalid_request', '400 invalid_request', '400 invalid_request', true];
process.exit(JSON.stringify(Object.values(seen)) === JSON.stringify(expected) ? 0 : 1);
JS
node look.mjs
