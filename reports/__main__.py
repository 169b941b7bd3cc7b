"""python3 -m reports FORM RUN: renders a report again from what a run kept, or compares two. No judging happens here.

The imports of the project stand inside functions: this file must run on any Python, to find the right one.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

BAD_USAGE = 4


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

    return commands.main(arguments)


if __name__ == "__main__":
    enter_environment()
    sys.exit(main())
