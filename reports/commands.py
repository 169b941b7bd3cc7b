"""What may be typed after `python3 -m reports`, and what is done then. How a report looks belongs to its own module."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from reports import load as load_reports
from reports.conformance.summary import summary
from reports.diff import conformance, load, markdown, page
from reports.diff.changes import Incomparable
from reports.folder import named, run_folder, write_atomically
from reports.forms import allure, gitlab, known, sarif
from reports.journal import Run, UnreadableJournal, read_run
from reports.load.record import load_file, read_load
from reports.matrix import markdown as matrix_markdown
from reports.matrix import matrix, products, products_markdown
from reports.matrix import page as matrix_page
from reports.own_version import told_version
from reports.rendering import FORMS, ON_REQUEST

BAD_USAGE = 4
EXAMPLE = """examples:
  python3 -m reports summary                            the last run, on one screen
  python3 -m reports html reports/out/latest            writes report.html into the run's folder
  python3 -m reports junit journal.jsonl --out junit.xml
  python3 -m reports known latest >> staging.toml       tolerates what was found, once each has its reason
  python3 -m reports diff main/journal.jsonl latest     what changed; exit code 1 when something got worse
  python3 -m reports matrix v1 v2 v3 --html matrix.html releases, or servers, side by side

A RUN is a folder, a journal, or the name of a run in reports/out, such as latest.
"""
WHAT = {
    "html": "report.html: one file with every finding and its evidence; load.html of a load run",
    "pdf": "report.pdf: report.html as it prints, by the browser of this machine",
    "markdown": "summary.md: for a pull request or a step summary",
    "junit": "junit.xml: for CI",
    "json": "report.json: for scripts; described by reports/report.schema.json",
    "allure": "allure-results: for Allure 2 and 3",
    "badge": "badge.json: for a badge, in the form of shields' endpoints",
    "sarif": "report.sarif: for code scanning, SARIF 2.1.0; only written when asked for",
    "ctrf": "ctrf.json: the Common Test Report Format, for dashboards; only written when asked for",
    "otlp": "otlp.json: the run as OpenTelemetry traces, a span a check and an exchange; only when asked for",
    "gitlab-annotations": "gl-annotations.json: links for the page of a GitLab job; only when asked for",
    "gitlab-code-quality": "gl-code-quality.json: findings in a GitLab merge request; only when asked for",
    "summary": "the terminal's summary, on standard output",
    "known": "a [[known]] table for each open finding, on standard output",
    "matrix": "several runs side by side: a row a requirement with a finding, a column a run; or products, by groups",
    "diff": "what changed from the run OLD to the run NEW; two runs of checks, or two load runs",
}


_AT_A_FILE = {"sarif": sarif.render, "gitlab-code-quality": gitlab.code_quality}
"""Forms whose findings can be shown at a file of the repository."""


class Parser(argparse.ArgumentParser):
    """Ends with exit code 4 on bad usage, since 2 means interrupted here."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how it is used."""
        self.print_usage(sys.stderr)
        self.exit(BAD_USAGE, f"{self.prog}: {message}\n")


class CannotPrint(Exception):
    """No PDF can be made here; the message says why, and what to do."""


def _prints_nothing(_page: Path) -> bytes:
    raise CannotPrint("Nothing here prints. Run python3 -m reports pdf.")


def main(arguments: Sequence[str] | None = None, printed: Callable[[Path], bytes] = _prints_nothing) -> int:
    """Do what the arguments ask for. Gives the exit code: 0, 1 when a diff got worse, 4 when nothing can be done.

    printed: makes the PDF of a page, given its file.
    """
    if list(sys.argv[1:] if arguments is None else arguments) == ["--version"]:
        sys.stdout.write(told_version())
        return 0
    options = _parser().parse_args(arguments)
    try:
        return _pdf(options, printed) if options.form == "pdf" else _do(options)
    except (UnreadableJournal, Incomparable, CannotPrint, FileNotFoundError) as problem:
        if isinstance(problem, FileNotFoundError) and problem.filename:
            return _refuse(f"{problem.filename}: {problem.strerror}. Name another place with --out.")
        return _refuse(str(problem))
    except BrokenPipeError:
        # The reader has gone; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        return _refuse(f"{problem.filename}: {problem.strerror}. Name another place with --out.")


def _parser() -> Parser:
    parser = Parser(
        prog="python3 -m reports",
        description="Render a report from what a run kept, complete or interrupted.",
        epilog="forms:\n" + "".join(f"  {name:19} {what}\n" for name, what in WHAT.items()) + "\n" + EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    forms = parser.add_subparsers(dest="form", required=True, metavar="FORM", help="one of the forms below")
    for name, what in WHAT.items():
        form = forms.add_parser(name, description=f"{what[:1].upper()}{what[1:]}.")
        if name == "diff":
            _take_two(form)
            continue
        if name == "matrix":
            _take_several(form)
            continue
        run_help = "the folder of a run, a journal, or a name (default: latest)"
        form.add_argument("run", nargs="?", default="latest", metavar="RUN", help=run_help)
        out_help = "where to write it; - is standard output (default: the run's folder)"
        form.add_argument("--out", type=Path, metavar="FILE", help=out_help)
        if name in _AT_A_FILE:
            place_help = (
                "the file that findings are shown at, such as the target file (default: each check's own)"
            )
            form.add_argument("--location", default="", metavar="FILE", help=place_help)
        if name == "known":
            form.add_argument("--because", default="", metavar="TEXT", help="the reason in each table")
            form.add_argument("--owner", default="", metavar="TEXT", help="who sees to it")
            form.add_argument("--link", default="", metavar="URL", help="where it is tracked")
            until_help = "the last day, such as 2027-03-31 (default: 90 days after the run)"
            form.add_argument("--until", type=_day, metavar="DAY", help=until_help)
    return parser


def _take_two(form: argparse.ArgumentParser) -> None:
    add = form.add_argument
    add("old", metavar="OLD", help="a run: its folder, its journal or load.json, or its name")
    add("new", metavar="NEW", help="the run to compare with it, such as latest")
    add(
        "--markdown", type=Path, metavar="FILE", help="write the difference as Markdown; - is standard output"
    )
    add("--html", type=Path, metavar="FILE", help="write the difference as one HTML file")
    add("--strict", action="store_true", help="newly given advice and slower checks are worse too")


def _take_several(form: argparse.ArgumentParser) -> None:
    add = form.add_argument
    add(
        "runs",
        nargs="+",
        metavar="RUN",
        help="the folder of a run, a journal, or a name, in the order of columns; or the one file that "
        "`conformance calibrate --keep` writes: fixtures/servers/matrix.json",
    )
    add("--every", action="store_true", help="a row for each requirement, also where no run has a finding")
    add("--html", type=Path, metavar="FILE", help="write the matrix as one HTML file too")
    add("--out", type=Path, metavar="FILE", help="write the Markdown there; default: standard output")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2027-03-31") from None


def _do(options: argparse.Namespace) -> int:
    if options.form == "diff":
        return _diff(options)
    if options.form == "matrix":
        return _matrix(options)
    path = named(options.run)
    if load_file(path).is_file():
        return _load(options, path)
    run, folder = read_run(path), run_folder(path)
    if options.form == "known":
        return _known(run, options)
    if options.form == "summary":
        return _write(_summary(run, options.out, folder), options.out)
    if options.form == "allure":
        sys.stdout.write(f"{allure.write(run, options.out or folder)}\n")
        return 0
    file, render = {**FORMS, **ON_REQUEST}[options.form]
    at_a_file = _AT_A_FILE.get(options.form)
    text = at_a_file(run, location=options.location) if at_a_file else render(run)
    return _write(text, options.out or folder / file)


def _pdf(options: argparse.Namespace, printed: Callable[[Path], bytes]) -> int:
    """Print report.html, or load.html, made afresh from what the run kept."""
    path = named(options.run)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        if load_file(path).is_file():
            place = load_file(path).parent
            page.write_text(
                load_reports.shown(read_load(path), load_reports.FORMS["html"][1], path), encoding="utf-8"
            )
        else:
            place = run_folder(path)
            page.write_text(FORMS["html"][1](read_run(path)), encoding="utf-8")
        made = printed(page)
    out = options.out or place / "report.pdf"
    if str(out) == "-":
        sys.stdout.buffer.write(made)
        return 0
    out.write_bytes(made)
    sys.stdout.write(f"{out}\n")
    return 0


def _load(options: argparse.Namespace, path: Path) -> int:
    if options.form not in load_reports.FORMS:
        raise UnreadableJournal(
            f"{path} is a load run, which has no form {options.form}. It has: {', '.join(load_reports.FORMS)}."
        )
    file, form = load_reports.FORMS[options.form]
    text = load_reports.shown(read_load(path), form, path)
    return _write(text, options.out or load_file(path).parent / file)


def _diff(options: argparse.Namespace) -> int:
    old, new = named(options.old), named(options.new)
    kinds = [load_file(path).is_file() for path in (old, new)]
    if kinds[0] != kinds[1]:
        raise Incomparable("One of these is a load run, the other a run of checks. Compare two of a kind.")
    if kinds[0]:
        difference = load.compare(read_load(old), read_load(new))
    else:
        difference = conformance.compare(read_run(old), read_run(new), strict=options.strict)
    if options.markdown is None or str(options.markdown) != "-":
        _write(markdown.text(difference), None)
    if options.markdown is not None:
        _write(markdown.render(difference), options.markdown)
    if options.html is not None:
        _write(page.render(difference), options.html)
    return difference.exit_code


def _matrix(options: argparse.Namespace) -> int:
    if len(options.runs) == 1 and products.is_kept(path := named(options.runs[0])):
        kept = products.read(path)
        if options.html is not None:
            _write(matrix_page.render_products(kept), options.html)
        return _write(products_markdown.render(kept), options.out)
    made = matrix([read_run(named(run)) for run in options.runs], every=options.every)
    if options.html is not None:
        _write(matrix_page.render(made), options.html)
    return _write(matrix_markdown.render(made), options.out)


def _known(run: Run, options: argparse.Namespace) -> int:
    text = known.stanzas(
        run, because=options.because, owner=options.owner, link=options.link, until=options.until
    )
    if not text:
        sys.stderr.write("The run has no open finding, so nothing needs to be tolerated.\n")
        return 0
    if not options.because:
        sys.stderr.write("Write a reason into each `because`: the target file refuses an empty one.\n")
    return _write(text, options.out)


def _summary(run: Run, out: Path | None, folder: Path) -> str:
    """The summary as this terminal can show it; plain text in UTF-8 for a file."""
    terminal = out is None and sys.stdout.isatty()
    return (
        summary(
            run,
            width=min(shutil.get_terminal_size().columns, 100) if terminal else None,
            colour=terminal and not os.environ.get("NO_COLOR"),
            unicode=out is not None or "utf" in (sys.stdout.encoding or "").lower(),
            folder=str(folder),
        )
        + "\n"
    )


def _write(text: str, out: Path | None) -> int:
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
