#!/bin/sh
# Two readers of SARIF count what a conformance report says was mended, or accepted, as a failure, and what it could not test
# as passed. In the file below nothing is wrong any more: one check passes, one does not apply, one is open (not decided), one
# finding was mended since the baseline, one is accepted. sarif-tools counts two errors and its --check ends the build with 2;
# its report for GitLab has an issue for each of the five, the check that passes among them. sarif-junit makes two failures
# of it, and three tests that pass: none is skipped.
#
# SARIF 2.1.0 section 3.27.24: baselineState "absent" is a result that the run did not produce, kept to tell that it is gone.
# Section 3.27.23: a result is suppressed by an accepted suppression. Section 3.27.9: a kind other than "fail" is no problem
# that was found; "open" and "notApplicable" are no verdict that the check passes either.
#
# Seen with sarif-tools 3.0.5 (which can filter by kind of suppression when it is told to, and not by baselineState) and
# sarif-junit 1.1.4. Exits non-zero when any of this changes. Takes less than a minute; needs python3 with venv, node and npm.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check sarif-tools==3.0.5
npm install --silent --no-audit --no-fund --ignore-scripts sarif-junit@1.1.4

cat > look.py <<'PYTHON'
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def result(rule, line, kind, state, suppressions=()):
    place = {"artifactLocation": {"uri": "server.toml"}, "region": {"startLine": line}}
    return {
        "ruleId": rule, "kind": kind, "level": "error" if kind == "fail" else "none", "baselineState": state,
        "suppressions": list(suppressions), "message": {"text": f"The check {rule}."}, "locations": [{"physicalLocation": place}],
    }


RESULTS = [
    result("passes", 1, "pass", "unchanged"),
    result("not-applicable", 2, "notApplicable", "unchanged"),
    result("open", 3, "open", "unchanged"),
    result("mended", 4, "fail", "absent"),
    result("accepted", 5, "fail", "unchanged", [{"kind": "external", "status": "accepted"}]),
]
NAMES = [each["ruleId"] for each in RESULTS]
EXPECTED = {
    "sarif-tools counts as errors": ["mended", "accepted"],
    "sarif-tools --check error exits with": 2,
    "sarif-tools makes issues for GitLab of": NAMES,
    "sarif-junit makes failures of": ["mended", "accepted"],
    "sarif-junit makes skipped tests of": [],
    "sarif-junit makes tests that pass of": ["passes", "not-applicable", "open"],
}


def sarif(*words):
    return subprocess.run(["venv/bin/sarif", *words], capture_output=True, text=True)


def named(texts):
    texts = list(texts)
    return [name for name in NAMES if any(name in text for text in texts)]


def main():
    driver = {"name": "checks", "version": "1.0.0", "rules": [{"id": name} for name in NAMES]}
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": RESULTS}]}
    Path("report.sarif").write_text(json.dumps(log))
    errors = sarif("summary", "report.sarif").stdout.partition("warning:")[0].splitlines()
    found = dict.fromkeys(EXPECTED)
    found["sarif-tools counts as errors"] = named(errors)
    found["sarif-tools --check error exits with"] = sarif("--check", "error", "summary", "report.sarif").returncode
    sarif("codeclimate", "report.sarif", "-o", "gitlab.json")
    found["sarif-tools makes issues for GitLab of"] = named(each["check_name"] for each in json.loads(Path("gitlab.json").read_text()))
    subprocess.run(["node_modules/.bin/sarif-junit", "-i", "report.sarif", "-o", "junit.xml"], check=True, capture_output=True)
    tests = {test: {part.tag for part in test} for test in ElementTree.parse("junit.xml").iter("testcase")}
    for what, tags in (("failures", {"failure"}), ("skipped tests", {"skipped"}), ("tests that pass", set())):
        found[f"sarif-junit makes {what} of"] = named(test.get("classname") for test, parts in tests.items() if parts == tags)
    changed = False
    for what, before in EXPECTED.items():
        print(f"{what}: {found[what]}")
        if found[what] != before:
            changed = True
            print(f"  CHANGED, was: {before}")
    return int(changed)


sys.exit(main())
PYTHON
venv/bin/python look.py
