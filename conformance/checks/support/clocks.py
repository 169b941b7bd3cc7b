"""What time it is at the server, as far as its answers tell."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

from fixtures.http.exchange import Answer


def clock_of(answer: Answer) -> float:
    """The server's time when it answered, in seconds since 1970: its Date header, else our own clock."""
    try:
        return parsedate_to_datetime(answer.header("date") or "").timestamp()
    except ValueError:
        return time.time()
