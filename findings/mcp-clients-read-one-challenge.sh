#!/bin/sh
# What the clients of the MCP project make of challenges that RFC 9110 allows. Both in TypeScript lose resource_metadata and
# scope when HTTP Basic is challenged before Bearer, and when two blanks follow the scheme; the older one when DPoP stands
# before Bearer, too. They and the one in Python lose them when blanks stand around "=", or the name of the parameter is in
# other letters. And all three read a parameter out of the quoted text of another one: a realm with the words "scope=" in it
# is taken for the scope that is wanted. oauth4webapi reads all of these.
#
# RFC 9110 section 11.6.1 has several challenges in one field, section 11.4 one or more blanks after the scheme, section 11.2
# names in any case and blanks around "=", section 5.6.4 quoted strings. RFC 9728 section 5.1 tells the client by
# resource_metadata where the metadata of the resource are; without it both clients guess at the well-known place.
#
# Seen with @modelcontextprotocol/sdk 1.32.2, @modelcontextprotocol/client 2.4.0, mcp 2.3.0 (Python) and oauth4webapi 3.8.8.
# Exits non-zero when any of this changes. Takes less than a minute; needs python3 with venv, node 20 or newer and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mcp==2.3.0
npm install --silent --no-audit --no-fund --ignore-scripts \
  @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/client@2.4.0 oauth4webapi@3.8.8

cat > read.mjs <<'NODE'
import { extractWWWAuthenticateParams as second } from '@modelcontextprotocol/client';
import { extractWWWAuthenticateParams as first } from '@modelcontextprotocol/sdk/client/auth.js';
import * as oauth from 'oauth4webapi';

async function control(answer) {
  try {
    await oauth.processClientCredentialsResponse({ issuer: 'https://as.example' }, { client_id: 'c' }, answer);
  } catch (error) {
    const bearer = error.cause.find(({ scheme }) => scheme === 'bearer').parameters;
    return { resourceMetadataUrl: bearer.resource_metadata, scope: bearer.scope };
  }
}

const read = [];
for (const challenge of JSON.parse(process.argv[2])) {
  const answer = () => new Response('', { status: 401, headers: { 'www-authenticate': challenge } });
  const told = [await control(answer()), first(answer()), second(answer())];
  read.push(told.map(({ resourceMetadataUrl, scope }) => [resourceMetadataUrl?.toString() ?? null, scope ?? null]));
}
console.log(JSON.stringify(read));
NODE

cat > look.py <<'PYTHON'
import json
import subprocess
import sys

from httpx2 import Response
from mcp.client.auth import utils

AT = "https://rs.example/metadata"
READERS = ("oauth4webapi", "TypeScript 1", "TypeScript 2", "Python")
BOTH, NOTHING = [AT, "read"], [None, None]
WRONG = [AT, 'write"']  # The quotation mark of the realm is part of what they read.
CASES = {
    f'Bearer scope="read", resource_metadata="{AT}"': [BOTH, BOTH, BOTH, BOTH],
    f'DPoP algs="ES256", Bearer scope="read", resource_metadata="{AT}"': [BOTH, NOTHING, BOTH, BOTH],
    f'Basic realm="site", Bearer scope="read", resource_metadata="{AT}"': [BOTH, NOTHING, NOTHING, BOTH],
    f'Bearer  scope="read", resource_metadata="{AT}"': [BOTH, NOTHING, NOTHING, BOTH],
    f'Bearer scope = "read", resource_metadata = "{AT}"': [BOTH, NOTHING, NOTHING, NOTHING],
    f'Bearer Scope="read", Resource_Metadata="{AT}"': [BOTH, NOTHING, NOTHING, NOTHING],
    f'Bearer realm="by scope=write", scope="read", resource_metadata="{AT}"': [BOTH, WRONG, WRONG, WRONG],
}


def main():
    node = subprocess.run(["node", "read.mjs", json.dumps(list(CASES))], check=True, capture_output=True, text=True)
    changed = False
    for (challenge, before), found in zip(CASES.items(), json.loads(node.stdout), strict=True):
        answer = Response(401, headers={"www-authenticate": challenge})
        found.append([utils.extract_resource_metadata_from_www_auth(answer), utils.extract_scope_from_www_auth(answer)])
        print(challenge)
        for reader, (place, scope), expected in zip(READERS, found, before, strict=True):
            print(f"  {reader}: resource_metadata {place}, scope {scope}")
            if [place, scope] != expected:
                changed = True
                print(f"    CHANGED, was: {expected}")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
