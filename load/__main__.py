"""`python3 -m load`: the one place where the command line, the set-up, the load run and the reports meet.

It keeps to the grammar of Python 3.6, so that an old Python gets as far as saying that it is too old.
"""

import platform
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this line is for those who have an older one
    sys.stderr.write(
        "Python 3.11 or newer is needed; this is " + platform.python_version() + ". "
        "Run the command with a newer one, such as python3.12 -m load.\n"
    )
    sys.exit(4)

import argparse
import contextlib
import datetime as dt
import importlib
import os
import secrets
import signal
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.running import environment
from fixtures.command_line import outlives_its_readers
from load.running import options as command_line
from reports.own_version import told_version

if TYPE_CHECKING:
    from fixtures.target import Target
    from fixtures.target.load_terms import Budget
    from load.measuring.record import LoadRecord
    from load.scenarios.catalogue import Scenario

_RICHER = "The embedded server with more switched on can: --target reference-2026"
INTERRUPTED, HARNESS_ERROR, USAGE, CANNOT, REFUSED = 2, 3, 4, 6, 7


def main(arguments: list[str]) -> int:
    """Set up where that is still to be done, run what was asked for, and return the exit code."""
    if "--version" in arguments:
        sys.stdout.write(told_version())
        return 0
    options = command_line.parse(arguments)  # --help and mistakes end here: they need nothing installed
    try:
        environment.enter(arguments, module="load")
        return _asked_for(options)
    except environment.SetUpFailed as problem:
        return _ended(str(problem), CANNOT)
    except KeyboardInterrupt:
        return _ended("Interrupted before the first arrival.", INTERRUPTED)
    except Exception:  # noqa: BLE001 - the last resort, imports included: an error of ours is told as one
        return _ended(f"The harness itself failed.\n{traceback.format_exc()}", HARNESS_ERROR)


def _asked_for(options: argparse.Namespace) -> int:
    from gevent import monkey  # noqa: PLC0415 - it is not there before the environment is

    monkey.patch_all()  # before anything imports ssl: Locust does the same, and later is too late
    from fixtures.errors import BadTarget, CannotTest, NotOffered  # noqa: PLC0415 - the same
    from load.plan.safety import Refused  # noqa: PLC0415 - the same
    from load.scenarios.catalogue import SCENARIOS  # noqa: PLC0415 - the same

    if options.list:
        width = max(map(len, SCENARIOS))
        sys.stdout.write("".join(f"{name:{width}}  {each.description}\n" for name, each in SCENARIOS.items()))
        return 0
    try:
        return _run(options)
    except BadTarget as problem:
        return _ended(str(problem), USAGE)
    except Refused as problem:
        return _ended(str(problem), REFUSED)
    except (CannotTest, NotOffered) as problem:
        return _ended(f"Nothing was sent: the run could not be prepared. {problem}", CANNOT)


def _run(options: argparse.Namespace) -> int:
    from fixtures.errors import CannotTest, NotOffered  # noqa: PLC0415 - needs the environment
    from fixtures.making_targets.typed import EMBEDDED  # noqa: PLC0415 - the same
    from load.plan.safety import check  # noqa: PLC0415 - the same
    from load.running.progress import Progress  # noqa: PLC0415 - needs the environment
    from load.running.run import LoadRun  # noqa: PLC0415 - the same
    from load.running.settings import Settings, whole  # noqa: PLC0415 - the same
    from load.running.surveying import surveys  # noqa: PLC0415 - the same
    from load.scenarios.catalogue import AUTO, find  # noqa: PLC0415 - the same
    from reports.folder import new_run_folder  # noqa: PLC0415 - the same

    if options.worker_of is not None:
        return _work(options)
    scenario, shape = _scenario(options)
    _require_writable(Path(options.out))
    with _targets(options, compared=shape == "compare") as targets:
        if options.scenario == AUTO:
            scenario = find(AUTO, targets[0])
            shape = options.shape or scenario.shape
        for target in targets:
            check(
                target,
                allowed=options.allow_host,
                rate=options.rate or scenario.rate,
                seconds=whole(options.seconds or scenario.seconds, shape),
                requests=scenario.requests,
            )
        settings = Settings(
            targets=targets,
            surveys=surveys(targets, owners=scenario.asks_owners),
            scenario=scenario,
            shape=shape,
            rate=options.rate or scenario.rate,
            seconds=options.seconds or scenario.seconds,
            seed=options.seed if options.seed is not None else secrets.randbelow(1_000_000),
            budgets=_budgets(options, targets[0]),
            workers=options.expect_workers or options.workers,
            listen=(options.listen or command_line.ANYWHERE) if options.expect_workers else None,
            most_lag=options.most_lag,
            connections=max(options.connections, options.expect_workers or options.workers, 1),
            metrics=options.metrics,
            redact=_redact(targets),
        )
        progress = Progress(None if options.quiet else sys.stderr)
        progress.say(
            f"{', '.join(dict.fromkeys((targets[0].name, targets[0].issuer)))}\n"
            f"{scenario.name}: {_rate(settings.rate, scenario)} {shape}, {settings.seconds:g} s, "
            f"seed {settings.seed}. Preparing."
        )
        run = LoadRun(settings, progress)
        try:
            run.execute()
        except (CannotTest, NotOffered) as problem:
            lacks, key, _ = str(problem).partition(" To turn this on:")  # as a worker process tells it too
            if options.target == EMBEDDED and key:  # there is no file in which to turn it on
                raise CannotTest(f"{lacks} {_RICHER} --scenario {scenario.name}") from None
            # a line of its own: what is to be turned on ends as the target file has it
            raise CannotTest(f"{problem}\n{_instead(scenario, targets[0])}".rstrip()) from None
        folders = [new_run_folder(Path(options.out), dt.datetime.now(dt.UTC)) for _ in targets]
        records = run.records([folder.name for folder in folders])
        for record, folder in zip(records, folders, strict=True):
            _keep(record, folder)
        if len(folders) > 1:
            old, new = map(_as_typed, folders)
            sys.stdout.write(f"What differs, with an interval: python3 -m reports diff {old} {new}\n")
    return max((record["verdict"]["exit_code"] for record in records), key=_gravity)


def _work(options: argparse.Namespace) -> int:
    """Be a worker of a run that is led elsewhere."""
    from fixtures.errors import CannotTest  # noqa: PLC0415 - needs the environment
    from load.running.joining import Joining, work  # noqa: PLC0415 - the same
    from load.running.progress import Progress  # noqa: PLC0415 - the same

    progress = Progress(None if options.quiet else sys.stderr)
    try:
        with _targets(options, compared=bool(options.against)) as targets:
            work(
                Joining(
                    master=options.worker_of,
                    targets=targets,
                    allowed=options.allow_host,
                    redact=_redact(targets),
                    say=progress.say,
                )
            )
    except CannotTest as problem:
        return _ended(str(problem), CANNOT)
    progress.say("The run is over.")
    return 0


def _redact(targets: "Sequence[Target]") -> "Callable[[str], str]":
    from reports.redact import Redactor  # noqa: PLC0415 - needs the environment

    return Redactor({name: value for each in targets for name, value in each.secrets.items()}).text


def _rate(rate: float, scenario: "Scenario") -> str:
    """The arrivals a second, and how many requests they come to where that is not the same."""
    if scenario.requests == 1:
        return f"{rate:g}/s"
    return f"{rate:g} arrivals/s (about {rate * scenario.requests:.3g} requests/s, for some arrivals are several)"


def _instead(scenario: "Scenario", target: "Target") -> str:
    """Which other scenario can run, where this one cannot."""
    from load.scenarios.catalogue import possible  # noqa: PLC0415 - needs the environment

    others = [name for name in possible(target) if name not in {scenario.name, "default"}]
    return f"What can run here: --scenario {others[0]}; --scenario auto chooses by itself." if others else ""


def _gravity(code: int) -> int:
    """The order in which exit codes outrank each other: 3, 1, 6, 2, 0."""
    return (0, 2, 6, 1, 3).index(code)


def _scenario(options: argparse.Namespace) -> "tuple[Scenario, str]":
    from fixtures.errors import BadTarget  # noqa: PLC0415 - needs the environment
    from load.scenarios.catalogue import AUTO, SHAPES, find  # noqa: PLC0415 - the same

    scenario = find("default" if options.scenario == AUTO else options.scenario)
    shape = options.shape or scenario.shape
    try:
        command_line.one_of(SHAPES, "shape", shape)
    except argparse.ArgumentTypeError as problem:
        raise BadTarget([f"--shape: {problem}."]) from None
    if options.against and shape != "compare":
        raise BadTarget(["--against names a second target to compare with: add --scenario compare."])
    return scenario, shape


def _budgets(options: argparse.Namespace, target: "Target") -> "Sequence[Budget]":
    from fixtures.target import read_budget_file  # noqa: PLC0415 - needs the environment

    return read_budget_file(Path(options.budgets)) if options.budgets else target.load.budgets


@contextlib.contextmanager
def _targets(options: argparse.Namespace, *, compared: bool) -> "Iterator[list[Target]]":
    """The target, and the second one where two are compared, open as long as the run lasts."""
    from fixtures.errors import BadTarget  # noqa: PLC0415 - needs the environment
    from fixtures.making_targets.typed import choose  # noqa: PLC0415 - the same

    names = [options.target, options.against or options.target] if compared else [options.target]
    chosen = [choose(name, faults=options.fault) for name in names]
    if (options.expect_workers or options.worker_of) and any(each.file is None for each in chosen):
        raise BadTarget(
            [
                "The embedded server answers one process alone: name a server that all hosts reach, --target FILE."
            ]
        )
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(each.opened()) for each in chosen]


def _require_writable(folder: Path) -> None:
    from fixtures.errors import BadTarget  # noqa: PLC0415 - needs the environment

    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as problem:
        raise BadTarget(
            [f"Runs cannot be kept in {folder}: {problem.strerror}. Name another folder: --out FOLDER"]
        ) from None


def _keep(record: "LoadRecord", folder: Path) -> None:
    """Write the record and its reports, and print the verdict."""
    from load.measuring.hgrm import export  # noqa: PLC0415 - needs the environment
    from load.measuring.record import write  # noqa: PLC0415 - the same
    from load.running.screen import summary  # noqa: PLC0415 - the same
    from reports.folder import point_latest  # noqa: PLC0415 - the same

    shown = folder
    try:
        shown = write(folder, record)
        export(folder, record)
        point_latest(folder)
        with contextlib.suppress(ImportError):  # no renderer is no reason to lose the run
            importlib.import_module("reports.load").render(folder)
            shown = folder / "load.html"
    except OSError as problem:  # a full disk is no reason to lose the verdict
        again = f"python3 -m reports html {_as_typed(folder)}"
        kept = f"load.json is kept. Then: {again}" if shown != folder else "load.json is not kept; run again."
        sys.stderr.write(f"{folder}: {problem.strerror or problem}. Free some space: {kept}\n")
    sys.stdout.write(summary(record) + f"Report: {_as_typed(shown)}\n")
    sys.stdout.flush()


def _as_typed(path: Path) -> str:
    """A path as the reader would type it from here."""
    return os.path.relpath(path) if path.is_absolute() else str(path)


def _ended(text: str, code: int) -> int:
    sys.stderr.write(f"{text}\n")
    return code


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what a cancelled CI job sends, as Ctrl-C
    outlives_its_readers()
    sys.exit(main(sys.argv[1:]))
