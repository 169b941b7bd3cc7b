"""junit.xml of a load run, for CI: a test case for the verdict, and one each for budgets, promises and validity."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass

from reports.forms.junit import fit
from reports.load.record import Record
from reports.load.words import is_valid, limit, measured


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A test case. tag: failure, error or skipped; empty when it passed."""

    group: str
    name: str
    tag: str = ""
    message: str = ""
    text: str = ""


def render(record: Record) -> str:
    """The run as XML text. Names of test cases are unique: some readers count only the first of each."""
    cases = [_verdict(record), *_promises(record), *_validity(record), *_budgets(record)]
    root = ET.Element("testsuites", name=fit(f"OAuth 2.0 under load: {record['target']['name']}"))
    suite = ET.SubElement(
        root, "testsuite", name=fit(f"load {record['scenario']}"), timestamp=fit(record["started"])
    )
    taken: set[str] = set()
    for case in cases:
        suite.append(_element(case, taken))
    for element in (root, suite):
        element.set("tests", str(len(cases)))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            element.set(name, str(sum(case.tag == tag for case in cases)))
        element.set("time", f"{record['seconds']:.3f}")
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _verdict(record: Record) -> _Case:
    verdict = record["verdict"]
    tag = {0: "", 1: "failure"}.get(verdict["exit_code"], "error")
    return _Case(
        group="verdict",
        name="the run",
        tag=tag,
        message=f"{verdict['sentence']} Exit code {verdict['exit_code']}.",
        text="\n".join(verdict["reasons"]),
    )


def _promises(record: Record) -> Sequence[_Case]:
    return [
        _Case(
            group="promise",
            name=f"{item['requirement']} {item['text']}",
            tag="failure" if item["broken"] else "" if item["checked"] else "skipped",
            message=f"broken {item['broken']} of {item['checked']} times"
            if item["checked"]
            else "not exercised",
            text="\n\n".join(
                "\n".join([f"at {breach['at']:.3f} s: {breach['what']}", *breach["exchanges"]])
                for breach in item["evidence"]
            ),
        )
        for item in record["promises"]
    ]


def _validity(record: Record) -> Sequence[_Case]:
    return [
        _Case(
            group="validity",
            name=item["what"],
            tag="" if item["kept"] else "error",
            message=f"{item['measured']}, needed {item['limit']}",
        )
        for item in record["validity"]
    ]


def _budgets(record: Record) -> Sequence[_Case]:
    """Missed budgets fail only where they speak for the run: an invalid measurement says nothing of the server."""
    speaks = record["verdict"]["exit_code"] in {0, 1} and is_valid(record)
    return [
        _Case(
            group="budget",
            name=f"{item['row']} {item['measure']} {limit(item)}",
            tag="" if item["kept"] else "failure" if speaks else "skipped",
            message=f"measured: {measured(item)}" + ("" if speaks else "; the measurement is not valid"),
        )
        for item in record["budgets"]
    ]


def _element(case: _Case, taken: set[str]) -> ET.Element:
    classname = fit(f"load.{case.group}")
    name = base = fit(case.name)
    at = 2
    while f"{classname}\n{name}" in taken:
        name, at = f"{base} ({at})", at + 1
    taken.add(f"{classname}\n{name}")
    element = ET.Element("testcase", classname=classname, name=name, time="0.000")
    if case.tag:
        child = ET.SubElement(element, case.tag, type=case.group, message=fit(case.message))
        child.text = fit(case.text) if case.text else None
    return element
