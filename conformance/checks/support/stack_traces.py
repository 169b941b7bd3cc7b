"""Stack traces: how the failure of a program looks from outside, in the languages servers are written in."""

from __future__ import annotations

import re

# Every repetition is bounded, or begins where nothing of its kind stands before it: what a server answers may be long.
_LINE = r"(?:\n|\\n|\\r\\n|<br ?/?>)[ \t]{0,80}"
_TRACES = re.compile(
    "|".join(
        [
            r"Traceback \(most recent call last\)",  # Python
            rf"{_LINE}File \S{{1,300}}, line \d+, in ",
            rf"{_LINE}at [\w.$<>/]{{1,300}}\([\w$]{{1,200}}\.(?:java|kt|scala|groovy):\d+\)",  # the JVM
            rf"{_LINE}at (?:[^\n()]{{0,200}} \()?(?:file://|node:|/|[A-Z]:\\)[^\n()]{{1,300}}:\d+:\d+\)?",  # JavaScript
            rf"{_LINE}at [\w.`<>]{{1,300}}\([^\n()]{{0,200}}\) in [^\n]{{1,300}}:line \d+",  # .NET
            rf"Stack trace:{_LINE}#0 ",  # PHP
            r"(?<![\w/.-])[\w/.-]{1,300}\.rb:\d+:in [`']",  # Ruby
            r"goroutine \d+ \[running\]",  # Go
            r"thread '[^'\n]{1,80}' panicked at",  # Rust
        ]
    )
)


def stack_trace(text: str) -> str | None:
    """Where a stack trace begins in an answer, a line of it, or None where there is none."""
    found = _TRACES.search(text)
    return found[0].strip()[:200] if found else None
