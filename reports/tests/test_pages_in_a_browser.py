"""load.html and the page of a difference in a real browser: at every width, in print, in the dark, and silent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from reports.diff import conformance, page
from reports.journal import Verdict
from reports.load import render
from reports.tests.browser import WORST_CONTRAST, Reader, reader
from reports.tests.loads import broken, hostile, keep_load
from reports.tests.runs import HOSTILE, result, run
from reports.tests.test_report_in_a_browser import AXE, HEARD, examined

WIDTHS = (360, 1024, 1920)


@pytest.fixture(scope="module")
def browser() -> Iterator[Reader]:
    with reader() as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each page of ours by a word for it."""
    folder = tmp_path_factory.mktemp("pages")
    ledger: dict[str, Path] = {
        "load": render(keep_load(broken(), folder / "load"))[0],
        "hostile": render(keep_load(hostile(), folder / "hostile"))[0],
        "difference": folder / "difference.html",
    }
    changed = conformance.compare(
        run(result(Verdict.CONFORMS)),
        run(result(Verdict.VIOLATES, expected=HOSTILE * 20, actual="status = 400 " * 40)),
    )
    ledger["difference"].write_text(page.render(changed), encoding="utf-8")
    return ledger


@pytest.mark.parametrize("word", ["load", "hostile", "difference"])
def test_no_page_is_wider_than_the_screen(word: str, browser: Reader, files: dict[str, Path]) -> None:
    def wide(shown: Page) -> int:
        return int(shown.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    assert [browser.look(files[word], wide, width=width) for width in WIDTHS] == [0, 0, 0]


@pytest.mark.parametrize("word", ["load", "hostile", "difference"])
def test_a_page_says_nothing_and_asks_for_nothing(word: str, browser: Reader, files: dict[str, Path]) -> None:
    title = browser.look(files[word], lambda shown: shown.title())

    assert title
    assert (browser.said, browser.asked) == ([], [])


def test_the_load_report_prints_to_pages(browser: Reader, files: dict[str, Path]) -> None:
    printed = browser.look(files["load"], lambda shown: shown.pdf(prefer_css_page_size=True))

    assert printed.startswith(b"%PDF-")
    assert 2 <= printed.count(b"/Type /Page\n") <= 8


def test_words_can_be_read_in_the_light_and_in_the_dark(browser: Reader, files: dict[str, Path]) -> None:
    worst = {
        dark: browser.look(files["load"], lambda shown: float(shown.evaluate(WORST_CONTRAST)), dark=dark)
        for dark in (False, True)
    }

    assert min(worst.values()) >= 4.5


def test_every_chart_and_every_table_is_named_for_those_who_hear_it(
    browser: Reader, files: dict[str, Path]
) -> None:
    unnamed = (
        "[...document.querySelectorAll('svg')].filter(e => !e.querySelector('title')?.textContent).length"
    )
    heads = "[...document.querySelectorAll('table')].filter(e => !e.querySelector('th')).length"
    order = "[...document.querySelectorAll('h1,h2,h3')].map(e => Number(e.tagName[1]))"

    assert browser.look(files["load"], lambda shown: shown.evaluate(unnamed)) == 0
    assert browser.look(files["load"], lambda shown: shown.evaluate(heads)) == 0
    levels = browser.look(files["load"], lambda shown: shown.evaluate(order))
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("word", ["load", "hostile", "difference"])
def test_a_page_can_be_heard_and_walked_by_the_keyboard(
    word: str, browser: Reader, files: dict[str, Path]
) -> None:
    told = browser.look(files[word], lambda shown: dict(shown.evaluate(HEARD)))

    assert told["landmarks"] == [1, 1, 1]
    assert told["language"] == "en"
    assert {name: told[name] for name in ("unnamed", "headless", "repeated", "unreachable")} == {
        "unnamed": [],
        "headless": [],
        "repeated": [],
        "unreachable": [],
    }


@pytest.mark.skipif(AXE is None, reason="OAUTH_HARNESS_AXE names no axe.min.js (npm pack axe-core)")
@pytest.mark.parametrize("word", ["load", "difference"])
def test_axe_finds_nothing_serious(word: str, browser: Reader, files: dict[str, Path]) -> None:
    found = browser.look(files[word], examined)

    assert [each for each in found if each[0] in {"serious", "critical"}] == []
