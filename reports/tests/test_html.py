"""report.html holds what a reader needs, asks the network for nothing, and lets no server write markup."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports.forms.html import MOST_EXCHANGES, render
from reports.forms.html.pictures import MOST_BYTES
from reports.journal import Run, Verdict
from reports.redact import Redactor
from reports.tests.runs import exchange, hostile_run, result, rich_run, row, run, whole_run


class Elements(HTMLParser):
    """The elements of a page, and its text, as a foreign reader finds them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep each element with its attributes."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


@pytest.mark.parametrize("made", [rich_run(), hostile_run(), run(), run(finished=False, missing=3)])
def test_the_page_loads_nothing_and_runs_only_its_own_script(made: Run) -> None:
    page = Elements(render(made))
    tags = [tag for tag, _ in page.found]

    assert tags.count("script") == 1
    assert not {"img", "iframe", "link", "object", "embed", "base", "form", "svg"} & set(tags)
    assert not [
        name for _, attributes in page.found for name in attributes if name.startswith("on") or name == "src"
    ]
    links = [
        attributes["href"] or "" for tag, attributes in page.found if tag == "a" and "href" in attributes
    ]
    assert not [
        link for link in links if not re.match(r"#|https://www\.rfc-editor\.org/rfc/rfc\d+|evidence/", link)
    ]
    policy = next(attributes for tag, attributes in page.found if attributes.get("http-equiv"))
    assert policy["content"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'unsafe-inline'"
    )


def test_hostile_text_is_shown_and_does_not_act() -> None:
    page = render(hostile_run())

    assert "<img" not in page
    assert page.count("</script>") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", page)
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    assert len(page) < 300_000


def test_the_script_holds_nothing_of_the_run() -> None:
    def script(made: Run) -> str:
        return render(made).rpartition("<script>")[2]

    assert script(hostile_run()) == script(rich_run())


def test_a_finding_shows_all_that_an_engineer_needs() -> None:
    text = " ".join(Elements(render(rich_run())).text.split())

    for piece in (
        "7009-2.2-S02",
        "RFC 7009 section 2.2",
        "The server does what 7009-2.2-S02 demands.",
        "status = 200",
        "error = unsupported_token_type",
        "conformance/checks/revocation/test_revoking.py:41",
        '--data-urlencode "token=$ACCESS_TOKEN_1"',
        "The token is already revoked.",
        "Status 400",
        "Findings of profile security-bcp",
        "violates (known)",
        "outdated known",
        "4 other checks for the same reason",
        "To turn this on: [endpoints] metadata",
        "How the server stores it cannot be seen from outside.",
    ):
        assert piece in text, piece


def test_an_interrupted_run_lists_what_is_missing() -> None:
    text = Elements(render(run(result(Verdict.CONFORMS), missing=2, finished=False))).text

    assert "interrupted, no end was recorded" in text
    assert "Planned check 1 is judged." in text


def test_only_the_last_exchanges_of_a_long_check_are_shown() -> None:
    kept = [Redactor().exchange(exchange(body=f"step={number}".encode())) for number in range(120)]
    text = Elements(render(run(result(Verdict.VIOLATES, exchanges=kept)))).text

    assert f"{MOST_EXCHANGES} exchanges (the last of 120)" in text
    assert "step=119" in text
    assert "step=100\n" not in text


def test_a_row_with_an_odd_document_and_section_is_no_link() -> None:
    odd = row("7009-2.2-S02", document="draft-ietf-oauth-v2-1", section='"><b>')
    page = render(run(result(Verdict.VIOLATES), ledger=[odd]))

    assert "rfc-editor" not in page
    assert "draft-ietf-oauth-v2-1" in page


PNG = b"\x89PNG\r\n\x1a\n" + b"not looked at" * 10


def _with_pictures(folder: Path, *names: str) -> str:
    (folder / "evidence").mkdir(exist_ok=True)
    (folder / "evidence" / "page.png").write_bytes(PNG)
    (folder / "evidence" / "large.png").write_bytes(PNG + bytes(MOST_BYTES))
    (folder / "evidence" / "page.html.png").write_text("<script>", encoding="utf-8")
    made = run(result(Verdict.VIOLATES, kept=list(names)))
    return render(replace(made, folder=folder / "."))


def test_a_screenshot_is_within_the_page_itself(tmp_path: Path) -> None:
    pictures = [
        attributes["src"] or ""
        for tag, attributes in Elements(_with_pictures(tmp_path, "evidence/page.png")).found
        if tag == "img"
    ]

    assert pictures == [f"data:image/png;base64,{base64.b64encode(PNG).decode('ascii')}"]


@pytest.mark.parametrize(
    "name",
    [
        "evidence/large.png",
        "evidence/page.html.png",
        "evidence/none.png",
        "../page.png",
        "/etc/page.png",
        "\0.png",
    ],
)
def test_what_is_no_small_screenshot_of_this_run_is_left_out(name: str, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(PNG)
    (tmp_path / "run").mkdir()

    assert "<img" not in _with_pictures(tmp_path / "run", name)


CHECKS = sum(
    file.read_text(encoding="utf-8").count("\ndef test_")
    for file in (Path(__file__).parents[2] / "conformance" / "checks").rglob("test_*.py")
)
"""Functions that are checks; a few of them are several checks."""


def test_what_did_not_apply_is_told_by_its_reason_and_not_check_by_check() -> None:
    apart = result(
        Verdict.NOT_APPLICABLE, title="It is asked twice.", reason="The server offers no device flow."
    )
    beside = result(Verdict.CONFORMS, title="It is asked once.", check="c::beside")

    assert "It is asked twice." not in render(run(apart))
    assert "It is asked twice.\u2713 It is asked once." in Elements(render(run(apart, beside))).text


def test_a_run_of_the_whole_suite_is_one_page_below_half_a_megabyte() -> None:
    page, clean = render(whole_run()), whole_run(every=0)
    mentions = sum(len(each.requirements) for each in clean.results)

    assert len(clean.results) >= CHECKS
    assert mentions / len(clean.results) >= 1.3  # of a run in November 2026: 1463 places of 1099 checks
    assert len(render(clean).encode()) < 450_000
    assert page.count("<article") >= 15
    assert page.count("A page of a server.&lt;/p&gt;&lt;p&gt;A page") <= 120  # one body, shown once


def test_what_a_check_says_stands_once_in_the_table_of_requirements() -> None:
    both = result(Verdict.CONFORMS, "7009-2.2-S02", "7009-2.1-05", title="It is said once.")
    page = Elements(render(run(both)))
    (first,) = [attributes["id"] for tag, attributes in page.found if tag == "p" and "id" in attributes]

    assert page.text.count("It is said once.") == 1
    assert [attributes.get("href") for tag, attributes in page.found if tag == "a"].count(f"#{first}") == 1
    assert "as at 7009-2.2-S02" in page.text


def test_a_check_in_the_table_leads_to_its_finding() -> None:
    page = Elements(render(rich_run()))
    findings = {attributes["id"] for tag, attributes in page.found if tag == "article"}
    led_to = {
        (attributes["href"] or "").removeprefix("#")
        for tag, attributes in page.found
        if tag == "a" and (attributes.get("href") or "").startswith("#finding-")
    }

    assert findings
    assert led_to == findings


def test_every_statement_is_in_the_table_with_what_it_came_to_or_why_it_was_not_tested() -> None:
    made = rich_run()
    page = Elements(render(made))
    text = " ".join(page.text.split())

    table = render(made).partition('id="requirements"')[2].partition('id="not-applicable"')[0]

    assert [item.id for item in made.header.ledger if f"<td>{item.id}<td>" not in table] == []
    for why in (
        "How the server stores it cannot be seen from outside.",
        "No check of this run cites it.",
        "To turn this on: [endpoints] metadata",
    ):
        assert why in text, why


def test_how_a_check_that_conforms_was_shown_stands_beside_it() -> None:
    told = "In 3 of 3 races requests overlapped."
    page = render(run(result(Verdict.CONFORMS, reason=told), ledger=[row("7009-2.2-S02")]))

    assert told in page


def test_what_is_noted_of_an_exchange_stands_with_it() -> None:
    noted = replace(exchange(), extra={"race": "8 of 8 requests in flight at once"})
    page = render(run(result(Verdict.VIOLATES, exchanges=[Redactor().exchange(noted)])))

    assert "race: 8 of 8 requests in flight at once" in page
