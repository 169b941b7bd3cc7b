"""The commands of `python3 -m conformance`, and the pytest runs that they stand for.

What may be typed is in arguments.py beside it, how the environment is made in environment.py; the summary is printed
by conformance/__main__.py.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.running.arguments import CHECKS, Command, located
from conformance.running.environment import ROOT
from fixtures.command_line import BAD_USAGE

if TYPE_CHECKING:
    from conformance.running.progress import Watching  # it needs pytest, which may not be there yet

INTERRUPTED, HARNESS_ERROR, NOTHING_JUDGED, NOT_SET_UP = 2, 3, 5, 6

QUIET = (
    *("-qq", "-rN", "--no-header", "--tb=no", "-o", "console_output_style=classic"),
    *(
        "-W",
        "ignore::pytest.PytestCacheWarning",
    ),  # a checkout that cannot be written to has no --lf, and runs
)
"""What silences pytest's own terminal, so that the progress and the summary are all there is to read."""


OF_PYTEST = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended. run: the folder of the run that was recorded, if one was."""

    exit_code: int
    run: Path | None = None


def start(command: Command) -> Ended:
    """Run a command that pytest stands behind to its end, inside an environment that has every package.

    What the caller's environment tells pytest is meant for other projects: -k there would leave checks out unseen.
    """
    for name in OF_PYTEST:
        os.environ.pop(name, None)
    return {"run": _run, "selftest": _selftest, "prove": _prove}[command.name](command)


def _chosen(options: argparse.Namespace, default: Sequence[Path]) -> list[str]:
    """The arguments of pytest for the options that choose."""
    chosen = [f"--rootdir={ROOT}", *(located(word) for word in options.checks or map(str, default))]
    chosen += ["-k", options.k] if options.k else []
    chosen += ["-m", options.m] if options.m else []
    chosen += ["--lf"] if options.lf else []
    return [*chosen, "-x"] if options.x else chosen


def _run(command: Command) -> Ended:
    from conformance.running.progress import Listing, Progress, to_terminal  # noqa: PLC0415 - needs the environment

    options = command.options
    wanted = [f"--target={options.target}"] if options.target else []
    wanted += [f"--requirement={prefix}" for prefix in options.requirement]
    wanted += [f"--profile={options.profile}"] if options.profile else []
    wanted += [f"--fuzz={options.fuzz}"] if options.fuzz else []
    wanted += [f"--fuzz-seed={options.fuzz_seed}"] if options.fuzz_seed is not None else []
    wanted += (
        [f"--max-expiry-wait={options.max_expiry_wait:g}s"] if options.max_expiry_wait is not None else []
    )
    wanted += [f"--parallel={options.parallel}"] if options.parallel else []
    wanted += ["--advice-counts"] if options.strict else []
    wanted += ["--no-browser"] if options.no_browser else []
    wanted += [f"--out={options.out}"] if options.out else []
    wanted += _chosen(options, [CHECKS])
    if options.list:
        return _ended(Listing(sys.stdout), [*QUIET, "--collect-only", *wanted, *command.passed_on])
    if unwritable := why_unwritable(Path(options.out or "reports/out")):
        sys.stderr.write(f"{unwritable} Name another folder: --out FOLDER\n")
        return Ended(exit_code=BAD_USAGE)
    progress = Progress(None if options.quiet else to_terminal())
    return _ended(progress, [*QUIET, "--no-summary", *wanted, *command.passed_on])


def why_unwritable(folder: Path) -> str:
    """Why runs cannot be kept in a folder, found out before a server is asked anything; empty when they can."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as problem:
        return f"Runs cannot be kept in {folder}: {problem.strerror or problem}."
    return ""


def _prove(command: Command) -> Ended:
    from conformance.running.progress import Progress, to_terminal  # noqa: PLC0415 - needs the environment

    options = command.options
    wanted = ["--prove-all" if options.all else "--prove", f"--parallel={options.parallel}"]
    wanted += [f"--words={options.words}"] if options.words else []
    wanted += [f"--mixed={options.mixed}"] if options.mixed else []
    wanted += [f"--fuzz-seed={options.seed}"] if options.seed is not None else []
    wanted += [f"--draw={options.draw}"] if options.draw else []
    wanted += [f"--requirement={prefix}" for prefix in options.requirement]
    wanted += _chosen(options, [CHECKS])
    progress = Progress(None if options.quiet else to_terminal(), noun="proofs")
    return _ended(progress, [*QUIET, *wanted, *command.passed_on])


def _selftest(command: Command) -> Ended:
    import pytest  # noqa: PLC0415 - needs the environment

    # A shell that starts it in the background has SIGINT ignored, and so would be every Ctrl-C that a test sends.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folders = [ROOT / name for name in ("conformance/tests", "fixtures", "load", "reports")]
    wanted = ["-q", f"--parallel={command.options.parallel}", *_chosen(command.options, folders)]
    return Ended(exit_code=int(pytest.main([*wanted, *command.passed_on])))


def _ended(plugin: Watching, arguments: list[str]) -> Ended:
    """Run pytest in this process, and tell what would otherwise be lost with its silenced terminal."""
    import pytest  # noqa: PLC0415 - needs the environment

    code = int(pytest.main(arguments, plugins=[plugin]))
    if plugin.broken_files:
        sys.stderr.write("The harness itself is broken: these files cannot be loaded.\n")
        sys.stderr.write("".join(f"  {file}: {reason}\n" for file, reason in plugin.broken_files.items()))
        return Ended(exit_code=HARNESS_ERROR)
    if code == INTERRUPTED and plugin.run_folder is None:
        sys.stderr.write(f"Interrupted: {plugin.how_far or 'nothing was run'}.\n")
    elif plugin.usage_error:
        sys.stderr.write(f"{plugin.usage_error}\n")
    elif code == NOTHING_JUDGED and plugin.run_folder is None:
        sys.stderr.write("No check was selected. python3 -m conformance --list shows all of them.\n")
    return Ended(exit_code=code, run=plugin.run_folder)
