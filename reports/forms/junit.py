"""junit.xml, for CI: one test case a check. What sets no exit code fails nothing; each verdict is said."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import NamedTuple

from reports.conformance.results import (
    Outcome,
    cause,
    grouped,
    heading,
    outcome,
    parts_of,
    stale,
    word,
)
from reports.conformance.tally import Tally
from reports.conformance.words import set_apart, set_name
from reports.journal import PlannedCheck, Result, Run, Verdict

MOST_TEXT = 16_384
"""Characters of one message; the other reports hold all of it."""

_NOT_XML = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u2028\u2029\u202a-\u202e]"
)


class Shared(NamedTuple):
    """One cause that several findings share, and how many they are."""

    cause: str
    size: int


def render(run: Run) -> str:
    """The run as XML text. Names of test cases are unique: some readers count only the first of each."""
    tally = Tally(run)
    root = ET.Element("testsuites", name=fit(f"OAuth 2.0 conformance: {run.header.target.get('name', '')}"))
    taken: set[str] = set()
    shared = _shared(run)
    own = [*tally.own, *tally.stale]
    suites = {run.header.profile: own}
    for result in run.results:
        if result.profile != run.header.profile:
            suites.setdefault(result.profile, []).append(result)
    for profile, results in suites.items():
        missing = [check for check in run.missing if check.profile == profile]
        cases = [_case(result, run, shared.get(result.check), taken) for result in results]
        cases += [_not_run(check, taken) for check in missing]
        root.append(_suite(f"profile {profile}", cases, run))
    rest = [check for check in run.missing if check.profile not in suites]
    if rest:
        root.append(_suite("other profiles", [_not_run(check, taken) for check in rest], run))
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in root):.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(name: str, cases: Sequence[ET.Element], run: Run) -> ET.Element:
    suite = ET.Element("testsuite", name=fit(name), timestamp=fit(run.header.started))
    suite.set("tests", str(len(cases)))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    suite.extend(cases)
    return suite


def _shared(run: Run) -> dict[str, Shared]:
    """By check, the cause that its finding shares with others."""
    tally = Tally(run)
    found = [group for each in (tally.findings, *tally.other_findings.values()) for group in grouped(each)]
    return {
        result.check: Shared(heading(group), len(group))
        for group in found
        for result in group
        if len(group) > 1
    }


def _case(result: Result, run: Run, shared: Shared | None, taken: set[str]) -> ET.Element:
    case = _named(result.check, result.requirements, taken)
    case.set("time", f"{result.seconds:.3f}")
    _properties(case, result, shared)
    kind, told = outcome(result, run), word(result)
    if kind is Outcome.FAILED:
        _add(
            case,
            "failure",
            "known" if stale(result) else str(result.verdict),
            _headline(result, shared),
            _evidence(result),
        )
    elif kind is Outcome.BROKEN:
        _add(case, "error", str(result.verdict), cause(result) or told, _evidence(result))
    elif kind is Outcome.SKIPPED and result.verdict is Verdict.NOT_APPLICABLE:
        _add(case, "skipped", told, cause(result) or told)
    elif kind is Outcome.SKIPPED:
        apart = (
            ""
            if result.profile == run.header.profile
            else f", {set_name(result.profile)}, {set_apart(result.profile)}"
        )
        _add(case, "skipped", told, f"{told}{apart}: {result.title}", _evidence(result))
    elif result.verdict is Verdict.ADVISES:
        ET.SubElement(case, "system-out").text = fit(f"advises: {result.title}\n{_evidence(result)}")
    return case


def _not_run(check: PlannedCheck, taken: set[str]) -> ET.Element:
    case = _named(check.check, check.requirements, taken)
    case.set("time", "0.000")
    _add(case, "error", "interrupted", "not run: interrupted")
    return case


def _named(check: str, requirements: Sequence[str], taken: set[str]) -> ET.Element:
    """A test case whose class is the check's file and whose name begins with its first requirement."""
    file, _, function = check.partition("::")
    classname = fit(re.sub(r"\.py$", "", file).replace("/", "."))
    name = base = fit(" ".join([*requirements[:1], function or check]))
    number = 2
    while f"{classname}\n{name}" in taken:
        name, number = f"{base} ({number})", number + 1
    taken.add(f"{classname}\n{name}")
    return ET.Element("testcase", classname=classname, name=name)


def _properties(case: ET.Element, result: Result, shared: Shared | None) -> None:
    properties = ET.SubElement(case, "properties")
    pairs = [("requirement", name) for name in result.requirements]
    pairs += [("verdict", str(result.verdict)), ("level", result.level), ("profile", result.profile)]
    if result.group:
        pairs.append(("group", result.group))
    if shared is not None:
        pairs.append(("findings of the group", str(shared.size)))
    if result.known is not None:
        pairs.append(("known", result.known.told))
    for name, value in pairs:
        ET.SubElement(properties, "property", name=name, value=fit(value))


def _headline(result: Result, shared: Shared | None) -> str:
    if stale(result):
        return cause(result)
    told = f"{', '.join(result.requirements)}: {result.title}"
    return f"{told} (1 of {shared.size} findings of one cause: {shared.cause})" if shared else told


def _evidence(result: Result) -> str:
    parts = [*parts_of(result), ("group", result.group)]
    parts += [("notices", each) for each in result.noticed]
    parts += [("again", result.reproduce), ("where", result.where), ("kept", ", ".join(result.kept))]
    return "\n".join(f"{name}: {value}" for name, value in parts if value)


def _add(case: ET.Element, tag: str, kind: str, message: str, text: str = "") -> None:
    element = ET.SubElement(case, tag, type=fit(kind), message=fit(message))
    element.text = fit(text) if text else None


def fit(text: str) -> str:
    """Text that XML can carry, cut; what it cannot carry is written out."""
    shown = text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n[cut: {len(text)} characters in all]"
    return _NOT_XML.sub(lambda match: f"\\x{ord(match[0]):02x}", shown.replace("\r\n", "\n"))
