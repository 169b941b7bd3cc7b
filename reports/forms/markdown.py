"""summary.md: the run for a pull request or a step summary. Short; the page holds the evidence."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from reports.conformance.conforming import breaking
from reports.conformance.results import WHO_ACTS, cause, grouped, heading, named, tolerated, who_acts, word
from reports.conformance.tally import State, Tally
from reports.conformance.words import document_name, number, set_apart, set_name
from reports.journal import Result, Run, Verdict
from reports.plain import cut, scrub

MOST_FINDINGS = 40
_MOST_LINE = 400
_MOST_CODE = 1_500
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+|~^$!>-])")
_STATES = (
    ("judged", State.JUDGED),
    ("open", State.OPEN),
    ("n/a", State.NOT_APPLICABLE),
    ("undecided", State.UNDECIDED),
    ("not run", State.NOT_RUN),
    ("excluded", State.EXCLUDED),
)


def render(run: Run) -> str:
    """The run as Markdown. Nothing that a server sent can act in it: no link, mention, image or markup."""
    tally, header = Tally(run), run.header
    name = header.target.get("name") or "Unnamed target"
    strict = ", strict" if header.strict else ""
    issuer = plain(str(header.target.get("issuer", "")))
    lines = [
        f"# {plain(str(name))}: OAuth 2.0 conformance",
        "",
        f"{issuer}, profile {plain(header.profile_told)}{strict}, started {plain(header.started)}",
        "",
        f"**{plain(tally.sentence)}** Exit code {tally.exit_code}.",
        "",
        *_counts(tally),
        "",
        *_coverage(tally),
        "",
        *_findings("Findings", [item for item in tally.findings if not tolerated(item)]),
    ]
    if tally.known:
        lines += _findings("Tolerated by the target file", tally.known)
    for profile, found in tally.other_findings.items():
        lines += _findings(f"Findings of {plain(set_name(profile))}, {plain(set_apart(profile))}", found)
    if broken := breaking(run):
        lines += ["## Conforming answers that break clients", ""]
        lines += [f"- {plain(each.answer)}: {plain('; '.join(each.told))}" for each in broken]
        lines += [""]
    if tally.missing:
        lines += ["## Not run: interrupted", ""]
        lines += [f"- {plain(check.title)}" for check in tally.missing[:MOST_FINDINGS]]
        lines += _more(len(tally.missing))
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """Text that stays text in Markdown: one line, cut, every character that could act written out."""
    shown = html.escape(cut(scrub(text), _MOST_LINE), quote=False)
    shown = _MARKUP.sub(r"\\\1", shown)
    return shown.replace("@", "&#64;").replace("://", "&#58;//").replace("www.", "www&#46;")


def code(text: str) -> list[str]:
    """Text as a fenced block that it cannot end."""
    shown = [scrub(line) for line in text[:_MOST_CODE].splitlines()]
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *shown, fence]


def _counts(tally: Tally) -> list[str]:
    lines = ["| verdict | checks | to act |", "|---|---:|---|"]
    lines += [f"| {verdict} | {tally.counts[verdict]} | {WHO_ACTS[verdict]} |" for verdict in Verdict]
    if tally.known:
        lines.append(f"| violates (known) | {len(tally.known)} | tolerated by the target file |")
    lines += [
        f"| {plain(set_name(profile))} | {count} | {plain(set_apart(profile))} |"
        for profile, count in sorted(tally.apart.items())
    ]
    if tally.missing:
        lines.append(f"| not run: interrupted | {len(tally.missing)} | run again |")
    return lines


def _coverage(tally: Tally) -> list[str]:
    if not tally.coverage:
        return ["The journal names no requirements."]
    names = [name for name, _ in _STATES]
    lines = [f"| document | {' | '.join(names)} | total |", f"|---|{'---:|' * (len(names) + 1)}"]
    for item in tally.coverage:
        cells = [str(item.states[state]) for _, state in _STATES]
        lines.append(f"| {plain(document_name(item.document))} | {' | '.join(cells)} | {item.total} |")
    return lines


def _findings(title: str, findings: Sequence[Result]) -> list[str]:
    groups = grouped(findings)
    lines = [f"## {title}", ""]
    if not groups:
        return [*lines, "None.", ""]
    for group in groups[:MOST_FINDINGS]:
        lines += _finding(group)
    return [*lines, *_more(len(groups))]


def _more(count: int) -> list[str]:
    return [f"and {count - MOST_FINDINGS} more in report.html", ""] if count > MOST_FINDINGS else [""]


def _finding(group: Sequence[Result]) -> list[str]:
    result = group[0]
    names = ", ".join(plain(name) for name in named(group))
    lines = [f"### {word(result)}: {names}", "", f"{plain(heading(group))} (to act: {who_acts(result)})", ""]
    if len(group) > 1:
        lines += [f"Seen by {number(len(group), 'check')}; the first:", ""]
    parts = [("done", result.done), ("expected", result.expected), ("actual", result.actual)]
    parts += [("told", cause(result)), ("disputed", result.disputed), ("fix", result.fix)]
    parts += [("notices", each) for each in result.noticed]
    told = "\n".join(f"{name.ljust(9)} {value}" for name, value in parts if value)
    told += f"\nagain\n{result.reproduce}" if result.reproduce else ""
    return [*lines, *code(told), ""] if told else lines
