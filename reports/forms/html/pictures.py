"""Screenshots within report.html: a file that is mailed alone still shows what the browser showed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

MOST_OF_ONE = 3
"""Screenshots that are shown of one finding, the last ones."""
MOST_BYTES = 600_000
"""Bytes of one screenshot; a larger one stays a file beside the report."""
MOST_IN_ALL = 8_000_000
"""Bytes of all screenshots of a report, so that it can be mailed."""

_PNG = b"\x89PNG\r\n\x1a\n"


class Pictures:
    """The screenshots of one run. folder: the run's own, None where nothing but the journal is known."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder.resolve() if folder is not None else None
        self._left = MOST_IN_ALL

    def of(self, kept: Sequence[str]) -> list[str]:
        """The last screenshots among kept files, as data URLs; what is missing, too large or no PNG is left out."""
        found = [url for name in kept if name.endswith(".png") and (url := self._url(name))]
        return found[-MOST_OF_ONE:]

    def _url(self, name: str) -> str:
        if self._folder is None:
            return ""
        try:
            path = (self._folder / name).resolve()
            if not path.is_relative_to(self._folder) or path.stat().st_size > min(MOST_BYTES, self._left):
                return ""
            content = path.read_bytes()
        except (OSError, ValueError):
            return ""
        if not content.startswith(_PNG):
            return ""
        self._left -= len(content)
        return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
