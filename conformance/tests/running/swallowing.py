"""A pytest plugin under which a signal meets the second item where an interruption is passed over in silence.

A destructor does so, and a callback of a library: what they raise goes nowhere.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import pytest

_BEGUN: list[str] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Be told to stop within the second item, and pass over it."""
    _BEGUN.append(item.nodeid)
    if len(_BEGUN) == 2:
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
