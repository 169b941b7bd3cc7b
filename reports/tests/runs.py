"""Hand-made runs: small ones for one question each, and one that holds a bit of everything."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fixtures.http.exchange import Answer, Exchange, Request
from reports.curl import curl
from reports.journal import Footer, Header, Known, LedgerRow, PlannedCheck, Result, Run, Verdict, exit_code
from reports.redact import Redactor

HOSTILE = "</script><img src=x onerror=alert(1)>\x1b[31m\u202e\x00]]>"
"""What a hostile server puts wherever it may write."""


def row(name: str, **changes: Any) -> LedgerRow:
    """One ledger row. name: its id, such as `7009-2.2-S02`."""
    number, section, _ = name.split("-")
    members: dict[str, Any] = {
        "id": name,
        "document": f"rfc{number}",
        "section": section,
        "level": "must",
        "profile": "security-bcp" if number == "9700" else "core",
        "endpoints": ["revocation"],
        "text": f"The server does what {name} demands.",
        "binds": ["authorization server"],
    }
    return LedgerRow(**members | changes)


def result(verdict: Verdict, *names: str, **changes: Any) -> Result:
    """One result of that verdict, citing those requirements."""
    cited = names or ("7009-2.2-S02",)
    members: dict[str, Any] = {
        "check": f"conformance/checks/revocation/test_{verdict.replace('-', '_')}.py::test_{'_'.join(cited)}",
        "title": f"A title for {verdict}.",
        "requirements": list(cited),
        "level": "should" if verdict is Verdict.ADVISES else "must",
        "profile": "core",
        "verdict": verdict,
        "where": "conformance/checks/revocation/test_x.py:12",
        "reason": f"A reason for {verdict}.",
        "seconds": 0.25,
    }
    return Result(**members | changes)


def known(problem: str | None = None) -> Known:
    """A known entry, with a problem when it no longer holds."""
    return Known(requirement="7009-2.2-S02", because="issue 12", until="2027-03-31", problem=problem)


def run(
    *results: Result,
    ledger: Sequence[LedgerRow] | None = None,
    missing: int = 0,
    finished: bool = True,
    code: int | None = None,
    **changes: Any,
) -> Run:
    """A run with those results. missing: planned checks without a result; code: the footer's, if given."""
    cited = dict.fromkeys(name for item in results for name in item.requirements)
    planned = [
        PlannedCheck(
            check=item.check,
            title=item.title,
            requirements=item.requirements,
            level=item.level,
            profile=item.profile,
        )
        for item in results
    ] + [
        PlannedCheck(
            check=f"conformance/checks/token/test_late.py::test_{number}",
            title=f"Planned check {number} is judged.",
            requirements=["6749-5.1-01"],
            level="must",
            profile="core",
        )
        for number in range(missing)
    ]
    header: dict[str, Any] = {
        "run": "20261124T101500Z-ab12",
        "started": "2026-11-24T10:15:00Z",
        "profile": "core",
        "strict": False,
        "target": {
            "name": "Staging",
            "issuer": "https://as.example/ap4",
            "capabilities": ["revocation", "pkce"],
        },
        "environment": {"harness": "0.1.0", "python": "3.11.7", "browser": "none"},
        "planned": planned,
        "ledger": list(ledger) if ledger is not None else [row(name) for name in cited],
    }
    made = Run(header=Header(**header | changes), results=list(results))
    if not finished:
        return made
    ended = Run(
        header=made.header, results=made.results, footer=Footer(finished="2026-11-24T10:16:10Z", exit_code=0)
    )
    footer = Footer(finished="2026-11-24T10:16:10Z", exit_code=exit_code(ended) if code is None else code)
    return Run(header=made.header, results=made.results, footer=footer)


def exchange(
    *, body: bytes = b"", answer: bytes = b"{}", headers: Mapping[str, str] | None = None, status: int = 200
) -> Exchange:
    """One exchange at a token endpoint."""
    sent = {"Content-Type": "application/x-www-form-urlencoded"} | dict(headers or {})
    return Exchange(
        request=Request(method="POST", url="https://as.example/token", headers=list(sent.items()), body=body),
        answer=Answer(
            status=status,
            headers=[("Content-Type", "application/json")],
            body=answer,
            url="https://as.example/token",
        ),
        seconds=0.031,
    )


def hostile_run() -> Run:
    """A run in which the server wrote HOSTILE wherever a server, or a target file, can write."""
    hostile = HOSTILE.encode()
    wire = Exchange(
        request=Request(
            method="GET",
            url=f"https://as.example/{HOSTILE}?x={HOSTILE}",
            headers=[("X", HOSTILE)],
            body=hostile,
        ),
        answer=Answer(
            status=400,
            headers=[(HOSTILE, HOSTILE)],
            body=b'{"error":"' + hostile + b'","' + hostile + b'":1}' + hostile * 40_000,
            url=f"https://as.example/#{HOSTILE}",
        ),
        failure=HOSTILE,
        extra={HOSTILE: HOSTILE},
    )
    kept = Redactor().exchange(wire)
    results = [
        result(
            verdict,
            f"7009-2.{number}-01",
            title=f"{verdict} {HOSTILE}",
            reason=f"{verdict} {HOSTILE}",
            expected=HOSTILE,
            actual=HOSTILE,
            reproduce=curl(kept),
            where=HOSTILE,
            exchanges=[kept],
            kept=[HOSTILE, "javascript:alert(1)", "evidence/page.png"],
            known=Known(requirement=HOSTILE, because=HOSTILE, until=HOSTILE)
            if verdict is Verdict.VIOLATES
            else None,
        )
        for number, verdict in enumerate(Verdict)
    ]
    results.append(
        result(Verdict.VIOLATES, "9700-2.1-01", profile="security-bcp", reason=HOSTILE, expected=HOSTILE)
    )
    ledger = [row(f"7009-2.{number}-01", text=HOSTILE) for number in range(7)]
    ledger.append(row("7009-9-01", excluded=HOSTILE, text=HOSTILE))
    return run(
        *results,
        ledger=ledger,
        missing=2,
        target={"name": HOSTILE, "issuer": HOSTILE, HOSTILE: [HOSTILE]},
        environment={HOSTILE: HOSTILE},
    )


def whole_run(*, every: int = 40) -> Run:
    """A run as large as one of the whole suite: the ledger's own rows, read as data.

    every: which check has a finding; 0 for none. Each row has a check, whose sentence is as long as they are, and every
    second one another; every second row is cited by the check before it too. Of the extensions nothing applied.
    """
    folder = Path(__file__).parents[2] / "conformance" / "ledger"
    documents = [tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.toml"))]
    ledger = [
        row(
            "7009-1-01",
            document=each["document"]["id"],
            profile=each["document"].get("profile", "core"),
            **{
                key: found[key]
                for key in ("id", "section", "level", "text", "excluded", "binds")
                if key in found
            },
        )
        for each in documents
        for found in each["requirement"]
    ]
    judged = [item for item in ledger if not item.excluded]
    broken = range(0, len(judged), every) if every else range(0)
    page = exchange(body=b"scope=read", answer=b"<p>A page of a server.</p>" * 120)
    kept = [Redactor().exchange(page) for _ in range(12)]
    results = [
        result(
            Verdict.VIOLATES if at in broken and not nth else _verdict(item),
            *(item.id for item in judged[at : at + 1 + (at + nth) % 2]),
            check=f"conformance/checks/token/test_{at}.py::test_{at}_{nth}",
            title=f"{at} {nth}: {item.text[:80]}.",
            reason="The server does not offer it." if _verdict(item) is Verdict.NOT_APPLICABLE else "",
            expected="a refusal, without an access token" if at in broken else "",
            actual="200 with an access token" if at in broken else "",
            reproduce="\n".join(map(curl, kept)) if at in broken else "",
            exchanges=kept if at in broken else (),
        )
        for at, item in enumerate(judged)
        for nth in range(1 + at % 2)
    ]
    return run(*results, ledger=ledger)


def _verdict(item: LedgerRow) -> Verdict:
    """What a check of a row comes to at a server that offers no extension."""
    return Verdict.NOT_APPLICABLE if item.profile == "extensions" else Verdict.CONFORMS


def rich_run() -> Run:
    """A run as a reader meets one: several documents, every verdict, other profiles, exclusions, evidence."""
    redactor = Redactor({"WEB_SECRET": "s3cret/of+the web client", "ALICE_PASSWORD": "correct horse battery"})
    redactor.harmless("no-such-token")
    first = redactor.exchange(
        exchange(
            body=b"grant_type=client_credentials&scope=read+write",
            headers={"Authorization": "Basic d2ViOnMzY3JldCUyRm9mJTJCdGhlK3dlYitjbGllbnQ="},
            answer=b'{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":3600}',
        )
    )
    second = redactor.exchange(
        exchange(
            body=b"token=2YotnFZFEjr1zCsicMWpAA&token_type_hint=access_token",
            headers={"Authorization": "Basic d2ViOnMzY3JldCUyRm9mJTJCdGhlK3dlYitjbGllbnQ="},
            answer=b'{"error":"unsupported_token_type","error_description":"The token is already revoked."}',
            status=400,
        )
    )
    unreachable = "POST https://as.example/introspect: the server answered 503. Wait, or lower [limits]."
    results = [
        result(
            Verdict.VIOLATES,
            "7009-2.2-S02",
            "7009-2.1-05",
            title="A revoked token can be revoked again: 200 both times, and it stays dead.",
            expected="status = 200",
            actual="status = 400\nerror = unsupported_token_type",
            reason="assert (200, 400) == (200, 200)",
            reproduce=curl(second),
            where="conformance/checks/revocation/test_revoking.py:41",
            exchanges=[first, second],
            kept=["evidence/revoked-twice.png"],
        ),
        result(
            Verdict.VIOLATES,
            "6749-5.1-03",
            title="A token answer forbids every cache to keep it.",
            expected="Cache-Control holds no-store",
            actual="no Cache-Control header",
            exchanges=[first],
        ),
        result(Verdict.VIOLATES, "7009-2.2-S04", title="An unknown hint is passed over.", known=known()),
        result(
            Verdict.CONFORMS,
            "7009-2.3-01",
            title="Revocation answers in JSON.",
            known=Known(
                requirement="7009-2.3-01", because="issue 9", problem="it is mended: take the entry out."
            ),
        ),
        result(
            Verdict.HARNESS_ERROR,
            "7662-2.2-01",
            title="A live token introspects as active.",
            reason="KeyError: 'introspection' in fixtures/endpoints.py:88",
        ),
        *(
            result(
                Verdict.INCONCLUSIVE,
                f"7662-2.1-0{number}",
                check=f"conformance/checks/introspection/test_i.py::test_{number}",
                title=f"Introspection refuses caller {number}.",
                reason=unreachable,
            )
            for number in range(1, 6)
        ),
        result(
            Verdict.ADVISES,
            "6749-10.3-01",
            title="Access tokens are too long to guess.",
            expected="at least 128 bits",
            actual="about 60 bits",
        ),
        *(
            result(
                Verdict.NOT_APPLICABLE,
                f"8414-3-0{number}",
                check=f"conformance/checks/metadata/test_m.py::test_{number}",
                title=f"The metadata document has member {number}.",
                reason="The target publishes no metadata. To turn this on: [endpoints] metadata",
            )
            for number in range(1, 4)
        ),
        *(
            result(
                Verdict.CONFORMS,
                f"6749-5.2-S{number:02}",
                check=f"conformance/checks/token/test_errors.py::test_{number}",
                title=f"Error case {number} is answered with its own error code.",
                reason="",
            )
            for number in range(1, 31)
        ),
        result(
            Verdict.VIOLATES,
            "9700-2.1.1-01",
            profile="security-bcp",
            title="A public client without PKCE is refused.",
            expected="error = invalid_request",
            actual="a code was issued",
        ),
    ]
    cited = dict.fromkeys(name for item in results for name in item.requirements)
    ledger = [row(name) for name in cited]
    ledger += [
        row(f"6749-4.1-{number:02}", text="The consent page names the client.") for number in range(1, 15)
    ]
    ledger += [
        row(f"6749-10.6-{number:02}", excluded="How the server stores it cannot be seen from outside.")
        for number in range(1, 21)
    ]
    ledger += [row("6749-3-01", binds=["client"], excluded="The client's duty: the server never sees it.")]
    ledger += [row(f"7636-4.6-0{number}", level="structure") for number in range(1, 8)]
    ledger += [row(f"6750-3.1-0{number}") for number in range(1, 6)]
    ledger += [row("9207-2-01"), row("6749-5.1-01")]
    order = ["6749", "6750", "7009", "7636", "7662", "8414", "9207", "9700"]
    ledger.sort(key=lambda item: (order.index(item.document[3:]), item.section))
    return run(*results, ledger=ledger)
