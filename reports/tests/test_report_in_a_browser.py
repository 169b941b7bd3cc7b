"""report.html in a real browser: at every width, printed, in the dark, from the keyboard, and for those who hear it."""

from __future__ import annotations

import dataclasses
import os
import re
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from reports.forms.html import render
from reports.journal import Verdict
from reports.tests.browser import WORST_CONTRAST, Reader, reader
from reports.tests.runs import hostile_run, result, rich_run, run, whole_run

WIDTHS = (360, 1024, 1920)
MADE = ("rich", "hostile", "interrupted", "clean", "whole")
AXE = os.environ.get("OAUTH_HARNESS_AXE")
"""The axe.min.js of npm's axe-core, for those who have it; what it calls serious is looked at without it too."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Reader]:
    with reader() as opened:
        yield opened


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, browser: Reader) -> dict[str, Path]:
    """Reports by a word for each. The rich one has a screenshot, which it carries within itself."""
    folder = tmp_path_factory.mktemp("reports")
    made = {
        "rich": rich_run(),
        "hostile": hostile_run(),
        "interrupted": run(result(Verdict.CONFORMS), missing=3, finished=False),
        "clean": run(result(Verdict.CONFORMS)),
        "whole": whole_run(),
    }
    found = {word: folder / f"{word}.html" for word in MADE}
    for word in MADE[1:]:
        found[word].write_text(render(made[word]), encoding="utf-8")
    (folder / "evidence").mkdir()
    shot = browser.look(found["clean"], lambda shown: shown.screenshot(), width=400)
    (folder / "evidence" / "revoked-twice.png").write_bytes(shot)
    found["rich"].write_text(render(dataclasses.replace(made["rich"], folder=folder)), encoding="utf-8")
    (folder / "evidence" / "revoked-twice.png").unlink()
    return found


def _open(shown: Page) -> None:
    """Open everything that is folded: what is folded is read too."""
    shown.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true; })")


@pytest.mark.parametrize("word", MADE)
def test_the_report_is_never_wider_than_the_screen(
    word: str, browser: Reader, files: dict[str, Path]
) -> None:
    def wide(shown: Page) -> int:
        _open(shown)
        return int(shown.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    assert [browser.look(files[word], wide, width=width) for width in WIDTHS] == [0, 0, 0]


@pytest.mark.parametrize("word", ["rich", "whole"])
def test_no_name_of_a_check_makes_the_report_wider(
    word: str, browser: Reader, files: dict[str, Path]
) -> None:
    lengthen = """for (const each of document.querySelectorAll('code')) {
        const item = document.createElement('li');
        item.innerHTML = `<code>${'conformance/checks/a_name_'.repeat(6)}</code>`;
        each.closest('section')?.append(item);
    }"""

    def wide(shown: Page) -> int:
        shown.evaluate(lengthen)
        return int(shown.evaluate("document.documentElement.scrollWidth - window.innerWidth"))

    assert browser.look(files[word], wide, width=390) == 0


@pytest.mark.parametrize("word", MADE)
def test_the_report_says_nothing_and_asks_for_nothing(
    word: str, browser: Reader, files: dict[str, Path]
) -> None:
    assert browser.look(files[word], lambda shown: shown.title())
    assert browser.said == []
    assert [url[:40] for url in browser.asked if not url.startswith("data:image/png;base64,")] == []


def test_the_first_screen_tells_the_server_the_verdict_and_what_matters_most(
    browser: Reader, files: dict[str, Path]
) -> None:
    on_it = """[...document.querySelectorAll('h1, .facts, .headline, .counts, .first, #about')]
        .filter(e => e.getBoundingClientRect().top < 900).map(e => e.id || e.className || e.tagName)"""

    seen = browser.look(files["rich"], lambda shown: shown.evaluate(on_it), width=1280)

    assert [word.split()[0] for word in seen] == ["H1", "facts", "headline", "counts", "first", "about"]


def test_a_finding_shows_its_screenshot_without_the_file(browser: Reader, files: dict[str, Path]) -> None:
    sizes = browser.look(
        files["rich"], lambda shown: shown.evaluate("[...document.images].map(e => e.naturalWidth)")
    )

    assert sizes == [400]


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("word", MADE)
def test_every_word_can_be_read(word: str, dark: bool, browser: Reader, files: dict[str, Path]) -> None:  # noqa: FBT001 - a parameter of the test
    def worst(shown: Page) -> float:
        _open(shown)
        return float(shown.evaluate(WORST_CONTRAST))

    assert browser.look(files[word], worst, dark=dark) >= 4.5


@pytest.mark.parametrize("word", MADE)
def test_those_who_hear_the_report_find_their_way(word: str, browser: Reader, files: dict[str, Path]) -> None:
    def heard(shown: Page) -> Any:
        _open(shown)
        return shown.evaluate(HEARD)

    told = browser.look(files[word], heard)

    assert told["landmarks"] == [1, 1, 1]
    assert told["language"] == "en"
    assert told["levels"][0] == 1
    assert all(after - before <= 1 for before, after in pairwise(told["levels"])), told["levels"]
    assert told["unnamed"] == []
    assert told["headless"] == []
    assert told["repeated"] == []
    assert told["unreachable"] == []


def test_search_and_filter_work_from_the_keyboard(browser: Reader, files: dict[str, Path]) -> None:
    def use(shown: Page) -> tuple[list[str], list[str], str, str]:
        visible = "[...document.querySelectorAll('.finding:not([hidden]) h3')].map(e => e.textContent.trim())"
        shown.keyboard.press("/")
        shown.keyboard.type("stays dead")
        searched = shown.evaluate(visible)
        told = shown.evaluate("document.getElementById('told').textContent")
        shown.keyboard.press("Escape")
        everything = shown.evaluate("document.querySelectorAll('.finding[hidden]').length")
        assert everything == 0
        for _ in range(4):
            shown.keyboard.press("Tab")
        shown.keyboard.press("Space")
        focused = shown.evaluate("document.activeElement.value")
        return searched, shown.evaluate(visible), focused, told

    searched, filtered, focused, told = browser.look(files["rich"], use)

    assert [title.startswith("Not so: A revoked token can be revoked again") for title in searched] == [True]
    assert re.match(r"\d+ of \d+ entries", told)
    assert focused == "advises"
    assert [title.startswith("Not so: Access tokens are too long to guess") for title in filtered] == [True]


def test_a_finding_keeps_its_link_when_others_come_and_go(browser: Reader, files: dict[str, Path]) -> None:
    alone = run(result(Verdict.VIOLATES, "7009-2.2-S02"))
    among = run(result(Verdict.VIOLATES, "6749-5.1-03"), result(Verdict.VIOLATES, "7009-2.2-S02"))
    links = [re.findall(r'<article class="[^"]*" id="([^"]+)"', render(made)) for made in (alone, among)]

    def follow(shown: Page) -> Any:
        shown.goto(f"{files['rich'].as_uri()}#6749-10.6-01")
        return shown.evaluate("document.getElementById('6749-10.6-01').getBoundingClientRect().top")

    assert links[0][0] in links[1]
    top = browser.look(files["rich"], follow)
    browser.asked.clear()
    assert 0 <= top < 900


def test_the_report_prints_on_a4_with_headings_repeated(browser: Reader, files: dict[str, Path]) -> None:
    def printed(shown: Page) -> tuple[bytes, str]:
        shown.emulate_media(media="print")
        heads = shown.evaluate("getComputedStyle(document.querySelector('thead')).display")
        return shown.pdf(prefer_css_page_size=True, outline=True, tagged=True), heads

    pdf, heads = browser.look(files["rich"], printed)
    text = b"".join([pdf, *_streams(pdf)])
    boxes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", text)

    assert heads == "table-header-group"
    assert {(round(float(width)), round(float(height))) for width, height in boxes} <= {
        (595, 842),
        (594, 841),
        (595, 841),
        (596, 842),
    }
    assert 3 <= len(boxes) <= 12


def test_a_run_of_the_whole_suite_prints_on_twelve_pages_and_the_appendix_on_more(
    browser: Reader, files: dict[str, Path]
) -> None:
    def pages(shown: Page) -> list[int]:
        found = []
        for wanted in (False, True):
            shown.evaluate("wanted => { document.getElementById('appendix').checked = wanted; }", wanted)
            pdf = shown.pdf(prefer_css_page_size=True)
            found.append(
                len(re.findall(rb"/MediaBox ?\[0 0 [\d.]+ [\d.]+\]", b"".join([pdf, *_streams(pdf)])))
            )
        return found

    short, long = browser.look(files["whole"], pages)

    assert short <= 12
    assert long > 12


def test_what_was_said_once_is_filled_in_where_it_belongs(browser: Reader, files: dict[str, Path]) -> None:
    def left(shown: Page) -> tuple[int, int]:
        links = shown.evaluate("document.querySelectorAll('.every a[href^=\"#t\"]').length")
        doubled = shown.evaluate(
            "[...document.querySelectorAll('.every li')].filter(e => /^. . /u.test(e.textContent)).length"
        )
        return links, doubled

    assert browser.look(files["whole"], left) == (0, 0)


def _streams(pdf: bytes) -> list[bytes]:
    """What is compressed within a PDF, as far as it is deflated."""
    found = []
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            found.append(zlib.decompress(part))
        except zlib.error:
            continue
    return found


@pytest.mark.skipif(AXE is None, reason="OAUTH_HARNESS_AXE names no axe.min.js (npm pack axe-core)")
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("word", MADE)
def test_axe_finds_nothing_serious(word: str, dark: bool, browser: Reader, files: dict[str, Path]) -> None:  # noqa: FBT001 - a parameter of the test
    found = browser.look(files[word], examined, dark=dark)

    assert [each for each in found if each[0] in {"serious", "critical"}] == []


def examined(shown: Page) -> Any:
    """What axe finds on a page with everything open: impact, rule and first place of each."""
    _open(shown)
    shown.evaluate(Path(AXE or "").read_text(encoding="utf-8"))
    return shown.evaluate(
        "axe.run().then(told => told.violations.map(v => [v.impact, v.id, v.nodes[0].html]))"
    )


HEARD = """
(() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const named = (node) =>
    (node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent || '').trim();
  const brief = (node) => node.outerHTML.slice(0, 120);
  const ids = all('[id]').map((node) => node.id);
  return {
    landmarks: [all('main').length, all('body > header').length, all('body > footer').length],
    language: document.documentElement.lang,
    levels: all('h1, h2, h3, h4').map((node) => Number(node.tagName[1])),
    unnamed: [...all('a[href], button, input, summary, [role=region], nav').filter((node) => !named(node)),
              ...all('img').filter((node) => !node.alt)].map(brief),
    headless: all('table').filter((table) => !table.querySelector('th[scope]') ||
                                  [...table.querySelectorAll('th')].some((head) => !head.scope)).map(brief),
    repeated: ids.filter((id, at) => ids.indexOf(id) !== at),
    unreachable: all('pre, .wide').filter((node) => node.tabIndex < 0).map(brief),
  };
})()
"""
"""What a screen reader goes by: landmarks, headings, names of controls, headers of tables, what scrolls."""
