"""A slow wire between two network namespaces of this machine: two TUN devices, and a thread that passes packets on.

It needs root and Linux, and no module of the kernel beyond TUN: netem is not everywhere. Who uses it is not known here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import subprocess
import time
from collections import deque
from collections.abc import Iterator
from threading import Event, Thread

NEAR, FAR = "load-near", "load-far"
NEAR_ADDRESS, FAR_ADDRESS = "10.213.0.1", "10.213.0.2"

_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001
_LONGEST_PACKET = 65_536


class Wire:
    """A wire that holds each packet for so many seconds. devices: their descriptors, near and far."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._cut, self._end = Event(), Event()
        self.devices = tuple(_tun(name) for name in (NEAR, FAR))
        self._thread = Thread(target=self._pass_on, daemon=True)

    def start(self) -> None:
        """Begin to pass packets on."""
        self._thread.start()

    def cut(self) -> None:
        """Lose every packet from now on."""
        self._cut.set()

    def close(self) -> None:
        """Pass nothing on any more, which takes the devices away."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        for device in self.devices:
            os.close(device)

    def _pass_on(self) -> None:
        near, far = self.devices
        across = {near: far, far: near}
        held: deque[tuple[float, int, bytes]] = deque()
        while not self._end.is_set():
            wait = held[0][0] - time.monotonic() if held else 0.1
            readable, _, _ = select.select(self.devices, (), (), max(wait, 0.0))
            for device in readable:
                packet = os.read(device, _LONGEST_PACKET)
                if not self._cut.is_set():
                    held.append((time.monotonic() + self._seconds, across[device], packet))
            while held and held[0][0] <= time.monotonic():
                _, device, packet = held.popleft()
                with contextlib.suppress(OSError):  # a device that is down takes nothing
                    os.write(device, packet)


def _tun(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode("ascii"), _TUN_WITHOUT_HEADER))
    return device


@contextlib.contextmanager
def wired(seconds: float) -> Iterator[Wire]:
    """Two hosts with a wire between them, whose each direction takes so long. CalledProcessError, PermissionError."""
    wire = Wire(seconds)
    try:
        for name, address in ((NEAR, NEAR_ADDRESS), (FAR, FAR_ADDRESS)):
            for line in (
                f"ip netns add {name}",
                f"ip link set {name} netns {name}",
                f"ip -n {name} addr add {address}/24 dev {name}",
                f"ip -n {name} link set lo up",
                f"ip -n {name} link set {name} up",
            ):
                subprocess.run(line.split(), check=True)  # noqa: S603 - our own lines
        wire.start()
        yield wire
    finally:
        wire.close()
        for name in (NEAR, FAR):
            subprocess.run(("ip", "netns", "del", name), check=False)  # noqa: S603, S607 - the same
