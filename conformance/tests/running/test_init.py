"""`python3 -m conformance init`: the file that it writes loads and runs, holds no secret, and says where they are."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from conformance.running.init import Wanted, before_well_known, write
from conformance.tests.running.run import harness
from fixtures.reference import Config, Running, serve_in_thread
from fixtures.target import read_target
from fixtures.tests import forked
from fixtures.tests.pace import limit


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve_in_thread() as server:
        yield server


class Person:
    """Somebody at a terminal who answers the questions in their order, then leaves all open."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, prompt: str) -> str:
        """The next answer."""
        self.asked.append(prompt)
        return self.answers.pop(0) if self.answers else ""


def _written(issuer: str, file: Path, person: Person | None = None, *, registers: bool = False) -> list[str]:
    said: list[str] = []
    assert write(Wanted(issuer=issuer, file=file, registers=registers), said.append, person) == 0, said
    return said


def test_without_an_answer_the_file_loads_and_names_what_is_left(running: Running, tmp_path: Path) -> None:
    said = _written(running.issuer, tmp_path / "new.toml")
    text = (tmp_path / "new.toml").read_text(encoding="utf-8")

    target = read_target(tmp_path / "new.toml", environ={})
    assert (target.issuer, dict(target.clients)) == (running.issuer, {})
    assert f'# token = "{running.issuer}/token"' in text
    assert "# [clients.web]" in text
    assert any("Fill in what is commented out" in line for line in said)


def test_what_is_commented_out_loads_once_it_is_filled_in(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    _written(running.issuer, file)
    keys = [line.removeprefix("# ") for line in file.read_text(encoding="utf-8").splitlines()]
    toml = [line for line in keys if line.startswith("[") or " = " in line.partition("#")[0]]
    toml = [line for line in toml if "ca_file" not in line and line != "[tls]"]
    file.write_text("\n".join(toml), encoding="utf-8")

    target = read_target(file, environ={"WEB_SECRET": "a", "OTHER_SECRET": "b", "ALICE_PASSWORD": "c"})
    assert set(target.clients) == {"web", "other", "app"}
    assert target.introspection_client == "web"


def test_what_was_asked_is_in_the_file_and_the_secrets_are_not(running: Running, tmp_path: Path) -> None:
    web = ["web", "", "", "https://client.example/cb/web", "read write"]
    other = ["post", "client_secret_post", "POST_SECRET", "https://client.example/cb/post", "read write"]
    person = Person([*web, *other, "app", "https://client.example/cb/app", "read write", "alice", ""])
    said = _written(running.issuer, tmp_path / "new.toml", person)

    target = read_target(tmp_path / "new.toml", environ=running.secrets)
    assert [(each.id, each.auth) for each in target.clients.values()] == [
        ("web", "client_secret_basic"),
        ("post", "client_secret_post"),
        ("app", "none"),
    ]
    assert target.owners["alice"].password == running.secrets["ALICE_PASSWORD"]
    assert {"  export WEB_SECRET=...", "  export POST_SECRET=...", "  export ALICE_PASSWORD=..."} <= set(said)
    assert not any(" secret:" in prompt for prompt in person.asked)


def test_an_answer_that_cannot_be_meant_is_asked_for_again(running: Running, tmp_path: Path) -> None:
    web = ["web", "post", "client_secret_post", "pa5ted-secret", "s3cret", "WEB_SECRET"]
    uri = ["127.0.0.1:8765/cb", "http://127.0.0.1:8765/cb", "read"]
    person = Person([*web, *uri])
    said = _written(running.issuer, tmp_path / "new.toml", person)

    target = read_target(tmp_path / "new.toml", environ=running.secrets)
    text = (tmp_path / "new.toml").read_text(encoding="utf-8")
    assert target.clients["web"].auth == "client_secret_post"
    assert target.clients["web"].redirect_uris == ("http://127.0.0.1:8765/cb",)
    assert not any(secret in text + "".join([*said, *person.asked]) for secret in ("pa5ted-secret", "s3cret"))
    assert any("'post' is none of them." in prompt for prompt in person.asked)
    assert sum("a secret is never written into the file" in prompt for prompt in person.asked) == 2
    assert any("has no scheme" in prompt for prompt in person.asked)


@pytest.mark.parametrize(
    ("url", "issuer"),
    [
        ("https://as.example/ap4/.well-known/openid-configuration", "https://as.example/ap4"),
        ("https://as.example/.well-known/oauth-authorization-server/ap4", "https://as.example/ap4"),
        ("https://as.example/.well-known/oauth-authorization-server", "https://as.example"),
        ("https://as.example/ap4", "https://as.example/ap4"),
    ],
)
def test_the_issuer_is_what_stands_without_the_well_known_path(url: str, issuer: str) -> None:
    assert before_well_known(url) == issuer


def test_the_url_of_the_metadata_is_taken_for_the_issuer(running: Running, tmp_path: Path) -> None:
    said = _written(f"{running.issuer}/.well-known/openid-configuration", tmp_path / "new.toml")

    assert read_target(tmp_path / "new.toml", environ={}).issuer == running.issuer
    assert f"The issuer is what stands without /.well-known/: {running.issuer}" in said


def test_registered_clients_may_ask_for_what_the_server_says_it_knows(tmp_path: Path) -> None:
    with serve_in_thread() as server:
        _written(server.issuer, tmp_path / "new.toml", registers=True)
        secrets = {f"{name.upper()}_SECRET": "x" for name in ("web", "other")}
        target = read_target(tmp_path / "new.toml", environ=secrets)

    assert all(client.scope for client in target.clients.values())


def test_the_file_with_registered_clients_runs(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    said = _written(running.issuer, file, registers=True)
    secret = (tmp_path / "new-secrets" / "web").read_text(encoding="utf-8").strip()

    assert secret
    assert secret not in file.read_text(encoding="utf-8") + "".join(said)
    assert any(str(tmp_path / "new-secrets") in line for line in said)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new-secrets").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "new-secrets").stat().st_mode) == 0o700
    ran = harness("--target", str(file), "--requirement", "7009-2.2-S02", out=tmp_path / "out")
    assert ran.code == 0, ran.output
    assert ran.verdicts["conforms"] > 0


def test_a_server_that_publishes_nothing_is_asked_about(tmp_path: Path) -> None:
    with serve_in_thread(faults=["metadata-not-found"]) as bare:
        person = Person(["", "", "", "", f"{bare.issuer}/authorize", f"{bare.issuer}/token"])
        _written(bare.issuer, tmp_path / "new.toml", person)

        target = read_target(tmp_path / "new.toml", environ={})
    assert target.endpoint("token") == f"{bare.issuer}/token"
    assert target.endpoint("authorization") == f"{bare.issuer}/authorize"


def test_nothing_is_registered_where_nothing_is_offered(tmp_path: Path) -> None:
    with serve_in_thread(Config(registration=False)) as closed:
        said = _written(closed.issuer, tmp_path / "new.toml", registers=True)

    assert any("registers no client" in line for line in said)
    assert not (tmp_path / "new-secrets").exists()


def test_what_is_there_is_not_overwritten(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("mine", encoding="utf-8")
    said: list[str] = []

    assert write(Wanted(issuer=running.issuer, file=file, registers=True), said.append, None) == 4
    assert file.read_text(encoding="utf-8") == "mine"
    assert "is not overwritten" in said[0]


def test_a_server_that_is_down_leaves_no_file(tmp_path: Path) -> None:
    said: list[str] = []

    wanted = Wanted(issuer="http://127.0.0.1:9", file=tmp_path / "new.toml", registers=False)
    assert write(wanted, said.append, None) == 6
    assert list(tmp_path.iterdir()) == []
    assert "the connection was refused" in said[0]


def test_the_command_asks_nobody_where_there_is_no_terminal(running: Running, tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    ended = forked.run("conformance", "init", running.issuer, "--out", file, timeout=limit(120))

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"Next: python3 -m conformance doctor --target {tmp_path / 'new.toml'}" in ended.stdout
    assert read_target(tmp_path / "new.toml", environ={}).issuer == running.issuer
