"""`python3 -m conformance calibrate`: judge the real servers, and hold what is found against their lists."""

from __future__ import annotations

import argparse
import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from conformance.proof.by_server import matrix
from conformance.proof.by_server.findings import NAME, Comparison, Found, compare, digest, read, stanzas
from fixtures.command_line import Parser
from fixtures.errors import BadTarget, CannotTest
from fixtures.servers.folder import Folder, find, names
from fixtures.servers.running import environment, running
from reports.folder import JOURNAL, run_folder
from reports.journal import Result, Run, UnreadableJournal, read_run
from reports.plain import cut, scrub

AGREES, DIFFERS, CANNOT_JUDGE = 0, 1, 6
OUT = Path("reports/out/calibration")
LONGEST_MESSAGE = 300
GRACE_SECONDS = 30.0
"""What a run that was told to stop may take to give its tokens back and to write its reports."""
HELP = f"""\
examples:
  python3 -m conformance calibrate                         every server of fixtures/servers, one after another
  python3 -m conformance calibrate authlib keycloak        only these
  python3 -m conformance calibrate authlib --report {OUT}/authlib/latest
                                                             hold a run that was made before against the list
  python3 -m conformance calibrate --withhold conformance/checks/token/test_scope.py::test_x
                                                             the entry for a finding that is not to be described
  python3 -m conformance calibrate --keep                  write {matrix.FILE.name} from all lists, and run nothing;
                                                             then: {matrix.RENDER}

What is new is read against the RFC before anything else: is it true, it is typed into {NAME} of the server with the
reason; is it not, the check is mended. Would the reason tell how somebody gets past a security check of the product, a
digest of the check's name is listed instead. Each run stays in {OUT}/NAME, with its report.

exit codes: 0 the lists agree with what was found; 1 they differ; 2 interrupted; 4 bad usage, or a list is malformed;
6 a server could not be started or judged
"""


class CannotCompare(Exception):
    """A run came to nothing that could be compared; the message says why."""


def main(arguments: Sequence[str]) -> int:
    """Judge the servers that the arguments name, say where each list differs, and return the exit code."""
    parser = Parser(
        prog="python3 -m conformance calibrate",
        description="Runs the whole suite at real servers, and compares with what is listed of them.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("names", nargs="*", metavar="NAME", help=f"which servers; default: all of {', '.join(names())}")
    add(
        "--withhold",
        nargs="+",
        metavar="CHECK",
        help="print what to list in place of these checks, where a description would tell how to get past a security "
        "check of the product; runs nothing",
    )
    add("--report", type=Path, metavar="FOLDER", help="compare a run that is there already, and run nothing")
    add("--keep", action="store_true", help="write what all lists say, by groups of findings, for the matrix")
    options = parser.parse_known(arguments)
    if options.keep:
        matrix.write(matrix.FILE)
        _say(f"{matrix.FILE}\nNext: {matrix.RENDER}")
        return AGREES
    if options.withhold:
        digests = "".join(f'  "{digest(check)}",\n' for check in options.withhold)
        _say(f'[[withheld]]\nverdict = "violates"\ndigests = [\n{digests}]')
        return AGREES
    if options.report and len(options.names) != 1:
        parser.error("--report needs the NAME of the one server that was judged.")
    codes = set()
    try:
        for folder in [find(name) for name in options.names or names()]:
            codes.add(_calibrate(folder, options.report))
    except BadTarget as problem:
        parser.error(str(problem))
    return next((code for code in (DIFFERS, CANNOT_JUDGE) if code in codes), AGREES)


def _calibrate(folder: Folder, report: Path | None) -> int:
    """Compare one server with its list, running it where there is no report; returns the exit code for it alone."""
    listed = read(folder.path / NAME)
    try:
        run = _read(report) if report else _judged(folder)
    except (CannotCompare, CannotTest, UnreadableJournal) as problem:
        _say(f"{folder.name}: cannot be compared. {problem}")
        return CANNOT_JUDGE
    comparison = compare(listed, [_found(result) for result in run.results])
    _tell(folder.name, run, comparison)
    return AGREES if comparison.agrees else DIFFERS


def _judged(folder: Folder) -> Run:
    """A fresh run of the whole suite at a server that is started for it."""
    out = OUT / folder.name
    before = set(out.glob(f"*/{JOURNAL}"))
    _say(f"{folder.name}: starting it, and running every check ...")
    with running(folder) as server:
        wanted = ["--target", str(server.target), "--out", str(out)]
        code = _ended(wanted, environment(server))
    made = [file for file in set(out.glob(f"*/{JOURNAL}")) - before if not file.parent.is_symlink()]
    if len(made) != 1:
        raise CannotCompare(f"The run ended with {code} and left no journal of its own in {out}.")
    return _read(made[0].parent)


def _ended(wanted: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the suite to its end, and return its exit code. A signal ends it, and what it started, before us."""
    with (
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own arguments
            [sys.executable, "-m", "conformance", *wanted],
            env=environ,
            stdout=subprocess.DEVNULL,  # its progress is on stderr; its summary would tell again what the list tells
            start_new_session=True,  # Ctrl-C is for us: the run is told once
        ) as run
    ):
        try:
            return run.wait()
        except KeyboardInterrupt:
            run.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(GRACE_SECONDS)
            run.kill()
            raise


def _read(path: Path) -> Run:
    """A run that came to its end. CannotCompare when it was interrupted, for then it says little of the list."""
    run = read_run(run_folder(path))
    if not run.complete or run.missing:
        raise CannotCompare(f"The run in {path} was interrupted.")
    return run


def _found(result: Result) -> Found:
    """A result as the comparison takes it, with the first thing that it says."""
    sides = f"expected: {result.expected}; actual: {result.actual}" if result.expected else ""
    message = cut(scrub(". ".join(part for part in (result.reason, sides) if part)), LONGEST_MESSAGE)
    return Found(check=result.check, verdict=str(result.verdict), message=message)


def _tell(name: str, run: Run, comparison: Comparison) -> None:
    """Say what is new, what is gone, and what agrees."""
    new, gone, agreed = comparison.new, comparison.gone, comparison.agreed
    withheld = sum(entry.withheld for entry in agreed)
    _say(
        f"{name}: {len(agreed)} listed as found ({withheld} of them withheld), {len(new)} new, "
        f"{len(gone)} listed and not found."
    )
    if new:
        _say("  New. Read them against the RFC: mend the check, or list them.")
    for found in new:
        _say(f"    {found.verdict}  {found.check}\n      {found.message}")
    if gone:
        _say("  Not found any more, so they leave the list:")
    for entry, instead in gone:
        what = f"withheld: {entry.check}" if entry.withheld else entry.check
        _say(f"    {entry.verdict}  {what}\n      now: {instead}")
    if ready := stanzas(new):
        _say(f"  To list them in fixtures/servers/{name}/{NAME}, each with its reason:\n\n{ready}")
    if run.folder is not None:
        _say(f"  The run: {run.folder}")


def _say(line: str) -> None:
    """One line, at once: a server takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
