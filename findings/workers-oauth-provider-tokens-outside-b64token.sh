#!/bin/sh
# The access tokens (and codes, and refresh tokens) of @cloudflare/workers-oauth-provider 1.2.3 hold colons: they are
# "<user>:<grant>:<secret>". RFC 6750 section 2.1 has a bearer token of letters, digits and - . _ ~ + / = only (b64token),
# so that a client or a proxy which holds an Authorization header against that grammar refuses them. And by default a new
# authorization of the same owner, client and resource ends the one before: its tokens stop working.
#
# Seen with 1.2.3 on Node 20 (the module cloudflare:workers replaced by an empty class, the KV namespace by a map). Exits
# non-zero when any of this changes.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes > /dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @cloudflare/workers-oauth-provider@1.2.3

cat > stub.mjs <<'JS'
import { register } from 'node:module';

const hooks = `
export async function resolve(name, context, next) {
  if (name !== 'cloudflare:workers') return next(name, context);
  return { url: 'data:text/javascript,export class WorkerEntrypoint {}', shortCircuit: true };
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
JS

cat > look.mjs <<'JS'
import { OAuthAuthorizationServer } from '@cloudflare/workers-oauth-provider';

const entries = new Map();
const OAUTH_KV = {
  get: async (name, how) => {
    const value = entries.get(name)?.value ?? null;
    return value !== null && (how === 'json' || how?.type === 'json') ? JSON.parse(value) : value;
  },
  put: async (name, value, options = {}) => void entries.set(name, { value, metadata: options.metadata }),
  delete: async (name) => void entries.delete(name),
  list: async ({ prefix }) => ({
    keys: [...entries].filter(([name]) => name.startsWith(prefix)).map(([name, { metadata }]) => ({ name, metadata })),
    list_complete: true,
  }),
};
const issuer = 'https://as.example';
const resource = `${issuer}/api`;
const server = new OAuthAuthorizationServer({ issuer, resources: [resource], scopesSupported: ['read'] });
const env = { OAUTH_KV };
const helpers = server.getOAuthApi(env);
const client = await helpers.createClient({ redirectUris: ['https://client.example/cb'] });

async function granted() {
  const query = new URLSearchParams({
    response_type: 'code', client_id: client.clientId, redirect_uri: client.redirectUris[0], scope: 'read', state: 's',
  });
  const request = await helpers.parseAuthRequest(new Request(`${issuer}/authorize?${query}`));
  const { redirectTo } = await helpers.completeAuthorization({
    request, userId: 'alice', metadata: {}, scope: ['read'], props: {},
  });
  const answer = await server.fetch(
    new Request(`${issuer}/oauth/token`, {
      method: 'POST',
      headers: { Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(redirectTo).searchParams.get('code'),
        redirect_uri: client.redirectUris[0],
      }),
    }),
    env,
    { waitUntil() {} },
  );
  return (await answer.json()).access_token;
}

const works = async (token) => (await server.validateToken(resource, token, env)) !== null;
const first = await granted();
const seen = {
  'a token': first.replace(/[\w-]{16}/g, '...'),
  'it is a b64token': /^[A-Za-z0-9._~+/-]+=*$/.test(first),
  'it works': await works(first),
};
const second = await granted();
seen['a second authorization of the same owner and client works'] = await works(second);
seen['the first token still works'] = await works(first);
console.log(seen);
const { 'a token': _, ...rest } = seen;
process.exit(JSON.stringify(Object.values(rest)) === '[false,true,true,false]' ? 0 : 1);
JS
node --no-warnings --import ./stub.mjs look.mjs
