#!/bin/sh
# What four client libraries for JavaScript make of what a server answers: which refuse what RFC 6749 section 5.1 does not
# allow, which take an answer without access_token for a token, and which lose the error code of a refusal that conforms.
# openid-client is asked about introspection, revocation, metadata and redirections as well. A scripted server on
# 127.0.0.1 gives the answers; each library asks for each once.
#
# Seen with openid-client 6.9.0, client-oauth2 4.3.3, passport-oauth2 1.8.0 and @openid/appauth 1.4.0 (AppAuth-JS, by its
# requestor for Node) on Node 20. conformance/ledger/clients/observed.toml has what belongs to a finding. Exits non-zero
# when any of this changes. Takes less than a minute; needs node 20.6 or newer and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund openid-client@6.9.0 client-oauth2@4.3.3 passport-oauth2@1.8.0 @openid/appauth@1.4.0

cat > ask.mjs <<'NODE'
import http from 'node:http';
import { createRequire, register } from 'node:module';
import * as openid from 'openid-client';

const require = createRequire(import.meta.url);
const ClientOAuth2 = require('client-oauth2');
const OAuth2Strategy = require('passport-oauth2');

// AppAuth-JS is written for bundlers: its imports name no .js, and its package does not say that it consists of modules.
const hooks = `const ours = (url) => Boolean(url) && url.includes('@openid/appauth/built');
export const resolve = (name, context, next) =>
  next(ours(context.parentURL) && name.startsWith('.') ? name + '.js' : name, context);
export const load = (url, context, next) => next(url, ours(url) ? { ...context, format: 'module' } : context);`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
const appauth = await import('@openid/appauth/built/src/index.js');
const { NodeRequestor } = await import('@openid/appauth/built/src/node_support/node_requestor.js');

const JSON_TYPE = 'application/json';
const TOKEN = { access_token: 'at', token_type: 'Bearer', expires_in: 3600 };
const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const CHALLENGED = { 'www-authenticate': 'Basic realm="as"' };

const TOKENS = {
  'as it should be': [200, JSON_TYPE, TOKEN],
  'no token_type': [200, JSON_TYPE, without(TOKEN, 'token_type')],
  'no access_token': [200, JSON_TYPE, without(TOKEN, 'access_token')],
  'scope an array': [200, JSON_TYPE, { ...TOKEN, scope: ['read', 'write'] }],
  'status 201': [201, JSON_TYPE, TOKEN],
  'an error with status 200': [200, JSON_TYPE, { error: 'invalid_grant' }],
  'a 400 with an error, which is conforming': [400, JSON_TYPE, { error: 'invalid_grant' }],
  'a 401 that challenges, which is conforming': [401, JSON_TYPE, { error: 'invalid_client' }, CHALLENGED],
};
const INTROSPECTIONS = {
  'as it should be': [200, JSON_TYPE, { active: true }],
  'no active': [200, JSON_TYPE, { scope: 'read' }],
  'active the number 1': [200, JSON_TYPE, { active: 1 }],
};
const REVOCATIONS = { 'status 200': [200, JSON_TYPE, ''], 'status 204': [204, JSON_TYPE, ''], 'status 202': [202, JSON_TYPE, ''] };
const ISSUERS = {
  'its own issuer': (base) => `${base}/as`,
  'an issuer with one slash more': (base) => `${base}/as/`,
  'no issuer': () => undefined,
};
const REDIRECTIONS = {
  'as it should be': (base) => `code=c&iss=${encodeURIComponent(base)}`,
  'no iss, although it is announced': () => 'code=c',
  'code twice': (base) => `code=c&code=c&iss=${encodeURIComponent(base)}`,
};

let answer;
const server = http.createServer((request, response) => {
  request.resume();
  const [status, type, told, more] = answer;
  const body = typeof told === 'string' ? told : JSON.stringify(told);
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...more });
  response.end(body);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const base = `http://127.0.0.1:${server.address().port}`;

const METADATA = {
  issuer: base, token_endpoint: `${base}/token`, introspection_endpoint: `${base}/introspect`,
  revocation_endpoint: `${base}/revoke`, authorization_endpoint: `${base}/authorize`,
  authorization_response_iss_parameter_supported: true,
};
const configured = () => {
  const config = new openid.Configuration(METADATA, 'c', 's');
  openid.allowInsecureRequests(config);
  return config;
};
const kind = (token, error) => {
  if (error !== undefined) return `refuses: ${error}`;
  return token ? 'takes' : 'takes nothing for a token';
};
const codeOf = (error) => {
  const codes = [error?.error, error?.body?.error, error?.extras?.error];
  return codes.find((code) => typeof code === 'string' && code.startsWith('invalid_')) ?? 'no error code';
};

async function openidClient() {
  try {
    return kind((await openid.clientCredentialsGrant(configured())).access_token);
  } catch (error) { return kind(null, codeOf(error)); }
}

async function clientOAuth2() {
  const client = new ClientOAuth2({ clientId: 'c', clientSecret: 's', accessTokenUri: `${base}/token` });
  try { return kind((await client.credentials.getToken()).accessToken); } catch (error) { return kind(null, codeOf(error)); }
}

function passport() {
  return new Promise((resolve) => {
    const options = { authorizationURL: `${base}/authorize`, tokenURL: `${base}/token`, clientID: 'c', clientSecret: 's', callbackURL: 'http://127.0.0.1/cb' };
    const strategy = new OAuth2Strategy(options, (token, refresh, profile, done) => done(null, { token }));
    strategy.userProfile = (token, done) => done(null, {});
    strategy.success = (user) => resolve(kind(user.token));
    strategy.fail = () => resolve('refuses: no error code');
    strategy.error = (error) => resolve(kind(null, codeOf({ error: error.code ?? error.oauthError?.data })));
    strategy.authenticate({ query: { code: 'c' } }, {});
  });
}

async function appAuth() {
  const service = new appauth.AuthorizationServiceConfiguration({ authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, revocation_endpoint: `${base}/revoke` });
  const request = new appauth.TokenRequest({ client_id: 'c', redirect_uri: 'http://127.0.0.1/cb', grant_type: 'authorization_code', code: 'c', refresh_token: undefined, extras: { client_secret: 's' } });
  try {
    return kind((await new appauth.BaseTokenRequestHandler(new NodeRequestor()).performTokenRequest(service, request)).accessToken);
  } catch (error) { return kind(null, codeOf(error)); }
}

const LIBRARIES = { 'openid-client': openidClient, 'client-oauth2': clientOAuth2, 'passport-oauth2': passport, 'AppAuth-JS': appAuth };
const NOTHING = 'takes nothing for a token';
const REFUSED = 'refuses: no error code';
const BEFORE = {
  'token, as it should be': ['takes', 'takes', 'takes', 'takes'],
  'token, no token_type': [REFUSED, 'takes', 'takes', 'takes'],
  'token, no access_token': [REFUSED, NOTHING, REFUSED, NOTHING],
  'token, scope an array': [REFUSED, 'takes', 'takes', 'takes'],
  'token, status 201': [REFUSED, 'takes', 'takes', REFUSED],
  'token, an error with status 200': [REFUSED, 'refuses: invalid_grant', REFUSED, 'refuses: invalid_grant'],
  'token, a 400 with an error, which is conforming': [
    'refuses: invalid_grant', 'refuses: invalid_grant', 'refuses: invalid_grant', REFUSED],
  'token, a 401 that challenges, which is conforming': [
    REFUSED, 'refuses: invalid_client', 'refuses: invalid_client', REFUSED],
  'introspection, as it should be': ['takes'],
  'introspection, no active': ['refuses'],
  'introspection, active the number 1': ['refuses'],
  'revocation, status 200': ['takes'],
  'revocation, status 204': ['refuses'],
  'revocation, status 202': ['refuses'],
  'metadata, its own issuer': ['takes'],
  'metadata, an issuer with one slash more': ['refuses'],
  'metadata, no issuer': ['refuses'],
  'redirection, as it should be': ['takes'],
  'redirection, no iss, although it is announced': ['refuses'],
  'redirection, code twice': ['refuses'],
};

const found = {};
const outcome = async (what, ask) => {
  try { await ask(); found[what] = ['takes']; } catch { found[what] = ['refuses']; }
};
console.error = console.warn = () => {};
const say = console.log;
console.log = () => {};
for (const [name, told] of Object.entries(TOKENS)) {
  answer = told;
  found[`token, ${name}`] = [];
  for (const ask of Object.values(LIBRARIES)) found[`token, ${name}`].push(await ask());
}
for (const [name, told] of Object.entries(INTROSPECTIONS)) {
  answer = told;
  await outcome(`introspection, ${name}`, () => openid.tokenIntrospection(configured(), 't'));
}
for (const [name, told] of Object.entries(REVOCATIONS)) {
  answer = told;
  await outcome(`revocation, ${name}`, () => openid.tokenRevocation(configured(), 't'));
}
for (const [name, issuer] of Object.entries(ISSUERS)) {
  answer = [200, JSON_TYPE, { ...METADATA, issuer: issuer(base) }];
  const loopback = { execute: [openid.allowInsecureRequests], algorithm: 'oauth2' };
  await outcome(`metadata, ${name}`, () => openid.discovery(new URL(`${base}/as`), 'c', 's', undefined, loopback));
}
answer = TOKENS['as it should be'];
for (const [name, query] of Object.entries(REDIRECTIONS)) {
  const landed = new URL(`http://127.0.0.1/cb?${query(base)}`);
  await outcome(`redirection, ${name}`, () => openid.authorizationCodeGrant(configured(), landed));
}
server.close();

const libraries = Object.keys(LIBRARIES);
let changed = false;
for (const [name, before] of Object.entries(BEFORE)) {
  say(`${name}: ${found[name].map((what, at) => `${libraries[at]} ${what}`).join('; ')}`);
  if (JSON.stringify(found[name]) === JSON.stringify(before)) continue;
  changed = true;
  say(`  CHANGED, was: ${before.join('; ')}`);
}
process.exit(changed ? 1 : 0);
NODE

timeout 120 node ask.mjs
