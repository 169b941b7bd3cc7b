"""What a tree of processes has cost: processor time and memory, as Linux counts them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def children_of(pid: int) -> list[int]:
    """The processes that this one has started and that are still there."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def tree_of(pid: int) -> list[int]:
    """A process and all that it has started, directly or not."""
    found, following = [], [pid]
    while following:
        one = following.pop()
        found.append(one)
        following += children_of(one)
    return found


def processor_seconds(pid: int) -> float:
    """How long the tree has been on a processor, to the nanosecond (schedstat), ended processes left out."""
    total = 0
    for one in tree_of(pid):
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def resident_bytes(pid: int) -> int:
    """How much memory the tree holds; pages that several processes share count for each."""
    total = 0
    for one in tree_of(pid):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
    return total
