"""Whether findings are told in the protocol's words: what the proofs' findings say, and what none of them may say."""

from __future__ import annotations

import functools
import json
import random
import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger.profiles import profiles
from conformance.ledger.requirement import citations
from conformance.running.judging import Outcome
from conformance.running.ledger_in_reports import ledger_in_reports
from conformance.running.signers import signer_in
from conformance.running.target_in_reports import clients_in_words, endpoints_in_reports
from conformance.running.telling import RECORDED
from fixtures.discovery import discovered
from fixtures.http.connection import Connection
from fixtures.target import Target
from reports.finding import Finding, Teller
from reports.journal import LedgerRow
from reports.redact import Redactor

SOURCE = re.compile(
    r"object at 0x|\bClient\(|\bAnswer\(|<Answer|<Landing|\.get\(|==|!=|not \(|\blambda\b|<function|<bound|"
    r"<class|\bFact\(|\bfrozenset|\bdict_|\bMapping|\bTrue\b|\bFalse\b|\bNone\b|\bisinstance\b|\bassert\b|"
    r"\b[a-z]+\.[a-z_]+\(|\w+Error\b"
)
"""What looks like Python: no finding may hold it."""
FIXTURES = re.compile(
    r"\b(web_client|code_client|public_client|token_client|live_token|granted_token|token_for|code_for|scope_of|"
    r"liveness|redeem\(|landings|refusals)"
)
"""Names of fixtures and variables of checks that are no words of OAuth."""


@dataclass(frozen=True, kw_only=True)
class FindingWords(Finding):
    """What one check says of one fault.

    by_facts: whether the assertion itself told it. requirement: the statement that the finding is told as a breach of;
    own: those of the check that the fault is to break. assertion: which assertion it was, by the lines that led to it.
    Of a Finding's members all but expected and actual are empty where nobody asked for them.
    """

    check: str
    fault: str
    demand: str
    reason: str
    by_facts: bool
    requirement: str = ""
    own: Sequence[str] = ()
    assertion: str = ""
    verdict: str = ""

    @property
    def trouble(self) -> str | None:
        """Why this is no finding that can be handed to a server's author, or None."""
        for name, text in (("expected", self.expected), ("actual", self.actual), ("reason", self.reason)):
            if found := SOURCE.search(text) or FIXTURES.search(text):
                return f"{name} speaks Python ({found.group()}): {text[:200]}"
        if not self.by_facts:
            return (
                "the assertion that fails holds no Fact, so the finding cannot say what was expected of what"
            )
        return None if self.actual else "nothing is said of what came"


def misplaced(findings: Mapping[tuple[str, str], FindingWords]) -> list[str]:
    """The findings that are told as a breach of a statement whose own faults no such finding shows.

    Then the group and the fix are those of another fault. Where one assertion shows the faults of several statements,
    nothing tells them apart, and that of the first is fine.
    """
    shown = {
        (check.replace(fault, ""), each.assertion, each.requirement)
        for (check, fault), each in findings.items()
        if each.requirement in each.own
    }
    return [
        f"{each.check} with {fault}: the finding is told as a breach of {each.requirement}, and the fault breaks "
        f'{" and ".join(each.own)}. Let the Fact say so: .of("{each.own[0]}")'
        for (check, fault), each in findings.items()
        if each.own and (check.replace(fault, ""), each.assertion, each.requirement) not in shown
    ]


def as_reported(item: pytest.Item, outcome: Outcome) -> dict[str, Any]:
    """What a report tells of what the check sent, which has just ended, beside what was expected and what came."""
    served: Target = item.funcargs["served"]  # type: ignore[attr-defined]
    target = _discovered(served)
    redactor = Redactor(target.secrets)
    teller = Teller(
        redactor=redactor,
        rows=_rows(item.config.option.profile),
        endpoints=endpoints_in_reports(target),
        clients=clients_in_words(target),
        signer=signer_in(target.clients),
    )
    finding = teller.tell(
        redactor.exchanges(item.config.stash[RECORDED].exchanges),
        [citation.id for citation in citations(item)],
        expected=outcome.expected,
        actual=outcome.actual,
        judged=outcome.judged,
        before=outcome.before,
        about=outcome.requirement,
        fix=outcome.fix,
    )
    return {name: value for name, value in vars(finding).items() if name not in ("expected", "actual")}


def _discovered(served: Target) -> Target:
    """A target with the endpoints that its metadata name; learnt aside, so that it is among no check's exchanges."""
    with closing(Connection(timeout=served.timeout, ca_file=served.ca_file)) as connection:
        return discovered(served, connection.send)


@functools.cache
def _rows(profile: str) -> dict[str, LedgerRow]:
    return {row.id: row for row in ledger_in_reports(profiles()[profile])}


def write(
    file: Path, findings: Mapping[tuple[str, str], FindingWords], *, draw: int = 0, seed: int = 0
) -> None:
    """Write what was told, in order: as JSON lines, or so many, drawn at random with a seed, as a report tells them."""
    told = [findings[key] for key in sorted(findings)]
    if draw:
        drawn = random.Random(seed).sample(told, min(draw, len(told)))  # noqa: S311 - no secret
        head = f"{len(drawn)} findings, drawn at random (seed {seed}) from {len(told)} pairs of a check and a fault."
        file.write_text("\n".join([head, *map(_page, range(1, len(drawn) + 1), drawn)]), encoding="utf-8")
        return
    lines: Sequence[str] = [json.dumps(asdict(each), ensure_ascii=False) for each in told]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _page(number: int, told: FindingWords) -> str:
    """One finding as a report tells it, without the check and the fault that it is of."""
    parts = {
        "demand": told.demand,
        "done": told.done,
        "expected": told.expected,
        "came": told.actual,
        "told": told.reason,
        "group": told.group,
        "disputed": told.disputed,
        "fix": told.fix,
        "who notices": "; ".join(told.noticed),
    }
    return "\n".join(
        [
            f"\n=== {number}",
            f"verdict: {told.verdict}; requirement: {told.requirement}",
            *(f"{name}: {words}" for name, words in parts.items() if words),
            "how to repeat:",
            *(f"    {line}" for line in told.reproduce.split("\n")),
        ]
    )
