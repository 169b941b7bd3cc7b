"""Whether findings are told in the protocol's words: what the proofs' findings say, and what none of them may say."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

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
class FindingWords:
    """What one check says of one fault.

    by_facts: whether the assertion itself told it. requirement: the statement that the finding is told as a breach of;
    own: those of the check that the fault is to break. assertion: which assertion it was, by the lines that led to it.
    """

    check: str
    fault: str
    demand: str
    expected: str
    actual: str
    reason: str
    by_facts: bool
    requirement: str = ""
    own: Sequence[str] = ()
    assertion: str = ""

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


def write(file: Path, findings: Mapping[tuple[str, str], FindingWords]) -> None:
    """Write what was told as JSON lines, in order."""
    lines: Sequence[str] = [json.dumps(asdict(findings[key]), ensure_ascii=False) for key in sorted(findings)]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
