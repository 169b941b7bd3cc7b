"""What an operator's environment holds for other programs changes no verdict; where it would, the run is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.tests.running.run import journal, quiet
from fixtures.tests import forked
from fixtures.tests.pace import limit

pytestmark = [pytest.mark.takes(30), pytest.mark.apart]

ONE_CHECK = "7009-2.2-S02"
DEAD = "http://127.0.0.1:9"


def _typed(*words: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that is started with more in its environment."""
    return subprocess.run(  # noqa: S603 - our own command
        list(map(str, words)),
        cwd=forked.ROOT,
        env=quiet(more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=limit(300),
        check=False,
    )


@pytest.mark.parametrize("optimized", [("-O",), ()], ids=["option", "variable"])
def test_a_python_that_leaves_asserts_out_judges_nothing(optimized: tuple[str, ...]) -> None:
    ended = _typed(
        sys.executable, *optimized, "-m", "conformance", "--list", PYTHONOPTIMIZE="" if optimized else "2"
    )

    assert ended.returncode == 4
    assert ended.stderr == (
        "Nothing would be judged: this Python leaves every assert out. Unset PYTHONOPTIMIZE, and start it without -O.\n"
    )


def test_what_is_meant_for_the_pytest_of_other_projects_chooses_no_checks() -> None:
    wanted = (sys.executable, "-m", "conformance", "--list", "--requirement", ONE_CHECK)
    plain = _typed(*wanted)
    ended = _typed(*wanted, PYTEST_ADDOPTS="-k no_check_is_named_so", PYTEST_PLUGINS="no_such_plugin")

    assert (ended.returncode, ended.stdout) == (0, plain.stdout), ended.stderr


@pytest.mark.skipif(os.name == "nt", reason="there is no /bin/sh, and neither umask nor ulimit")
def test_proxies_certificates_passwords_and_limits_of_others_change_no_verdict(tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n", encoding="utf-8")
    netrc.chmod(0o600)
    out = tmp_path / "a folder of runs"
    others = {
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), DEAD),
        **dict.fromkeys(
            ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"), str(tmp_path / "none.pem")
        ),
        **dict.fromkeys(("LANG", "LC_ALL"), "C"),
        "NETRC": str(netrc),
        "PYTHONWARNINGS": "error",
        "TERM": "dumb",
        "TZ": "Asia/Kathmandu",
        "COLUMNS": "20",
    }
    limited = ["/bin/sh", "-c", 'umask 077; ulimit -n 256; exec "$0" -m conformance "$@"', sys.executable]
    ended = _typed(*limited, "--requirement", ONE_CHECK, "--out", out, "--quiet", **others)
    (folder,) = out.glob("2*")
    verdicts = {entry["verdict"] for entry in journal(folder) if entry["type"] == "result"}

    assert (ended.returncode, ended.stderr) == (0, "")
    assert verdicts == {"conforms"}
