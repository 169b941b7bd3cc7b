"""python3 -m reports FORM RUN: renders a report again from what a run kept, or compares two. No judging happens here.

The imports of the project stand inside functions: this file must run on any Python, to find the right one.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BAD_USAGE = 4
PRINT_SECONDS = 120.0


def enter_environment() -> None:
    """Go on in the project's .venv when this Python cannot render and that one is there."""
    if sys.version_info >= (3, 11) and importlib.util.find_spec("jinja2") is not None:
        return
    environment = Path(__file__).resolve().parent.parent / ".venv"
    places = (environment / "bin" / "python", environment / "Scripts" / "python.exe")
    python = next((place for place in places if place.is_file()), None)
    if python is None or Path(sys.prefix).resolve() == environment.resolve():
        sys.stderr.write(
            "This needs Python 3.11 and jinja2. `python3 -m conformance` sets up a .venv with both.\n"
        )
        sys.exit(BAD_USAGE)
    command = [str(python), "-m", "reports", *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))  # noqa: S603 - our own interpreter, the arguments as they came
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def main(arguments: list[str] | None = None) -> int:
    """Do what the arguments ask for. Gives the exit code: 0; 1 for a diff that got worse; 4 for bad usage."""
    from reports import commands  # noqa: PLC0415 - see the module's docstring

    return commands.main(arguments, printed)


def printed(page: Path) -> bytes:
    """A page of ours as PDF, printed by the browser that this machine has. CannotPrint where there is none."""
    from fixtures.errors import CannotTest  # noqa: PLC0415 - see the module's docstring
    from fixtures.owner.browser.program import Browser  # noqa: PLC0415 - see the module's docstring
    from reports.commands import CannotPrint  # noqa: PLC0415 - see the module's docstring

    browser = Browser()
    try:
        return browser.run(lambda chromium: _pdf(chromium, page), seconds=PRINT_SECONDS)
    except CannotTest as problem:
        raise CannotPrint(str(problem)) from None
    finally:
        browser.close()


def _pdf(chromium: Any, page: Path) -> bytes:
    tab = chromium.new_page(java_script_enabled=False)
    tab.goto(page.resolve().as_uri())
    made: bytes = tab.pdf(prefer_css_page_size=True, format="A4", print_background=True)
    return made


if __name__ == "__main__":
    enter_environment()
    from fixtures.command_line import outlives_its_readers  # needs the Python that was just entered

    outlives_its_readers()
    sys.exit(main())
