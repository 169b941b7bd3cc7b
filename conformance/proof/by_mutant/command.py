"""`python3 -m conformance mutate`: change the embedded server in one place after another, and see who notices."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.proof.by_mutant.mutants import MODULES
from conformance.proof.by_mutant.mutation import (
    FOUND,
    SURVIVED,
    Caught,
    Mutation,
    Wanted,
    as_json,
    from_json,
)
from conformance.running.environment import ROOT

LIST = Path(__file__).parent / "survivors.toml"
HELP = """\
examples:
  python3 -m conformance mutate --sample 100                  a hundred mutants, drawn afresh
  python3 -m conformance mutate --module revocation           every mutant of one module
  python3 -m conformance mutate --again caught.json           those that survived before: do new checks notice them?
  python3 -m conformance mutate --out caught.json --go-on     a mutation run that was broken off, taken up again
  python3 -m conformance mutate --only check_grant -- -k token only some mutants, and only some checks

exit codes: 0 every survivor stands in survivors.toml with its reason; 1 some do not; 2 interrupted; 3 the server as it
is has findings; 4 bad usage
"""


def main(arguments: Sequence[str]) -> int:
    """Run mutants as the arguments say, list the survivors, and return the exit code."""
    ours, passed_on = list(arguments), []
    if "--" in ours:
        cut = ours.index("--")
        ours, passed_on = ours[:cut], ours[cut + 1 :]
    parser = argparse.ArgumentParser(
        prog="python3 -m conformance mutate",
        description="Changes the embedded server in one place after another, and lists what no check notices.",
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--module", action="append", choices=MODULES, help="only mutants of this module; repeatable")
    add("--only", default="", metavar="TEXT", help="only mutants whose name holds this")
    add(
        "--again",
        type=Path,
        metavar="FILE",
        help="only those that survived in the result of an earlier mutation run",
    )
    add("--sample", type=int, metavar="NUMBER", help="at most so many, drawn at random")
    add("--seed", type=int, default=0, help="draws the same sample again; default: 0")
    add("--seconds", type=float, default=3600, help="begin no new mutant after so long; default: an hour")
    add("--jobs", type=int, default=2, help="so many at a time; default: 2")
    add("--every-check", action="store_true", help="let checks try too that do not run the changed line")
    add("--unlisted", action="store_true", help=f"leave out those that stand in {LIST.name}")
    add("--out", type=Path, metavar="FILE", help="write what came of each mutant there, as JSON")
    add("--go-on", action="store_true", help="go on where the mutation run that wrote FILE of --out ended")
    options = parser.parse_args(ours)
    if options.go_on and not (options.out and options.out.exists()):
        parser.error("--go-on needs --out with the result of an earlier mutation run")
    earlier = from_json(json.loads(options.out.read_text(encoding="utf-8"))) if options.go_on else []

    def keeps(caught: Sequence[Caught]) -> None:
        if options.out:
            options.out.write_text(json.dumps(as_json(caught), indent=1), encoding="utf-8")

    run = Mutation(
        Wanted(
            modules=options.module or MODULES,
            only=options.only,
            names=_survivors(options.again) if options.again else None,
            but=frozenset(each.mutant.name for each in earlier).union(_excused() if options.unlisted else ()),
            sample=options.sample,
            seed=options.seed,
            seconds=options.seconds,
            jobs=options.jobs,
            every_check=options.every_check,
        ),
        sys.stdout,
        keeps,
        earlier,
    )
    code = pytest.main(
        [
            "-qq",
            "--no-header",
            "--no-summary",
            "--prove",
            f"--rootdir={ROOT}",
            str(ROOT / "conformance" / "checks"),
            *passed_on,
        ],
        plugins=[run],
    )
    if run.stopped:
        over = f"Interrupted: {len(run.caught)} of {run.all_mutants} mutants were over."
        go_on = f" To go on: --out {options.out} --go-on" if run.caught and options.out else ""
        sys.stderr.write(f"\n{over}{go_on}\n")
    return int(code) or _told(run)  # whatever else pytest ended with, it has said itself


def _survivors(file: Path) -> frozenset[str]:
    """The names of those that survived an earlier run."""
    return frozenset(
        each["name"] for each in json.loads(file.read_text(encoding="utf-8")) if each["how"] == SURVIVED
    )


def _told(run: Mutation) -> int:
    """Say what the mutation run came to. The exit code is given back."""
    if run.clean_findings:
        sys.stdout.write("The server as it is has findings, so nothing was shown:\n")
        sys.stdout.writelines(f"  {told}\n" for told in run.clean_findings)
        return 3
    counts = Counter(each.how for each in run.caught)
    excused = _excused()
    survivors = [each.mutant for each in run.caught if each.how == SURVIVED]
    open_ones = [mutant for mutant in survivors if mutant.name not in excused]
    sys.stdout.write(f"\n{len(run.caught)} of {run.all_mutants} mutants: {dict(counts)}\n")
    noticed = sum(counts.values()) - counts[SURVIVED] - counts["unusable"]
    sys.stdout.write(
        f"{noticed} noticed, {counts[FOUND]} of them by a finding; {len(survivors)} survived, "
        f"{len(survivors) - len(open_ones)} of them for a reason in {LIST.name}\n"
    )
    sys.stdout.writelines(f"  line {mutant.lines[0]}: {mutant.name}\n" for mutant in open_ones)
    noticed_after_all = [
        each.mutant.name for each in run.caught if each.how == FOUND and each.mutant.name in excused
    ]
    sys.stdout.writelines(f"  found, so it leaves {LIST.name}: {name}\n" for name in noticed_after_all)
    return 1 if open_ones else 0


def _excused() -> frozenset[str]:
    """The names of the mutants that stand in the list."""
    document = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return frozenset(name for entry in document["reason"] for name in entry["mutants"])
