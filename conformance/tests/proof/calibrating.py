"""Is `python3 -m conformance calibrate` where the server folder is the first word, and runs are kept in the second."""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

from conformance.__main__ import run_to_the_end
from conformance.proof.by_server import command
from fixtures.servers.folder import find

if __name__ == "__main__":
    pretended, out = map(Path, sys.argv[1:3])
    folder = find(pretended.name, root=pretended.parent, cache=out / "cache")
    with mock.patch.object(command, "find", return_value=folder), mock.patch.object(command, "OUT", out):
        run_to_the_end(["calibrate", pretended.name])
