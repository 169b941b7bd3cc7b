"""`python3 -m conformance`: the one place where the command line, the set-up, the checks and the reports meet.

It keeps to the grammar of Python 3.6, so that an old Python gets as far as saying that it is too old.
"""

import platform
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
    sys.stderr.write(
        "Python 3.11 or newer is needed; this is " + platform.python_version() + ". "
        "Run the command with a newer one, such as python3.12 -m conformance.\n"
    )
    sys.exit(4)

import argparse
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.running import arguments as typed
from conformance.running import browser_setup, commands, environment
from fixtures.command_line import BAD_USAGE, outlives_its_readers
from reports.conformance.summary import summary
from reports.journal import UnreadableJournal, read_run
from reports.own_version import told_version
from reports.plain import scrub
from reports.redact import Redactor

OPTIMIZED = """\
Nothing would be judged: this Python leaves every assert out. Unset PYTHONOPTIMIZE, and start it without -O.
"""
NEED_A_BROWSER = ("run", "doctor", "selftest", "prove")


def main(arguments: list[str]) -> int:
    """Set up where that is still to be done, do what the arguments ask for, and return the exit code."""
    if arguments == ["--version"]:
        sys.stdout.write(told_version())
        return 0
    command = typed.parse(arguments)  # --help and mistakes end here: they need nothing installed
    try:
        environment.enter(arguments, development=command.name == "selftest")
    except environment.SetUpFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return commands.NOT_SET_UP
    if not __debug__:
        sys.stderr.write(OPTIMIZED)
        return BAD_USAGE
    if command.name in NEED_A_BROWSER and not getattr(command.options, "list", False):
        command.options.no_browser = _browser(without=getattr(command.options, "no_browser", False))
    if command.name == "doctor":
        return _doctor(command.options)
    if command.name == "init":
        return _init(command.options)
    if command.name in typed.TOOLS:
        return _tool(command)
    ended = commands.start(command)
    if ended.run is not None:
        sys.stdout.write(_shown(ended.run) + "\n")
    return ended.exit_code


def _browser(*, without: bool) -> bool:
    """Have a browser where it is wanted. Whether this run does without one by choice, which is then said."""
    left_out = browser_setup.provide(without=without)
    if left_out:
        sys.stderr.write(f"{left_out}\n")
    return bool(left_out)


def _doctor(options: argparse.Namespace) -> int:
    """Look at the target, and show line by line what was found; nothing secret and nothing hostile is shown."""
    from conformance.running import doctor  # noqa: PLC0415 - it needs the environment

    def clean(secrets: Mapping[str, str]) -> Callable[[str], str]:
        redactor = Redactor(secrets)
        return lambda text: scrub(redactor.text(text))

    return doctor.look(options.target, Path(options.out or "reports/out/doctor"), sys.stdout, clean)


def _init(options: argparse.Namespace) -> int:
    """Write a target file, asking for what is not published where somebody is at a terminal."""
    from conformance.running import init  # noqa: PLC0415 - it needs the environment

    def say(line: str) -> None:
        sys.stdout.write(f"{line[: len(line) - len(line.lstrip())]}{scrub(line)}\n")

    wanted = init.Wanted(issuer=options.issuer, file=Path(options.out), registers=bool(options.register))
    asks = sys.stdin.isatty() and sys.stdout.isatty() and "CI" not in os.environ
    return init.write(wanted, say, init.at_terminal if asks else None)


def _tool(command: typed.Command) -> int:
    """Run a tool for those who work on the harness; it reads its own arguments."""
    from conformance.proof.bench import command as bench  # noqa: PLC0415 - they need the environment
    from conformance.proof.by_mutant import command as mutate  # noqa: PLC0415
    from conformance.proof.by_server import command as calibrate  # noqa: PLC0415

    return {"bench": bench.main, "mutate": mutate.main, "calibrate": calibrate.main}[command.name](
        command.passed_on
    )


def _shown(folder: Path) -> str:
    """The summary of a run, as this terminal can show it."""
    try:
        run = read_run(folder)
    except UnreadableJournal as problem:
        return str(problem)
    encoding = sys.stdout.encoding or "ascii"
    return summary(
        run,
        width=shutil.get_terminal_size().columns if sys.stdout.isatty() else None,
        colour=sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb",
        unicode=encoding.lower().replace("-", "").startswith("utf"),
        folder=_as_typed(folder),
        written=(folder / "report.html").is_file(),
    )


def _as_typed(path: Path) -> str:
    """A path as the reader would type it from here."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def run_to_the_end(arguments: list[str]) -> None:
    """Be the program: do what the arguments ask for, and leave with its exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a cancelled CI job sends, as Ctrl-C
    outlives_its_readers()
    try:
        sys.exit(main(arguments))
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(2)


if __name__ == "__main__":
    run_to_the_end(sys.argv[1:])
