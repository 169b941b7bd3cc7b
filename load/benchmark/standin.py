"""The stand-in: nginx that answers /token and /introspect with fixed JSON, and counts. The same for every tool.

It costs little enough that the generator is what is measured. Nothing of the tools belongs here.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from fixtures.reference.tls import make_certificate
from load.benchmark.processes import children_of

READY_WITHIN = 10.0

CONFIGURATION = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log crit;
events {{ worker_connections 16384; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  keepalive_timeout 3600s;
  tcp_nodelay on;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    listen 127.0.0.1:{secure} ssl backlog=4096;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    add_header Cache-Control "no-store" always;
    add_header Pragma "no-cache" always;
    location = /token {{
      return 200 '{{"access_token":"{padding}.$request_id","token_type":"Bearer","expires_in":3600,"scope":"read"}}';
    }}
    location = /introspect {{
      return 200 '{introspected}';
    }}
    location = /count {{ stub_status; }}
  }}
}}
"""

INTROSPECTED = (
    '{"active":true,"scope":"read","client_id":"client","exp":4000000000,"iat":3999996400,"sub":"client"}'
)
PADDING = "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjEifQ." + "c2lnbmF0dXJl" * 16
"""Makes the token about as long as a signed JWT. What follows it is different in every answer."""


class StandIn:
    """The running server. url: its root; secure_url: the same over TLS, by ca_file. pid: of the worker that answers."""

    def __init__(self, url: str, pid: int, secure_url: str = "", ca_file: str = "") -> None:
        self.url = url
        self.pid = pid
        self.secure_url = secure_url
        self.ca_file = ca_file

    def served(self) -> int:
        """How many requests it has answered, without those that asked for this number."""
        with urllib.request.urlopen(f"{self.url}/count", timeout=10) as answer:  # noqa: S310 - our own server's http
            words = answer.read().decode("ascii").split()
        self._asked += 1
        return int(words[words.index("requests") + 3]) - self._asked

    _asked = 0

    def freeze(self, seconds: float) -> float:
        """Stop the server for a while, as a long collection of garbage would. Returns how long it was."""
        os.kill(self.pid, signal.SIGSTOP)
        began = time.monotonic()
        try:
            time.sleep(seconds)
        finally:
            os.kill(self.pid, signal.SIGCONT)
        return time.monotonic() - began


@contextlib.contextmanager
def standing_in(core: int) -> Iterator[StandIn]:
    """Run the stand-in on one core. Raises RuntimeError where nginx is not installed or does not start."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise RuntimeError("nginx is not installed; on Debian: apt-get install nginx-light")
    with tempfile.TemporaryDirectory(prefix="stand-in-") as name:
        folder = Path(name)
        port, secure = free_ports(2)
        made = make_certificate(folder, int(time.time()))
        written = CONFIGURATION.format(
            folder=folder,
            port=port,
            secure=secure,
            certificate=made.certificate_file,
            key=made.key_file,
            padding=PADDING,
            introspected=INTROSPECTED,
        )
        (folder / "nginx.conf").write_text(written, encoding="utf-8")
        process = subprocess.Popen(  # noqa: S603 - nginx, with our own configuration
            [nginx, "-p", name, "-c", str(folder / "nginx.conf")],
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509 - this process has one thread
        )
        try:
            server = _ready(f"http://127.0.0.1:{port}", process)
            server.secure_url, server.ca_file = f"https://127.0.0.1:{secure}", str(made.ca_file)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody has."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _ready(url: str, process: subprocess.Popen[bytes]) -> StandIn:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        workers = children_of(process.pid)
        server = StandIn(url, workers[0] if workers else 0)
        with contextlib.suppress(OSError):
            if workers:
                server.served()
                return server
        time.sleep(0.05)
    raise RuntimeError("nginx did not start; its own message is above")
