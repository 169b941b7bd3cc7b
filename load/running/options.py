"""The command line of `python3 -m load`: what may be typed. Standard library only: --help needs nothing installed."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence

from fixtures.command_line import Parser, duration

_PLACE = re.compile(
    r"(?:(?P<alone>\d+)|(?:\[(?P<inner>[0-9a-fA-F:.%\w]+)\]|(?P<host>[A-Za-z0-9._*-]+))(?::(?P<port>\d+))?)\Z"
)
MASTER_PORT = 5557
"""Where Locust's masters listen."""

ANYWHERE = ("*", MASTER_PORT)

_EPILOG = """\
examples:
  python3 -m load                                              the embedded server: nothing else is needed
  python3 -m load --target staging.toml --allow-host as.example --rate 200 --for 2m
  python3 -m load --scenario saturation --budgets slo.toml     how much, within these budgets
  python3 -m load --target staging.toml --expect-workers 2     an open plan shared by two other hosts, on which runs
  python3 -m load --target staging.toml --worker-of leader     this, with a target file and secrets of their own
  locust -f load/locustfile.py                                 the same in Locust's own way, web interface included
  python3 -m load --version                                    the version and the commit, for a report of a fault

exit codes:
  0  promises and budgets kept                  4  bad usage, or a bad target file
  1  a promise broken, or a budget missed       6  the measurement is not valid, or could not be made
  2  interrupted                                7  refused for safety: not this machine, or beyond a cap
  3  the harness itself failed
"""


def some_time(text: str) -> float:
    """Seconds of a duration above 0 that states its unit, such as 50ms or 5m. argparse.ArgumentTypeError."""
    seconds = duration(text)
    if not seconds:
        raise argparse.ArgumentTypeError(f"{text!r} is no time at all; write 20s or 5m")
    return seconds


def rate(text: str) -> float:
    """Arrivals a second, above 0. argparse.ArgumentTypeError."""
    try:
        number = float(text.removesuffix("/s"))
    except ValueError:
        number = 0.0
    if not 0 < number < 10_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of arrivals a second, such as 200")
    return number


def whole(text: str) -> int:
    """A whole number from 0 on. argparse.ArgumentTypeError."""
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 0 or more")
    return int(text)


def at_least_one(text: str) -> int:
    """A whole number from 1 on. argparse.ArgumentTypeError."""
    if not whole(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number, 1 or more")
    return int(text)


def place(text: str) -> tuple[str, int]:
    """A host and a port of HOST, PORT, HOST:PORT or [IPv6]:PORT; what is not said is * or Locust's usual port."""
    match = _PLACE.match(text.strip())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a host, a port, or host:port")
    port = int(match["port"] or match["alone"] or MASTER_PORT)
    if not 0 < port < 65_536:
        raise argparse.ArgumentTypeError(f"{port} is not a port")
    return match["inner"] or match["host"] or "*", port


def one_of(names: Sequence[str], what: str, text: str) -> str:
    """The name, where there is one. argparse.ArgumentTypeError with the nearest one where there is not."""
    if text in names:
        return text
    near = difflib.get_close_matches(text, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}"
    raise argparse.ArgumentTypeError(f"there is no {what} {text!r}; {hint}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What was asked for. --help ends the program with 0, a mistake with 4 and one line."""
    parser = Parser(
        prog="python3 -m load",
        description="Sends load to an OAuth 2.0 authorization server, and says whether it stays right and fast enough.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add(
        "--target",
        metavar="NAME|FILE|URL",
        default="reference",
        help="the server; default: the embedded one",
    )
    add(
        "--against",
        metavar="NAME|FILE|URL",
        help="the second server of --scenario compare; default: the first",
    )
    add(
        "--scenario",
        metavar="NAME",
        default="default",
        help="what is asked; --list shows all; auto: the first that can run",
    )
    add("--shape", metavar="NAME", help="how arrivals come: constant, poisson, spike, ramp or saturation")
    add(
        "--rate", type=rate, metavar="N", help="arrivals a second; the highest of a spike, a ramp or a search"
    )
    add(
        "--for",
        dest="seconds",
        type=some_time,
        metavar="TIME",
        help="how long: 20s, 5m; of a search one step",
    )
    add(
        "--budgets",
        metavar="FILE",
        help="what is fast enough; default: [load.budgets] of the target file",
    )
    add("--workers", type=whole, metavar="N", default=0, help="worker processes; default: 0, this one alone")
    add(
        "--expect-workers",
        type=at_least_one,
        metavar="N",
        help="wait for so many workers, which may be on other hosts, and let them send the load",
    )
    add(
        "--listen",
        type=place,
        metavar="[HOST:]PORT",
        help=f"where --expect-workers waits for them; default: *:{MASTER_PORT}, all addresses of this host; "
        "as with Locust whoever reaches it may join: for networks that you trust",
    )
    add(
        "--worker-of",
        type=place,
        metavar="HOST[:PORT]",
        help="be a worker of the run that is led there, which says what is asked, how fast and how long",
    )
    add(
        "--connections",
        type=at_least_one,
        metavar="N",
        default=64,
        help="connections of all together; default: 64",
    )
    add(
        "--most-lag",
        type=some_time,
        metavar="TIME",
        default=0.05,
        help="how late the generator itself may be (p99) for the measurement to be valid; default: 50ms",
    )
    add("--seed", type=whole, metavar="N", help="repeat the random choices of an earlier run")
    add(
        "--allow-host",
        metavar="HOST",
        action="append",
        default=[],
        help="send load to this host too, which [load] allowed_hosts of the target file has to name as well",
    )
    add("--out", metavar="FOLDER", default="reports/out", help="where runs are kept; default: reports/out")
    add(
        "--metrics",
        type=whole,
        metavar="PORT",
        help="tell how it goes on http://127.0.0.1:PORT/metrics, for Prometheus; 0: any free port",
    )
    add("--list", action="store_true", help="list the scenarios, and run none")
    add("--quiet", action="store_true", help="show no progress, only the verdict")
    add(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="make the embedded server wrong, to try this out",
    )
    options = parser.parse_known(arguments)
    _require_one_role(parser, options)
    return options


_OF_THE_MASTER = (
    "shape",
    "rate",
    "seconds",
    "budgets",
    "workers",
    "seed",
    "metrics",
    "expect_workers",
    "listen",
)


def _require_one_role(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """A mistake where a worker is told what its master decides, or workers are both forked and waited for."""
    spelled = {"seconds": "--for"}
    if options.worker_of is not None:
        told = [name for name in _OF_THE_MASTER if getattr(options, name)]
        if told:
            name = spelled.get(told[0], f"--{told[0].replace('_', '-')}")
            parser.error(f"{name} is said where the run is led: leave it out beside --worker-of")
    if options.expect_workers and options.workers:
        parser.error("--workers forks them here, --expect-workers waits for others: one of both")
    if options.listen and not options.expect_workers:
        parser.error("--listen is where workers are waited for: say how many, --expect-workers N")
