#!/bin/sh
# "k9 convert" makes a load plan of a browser's recording (HAR) and has values that a response handed out taken from the
# response again. Of a recorded code flow of OAuth it misses two of three: the code, for it comes in a redirection, is sent as
# it was recorded, though it was good once (RFC 6749 section 4.1.2); and so is a refresh token with a plus, a slash or an
# equals sign, for the form has it encoded and the JSON has not. One of letters and digits it does take from the answer; but
# then it is put into the form as it stands, so that another token reaches the server when what it issues next has such
# characters (appendix A.17 allows all visible ones): a plus arrives as a space. Every step of the plan is checked for 200 only.
#
# Seen with k9-load 0.1.0. Exits non-zero when any of this changes. Takes less than a minute; needs python3 with venv.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check k9-load==0.1.0

cat > look.py <<'PYTHON'
import http.server
import json
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

CODE, ISSUED = "GoPiG2AaWk9xXfUuhVhz", "h+Jk3/0aTn8wLr4JvXsB=="
RECORDED_PLAIN, RECORDED_BASE64 = "5Q7fPZ2kTn8wLr4JvXsB", "m+Zz9/7bQe2xYt6NcKdA=="
redeemed, refreshed = [], []


class Server(http.server.BaseHTTPRequestHandler):
    """Hands out a fresh code each time, and one refresh token of base64."""

    codes = 0

    def answer(self, status, members, **headers):
        body = json.dumps(members).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if urlsplit(self.path).path != "/authorize":
            return self.answer(200, {})
        Server.codes += 1
        return self.answer(302, {}, Location=f"/cb?code=fresh-code-number-{Server.codes:04}&state=state-of-the-client")

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        redeemed.extend(form.get("code", []))
        refreshed.extend(form.get("refresh_token", []))
        self.answer(200, {"access_token": "a", "token_type": "Bearer", "refresh_token": ISSUED})

    def log_message(self, *_):
        pass


def entry(method, url, status, told, form=None, location=""):
    content = {"size": len(told), "mimeType": "application/json", "text": told}
    request = {"method": method, "url": url, "headers": [], "queryString": [], "cookies": []}
    if form:
        kind = "application/x-www-form-urlencoded"
        request["headers"].append({"name": "Content-Type", "value": kind})
        request["postData"] = {"mimeType": kind, "text": urlencode(form), "params": []}
    response = {"status": status, "statusText": "", "headers": [], "cookies": [], "content": content, "redirectURL": location}
    if location:
        response["headers"].append({"name": "Location", "value": location})
    for part in (request, response):
        part |= {"httpVersion": "HTTP/1.1", "headersSize": -1, "bodySize": -1}
    return {
        "startedDateTime": "2026-11-30T00:00:00.000Z", "time": 1, "request": request, "response": response, "cache": {},
        "timings": {"send": 0, "wait": 1, "receive": 0},
    }


def replayed(base, refresh_token):
    """What the server gets from the plan that is made of a recording with this refresh token."""
    landed = f"/cb?code={CODE}&state=state-of-the-client"
    tokens = json.dumps({"access_token": "a", "token_type": "Bearer", "refresh_token": refresh_token})
    entries = [
        entry("GET", f"{base}/authorize?response_type=code&client_id=c&state=state-of-the-client", 302, "", location=landed),
        entry("GET", f"{base}{landed}", 200, "{}"),
        entry("POST", f"{base}/token", 200, tokens, {"grant_type": "authorization_code", "code": CODE}),
        entry("POST", f"{base}/token", 200, tokens, {"grant_type": "refresh_token", "refresh_token": refresh_token}),
    ]
    log = {"version": "1.2", "creator": {"name": "recording", "version": "1"}, "entries": entries}
    Path("flow.har").write_text(json.dumps({"log": log}))
    redeemed.clear()
    refreshed.clear()
    subprocess.run(["venv/bin/k9", "convert", "flow.har", "-O", "plan.yaml"], check=True, capture_output=True)
    subprocess.run(["venv/bin/k9", "run", "-u", "1", "-i", "2", "plan.yaml"], check=True, capture_output=True, timeout=60)
    return redeemed[:], refreshed[:]


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    expected = {RECORDED_PLAIN: [ISSUED.replace("+", " ")] * 2, RECORDED_BASE64: [RECORDED_BASE64] * 2}
    changed = False
    for recorded, before in expected.items():
        codes, tokens = replayed(base, recorded)
        issued = Server.codes
        print(f"recorded: code {CODE}, refresh token {recorded}; the server issues {ISSUED}")
        print(f"  two iterations: {issued} codes issued so far; codes sent {codes}; refresh tokens sent {tokens}")
        if codes != [CODE] * 2 or tokens != before:
            changed = True
            print(f"  CHANGED, were: {[CODE] * 2} and {before}")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
