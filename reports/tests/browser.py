"""A real browser for tests of our pages: in a thread of its own, with everything that a page asked for or said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from fixtures.browser_programs import REMEDY, candidates
from fixtures.tests.pace import limit

Seen = TypeVar("Seen")


@dataclass
class Reader:
    """Opens our pages. said: console messages and page errors; asked: requests beside the page itself."""

    browser: Browser
    pool: ThreadPoolExecutor
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def look(self, file: Path, at: Callable[[Page], Seen], *, width: int = 1024, dark: bool = False) -> Seen:
        """What `at` sees in a file at that width, in CSS pixels."""
        return self.pool.submit(self._look, file, at, width, dark=dark).result(timeout=limit(60))

    def _look(self, file: Path, at: Callable[[Page], Seen], width: int, *, dark: bool) -> Seen:
        page = self.browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda problem: self.said.append(str(problem)))
        page.on("request", lambda request: self.asked.append(request.url))
        page.goto(file.as_uri())
        seen = at(page)
        self.asked.remove(file.as_uri())
        page.close()
        return seen


@contextmanager
def reader() -> Iterator[Reader]:
    """A browser with nothing open. The test is skipped where none starts, or Playwright's driver, and says so."""
    # Playwright's sync API makes the thread that it runs in unfit for asyncio, so it gets one of its own.
    with ThreadPoolExecutor(1) as pool:
        try:
            playwright = pool.submit(lambda: sync_playwright().start()).result(timeout=limit(60))
        except Exception as problem:  # noqa: BLE001 - whatever the driver says, there is no browser
            pytest.skip(f"Playwright's driver did not start: {problem}. {REMEDY}")
        try:
            browser = pool.submit(_launch, playwright.chromium.launch).result(timeout=limit(60))
            if browser is None:
                pytest.skip(f"No browser could be started. {REMEDY}")
            yield Reader(browser=browser, pool=pool)
            pool.submit(browser.close).result(timeout=limit(60))
        finally:
            pool.submit(playwright.stop).result(timeout=limit(60))


def _launch(launch: Callable[..., Browser]) -> Browser | None:
    """The first browser that starts, in the order of a run."""
    for path in candidates():
        try:
            return launch(executable_path=path)
        except Error:
            continue
    return None


WORST_CONTRAST = """
(() => {
  const channel = (value) => value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[0-9.]+/g).map((value) => channel(Number(value)));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) { return colour; }
    }
    return 'rgb(255, 255, 255)';
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let worst = 99;
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || parent.tagName === 'title') { continue; }
    const style = getComputedStyle(parent);
    const [one, two] = [light(parent.tagName === 'text' ? style.fill : style.color), light(behind(parent))];
    worst = Math.min(worst, (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05));
  }
  return worst;
})()
"""
"""The least contrast of any text with what is behind it, as WCAG 2 counts it."""
