"""`python3 -m load.benchmark`: sets up what is still to be set up, and measures. What that means is in command.py."""

from __future__ import annotations

import sys

from conformance.running import environment
from fixtures.command_line import outlives_its_readers

if __name__ == "__main__":
    outlives_its_readers()
    try:
        environment.enter(sys.argv[1:], module="load.benchmark")
    except environment.SetUpFailed as problem:
        sys.exit(str(problem))
    from load.benchmark.command import main

    sys.exit(main())
