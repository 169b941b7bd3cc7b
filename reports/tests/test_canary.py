"""Every secret of a run, planted in every place and every spelling: no file of the run holds one of them."""

from __future__ import annotations

from pathlib import Path

from reports.conformance.summary import summary
from reports.curl import curl
from reports.forms import allure
from reports.journal import Journal, Verdict, read_run
from reports.matrix import markdown, matrix, page
from reports.redact import Redactor
from reports.rendering import ON_REQUEST, render_all
from reports.tests.runs import result, run
from reports.tests.test_redact import SECRET, places, spellings

CANARIES = {
    "WEB_SECRET": SECRET,
    "ALICE_PASSWORD": "correct horse battery staple",
    "JWT_KEY": "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n",
}
LIVE = {
    "access_token": "2YotnFZFEjr1zCsicMWpAA/+=",
    "code": "SplxlOBeZQQYbYS6WxSbIA",
    "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA",
    "cookie": "s%3Aabcdef0123456789.signature",
    "client_assertion": "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJ3ZWIifQ.c2lnbmF0dXJl",
}


def test_no_file_of_a_run_holds_a_secret_of_that_run(tmp_path: Path) -> None:
    redactor = Redactor(CANARIES)
    for kind, value in LIVE.items():
        redactor.learn(value, kind)
    every = {**CANARIES, **LIVE}
    messages = [
        spelling
        for value in every.values()
        for spelling in (*spellings(value), repr(value), f"x{value}y", f"a={value}")
    ]
    told = redactor.text("\n".join(f"assert {text}" for text in messages))
    exchanges = [redactor.exchange(item) for value in every.values() for item in places(value)]
    results = [
        result(
            verdict,
            reason=told,
            expected=told,
            actual=told,
            reproduce="\n".join(map(curl, exchanges)),
            exchanges=exchanges[number :: len(Verdict)],
        )
        for number, verdict in enumerate(Verdict)
    ]
    made = run(*results, environment={"command": redactor.text(" ".join(messages))})
    with Journal(tmp_path / "journal.jsonl") as journal:
        journal.write(made.header)
        for item in results:
            journal.write(item)
    kept = read_run(tmp_path)
    render_all(kept, tmp_path)
    allure.write(kept, tmp_path)
    for file, render in ON_REQUEST.values():
        (tmp_path / file).write_text(render(kept), encoding="utf-8")
    for file, of_matrix in (("matrix.md", markdown.render), ("matrix.html", page.render)):
        (tmp_path / file).write_text(of_matrix(matrix([kept], every=True)), encoding="utf-8")
    (tmp_path / "summary.txt").write_text(summary(made))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    leaks = {
        (path.name, name)
        for path in files
        for name, value in every.items()
        for spelling in spellings(value)
        if spelling in path.read_text(encoding="utf-8")
    }
    assert len(files) > 100
    assert leaks == set()
    assert all(
        "WEB_SECRET" in (tmp_path / name).read_text() for name in ("report.html", "report.json", "junit.xml")
    )
