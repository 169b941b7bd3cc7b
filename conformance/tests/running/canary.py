"""A pytest plugin that notes every secret of a run, so that a test can search the run's files for them.

It listens where answers come in, before anything is redacted, and writes to the file that CANARY_FILE names.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.http.exchange import Exchange
from fixtures.http.recorder import Recorder

ISSUED = ("access_token", "refresh_token", "id_token", "client_secret", "registration_access_token")
SENT = re.compile(r"(?:client_assertion|code_verifier|password|code|csrf)=([^&\s]{12,})")


def pytest_configure() -> None:
    """Listen where every exchange is noted, those of the browser among them."""
    plain = Recorder.record
    file = Path(os.environ["CANARY_FILE"])

    def record(self: Recorder, exchange: Exchange) -> None:
        plain(self, exchange)
        found = SENT.findall(exchange.request.body.decode("utf-8", errors="replace"))
        answer = exchange.answer
        if answer is not None:
            found += [str(value) for name in ISSUED if (value := answer.members.get(name))]
            found += re.findall(r"[?&#](?:code|access_token)=([^&#]+)", answer.header("location") or "")
            found += [value.split(";")[0].partition("=")[2] for value in answer.header_values("set-cookie")]
        with file.open("a", encoding="utf-8") as stream:
            stream.writelines(f"{value}\n" for value in found if len(value) >= 12)

    patched: Any = pytest.MonkeyPatch()
    patched.setattr(Recorder, "record", record)
