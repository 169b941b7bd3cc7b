"""Where a run is kept: a folder of its own under one root, and `latest`, which points at the newest."""

from __future__ import annotations

import contextlib
import datetime as dt
import difflib
import os
import secrets
from pathlib import Path

JOURNAL = "journal.jsonl"
LATEST = "latest"
ROOT = Path("reports/out")
"""Where runs are kept unless the reader says otherwise, from the folder of the project."""

_MOST_POINTER = 4_096


def new_run_folder(root: Path, now: dt.datetime) -> Path:
    """Make a new folder `<UTC time>-<short>` under root, no other run's even when both begin at once.

    now: an aware time. OSError when root cannot be written.
    """
    stamp = now.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    root.mkdir(parents=True, exist_ok=True)
    while True:
        folder = root / f"{stamp}-{secrets.token_hex(2)}"
        with contextlib.suppress(FileExistsError):
            folder.mkdir()
            return folder


def point_latest(folder: Path) -> None:
    """Let `latest` beside folder name it: a symbolic link, or a file of one line where none can be.

    Of two runs at once the later call wins; a reader never meets a half-written pointer.
    """
    latest = folder.parent / LATEST
    temporary = folder.parent / f".{LATEST}-{secrets.token_hex(4)}"
    try:
        temporary.symlink_to(folder.name, target_is_directory=True)
    except (OSError, NotImplementedError):
        temporary.write_text(folder.name + "\n", encoding="utf-8")
    try:
        temporary.replace(latest)
    except OSError:
        # A real folder of that name is somebody's own: it stays, and the run is found by its own name.
        temporary.unlink(missing_ok=True)


def named(name: str, root: Path = ROOT) -> Path:
    """The path that a reader means by name: a path that is there, or a run below root such as `latest`.

    FileNotFoundError, whose message has the nearest names, when it is neither.
    """
    for path in (Path(name), root / name):
        if path.exists():
            return path
    runs = sorted(path.name for path in root.glob("*") if not path.name.startswith("."))
    near = difflib.get_close_matches(name, runs, n=2, cutoff=0.5) or runs[-2:]
    hint = f"Runs there: {', '.join(near)}." if near else "No run is kept there yet."
    raise FileNotFoundError(f"{name}: no such file, folder or run in {root}. {hint}")


def run_folder(path: Path) -> Path:
    """The folder of a run: path itself, what a pointer file says, or the folder that a journal is in."""
    if path.is_dir():
        return path
    pointed = _pointed(path)
    return pointed if pointed is not None else path.parent


def journal_file(path: Path) -> Path:
    """The journal that path means (a run's folder, a pointer to one, or the journal), there or not."""
    if path.is_dir():
        return path / JOURNAL
    pointed = _pointed(path)
    return pointed / JOURNAL if pointed is not None else path


def write_atomically(file: Path, text: str, *, durable: bool = True) -> None:
    """Write text as UTF-8; a reader finds the old file or the whole new one. OSError when it cannot be.

    durable: force it to the disk before the old one is replaced; what can be rendered again needs no such thing.
    """
    temporary = file.with_name(f".{file.name}-{secrets.token_hex(4)}")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            if durable:
                stream.flush()
                os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _pointed(path: Path) -> Path | None:
    """The folder that a pointer file names, or None when path is no such file."""
    try:
        if not path.is_file() or path.stat().st_size > _MOST_POINTER:
            return None
        name = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return None
    if not name or "\n" in name or "{" in name:
        return None
    folder = path.parent / name
    return folder if folder.is_dir() else None
