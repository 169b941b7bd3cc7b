"""python3 -m reports FORM RUN: renders a report again from the journal of a run. No judging happens here.

The imports of the project stand inside functions: this file must run on any Python, to find the right one.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from reports.journal import Run

BAD_USAGE = 4
EXAMPLE = """examples:
  python3 -m reports summary                            the last run, on one screen
  python3 -m reports html reports/out/latest            writes report.html into the run's folder
  python3 -m reports junit journal.jsonl --out junit.xml
"""
WHAT = {
    "html": "report.html: one file with every finding, its evidence and the coverage",
    "markdown": "summary.md: for a pull request or a step summary",
    "junit": "junit.xml: for CI",
    "json": "report.json: for scripts; described by reports/report.schema.json",
    "allure": "allure-results: for Allure 2 and 3",
    "summary": "the terminal's summary, on standard output",
}


class Parser(argparse.ArgumentParser):
    """Ends with exit code 4 on bad usage, since 2 means interrupted here."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how it is used."""
        self.print_usage(sys.stderr)
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


def enter_environment() -> None:
    """Go on in the project's .venv when this Python cannot render and that one is there."""
    if sys.version_info >= (3, 11) and importlib.util.find_spec("jinja2") is not None:
        return
    environment = Path(__file__).resolve().parent.parent / ".venv"
    places = (environment / "bin" / "python", environment / "Scripts" / "python.exe")
    python = next((place for place in places if place.is_file()), None)
    if python is None or Path(sys.prefix).resolve() == environment.resolve():
        sys.exit(
            _refuse("This needs Python 3.11 and jinja2. `python3 -m conformance` sets up a .venv with both.")
        )
    command = [str(python), "-m", "reports", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))  # noqa: S603 - our own interpreter, the arguments as they came
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def main(arguments: list[str] | None = None) -> int:
    """Render one report. Gives the exit code: 0, or 4 when the run or the arguments cannot be used."""
    options = _parser().parse_args(arguments)
    from reports.journal import UnreadableJournal, read_run  # noqa: PLC0415 - see the module's docstring

    try:
        run = read_run(options.run)
        return _render(run, options)
    except UnreadableJournal as problem:
        return _refuse(str(problem))
    except BrokenPipeError:
        # The reader has gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        place = problem.filename or options.out or options.run
        return _refuse(f"{place}: {problem.strerror}. Name another place with --out.")


def _parser() -> Parser:
    parser = Parser(
        prog="python3 -m reports",
        description="Render a report from the journal of a run, complete or interrupted.",
        epilog="forms:\n" + "".join(f"  {name:9} {what}\n" for name, what in WHAT.items()) + "\n" + EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("form", choices=sorted(WHAT), help="which report")
    run_help = "the folder of a run, or a journal (default: reports/out/latest)"
    add("run", nargs="?", type=Path, default=Path("reports/out/latest"), metavar="RUN", help=run_help)
    out_help = "where to write it; - is standard output (default: the run's folder)"
    add("--out", type=Path, metavar="FILE", help=out_help)
    return parser


def _render(run: Run, options: argparse.Namespace) -> int:
    from reports.folder import run_folder  # noqa: PLC0415 - see the module's docstring

    folder = run_folder(options.run)
    if options.form == "summary":
        return _write(_summary(run, options.out, folder), options.out)
    from reports import allure  # noqa: PLC0415 - see the module's docstring
    from reports.rendering import FORMS  # noqa: PLC0415 - see the module's docstring

    if options.form == "allure":
        sys.stdout.write(f"{allure.write(run, options.out or folder)}\n")
        return 0
    file, render = FORMS[options.form]
    return _write(render(run), options.out or folder / file)


def _summary(run: Run, out: Path | None, folder: Path) -> str:
    """The summary as this terminal can show it; plain text in UTF-8 for a file."""
    from reports.conformance import summary  # noqa: PLC0415 - see the module's docstring

    terminal = out is None and sys.stdout.isatty()
    return (
        summary(
            run,
            width=min(shutil.get_terminal_size().columns, 100) if terminal else 100,
            colour=terminal and not os.environ.get("NO_COLOR"),
            unicode=out is not None or "utf" in (sys.stdout.encoding or "").lower(),
            folder=str(folder),
        )
        + "\n"
    )


def _write(text: str, out: Path | None) -> int:
    from reports.folder import write_atomically  # noqa: PLC0415 - see the module's docstring

    if out is None or str(out) == "-":
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
        return 0
    write_atomically(out, text)
    sys.stdout.write(f"{out}\n")
    return 0


def _refuse(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return BAD_USAGE


if __name__ == "__main__":
    enter_environment()
    sys.exit(main())
