"""Proofs at servers that are legal in many unusual ways at once."""

from __future__ import annotations

from itertools import combinations

from conformance.proof.mixing import APART, EACH, JOINED, mixes
from fixtures.reference import FAULTS
from fixtures.tests import forked
from fixtures.tests.pace import limit

LEGAL = "legal-"
CHECK = "test_a_revoked_access_token_is_dead"


def test_a_seed_draws_the_same_servers_again_and_another_draws_others() -> None:
    assert mixes(FAULTS, LEGAL, 3, 7) == mixes(FAULTS, LEGAL, 3, 7)
    assert mixes(FAULTS, LEGAL, 3, 7) != mixes(FAULTS, LEGAL, 3, 8)


def test_every_server_has_many_legal_behaviours_and_none_replaces_what_another_does() -> None:
    drawn = mixes(FAULTS, LEGAL, 20, 1)

    assert set(APART) <= set(FAULTS)
    assert not set(APART) & {name for joined in drawn.values() for name in joined.split(JOINED)}
    assert list(drawn) == [f"mix-{number}" for number in range(1, 21)]
    for joined in drawn.values():
        faults = [FAULTS[name] for name in joined.split(JOINED)]
        assert len(faults) == EACH
        assert all(fault.name.startswith(LEGAL) for fault in faults)
        for one, other in combinations(faults, 2):
            assert (one.target, one.method) != (other.target, other.method) or one.target is None
            assert not set(one.paths) & set(other.paths)


def test_a_proof_at_such_servers_tells_what_they_did_and_how_to_draw_them_again() -> None:
    words = ("conformance", "prove", "--quiet", "-k", CHECK, "--mixed", "2", "--seed", "3")
    proved = forked.run(*words, timeout=limit(60))

    assert proved.returncode == 0, proved.stdout + proved.stderr
    mentioned = [line for line in proved.stdout.splitlines() if line.startswith("mix-")]
    assert mentioned == [
        f"{label}: {joined.replace(JOINED, ' ')}" for label, joined in mixes(FAULTS, LEGAL, 2, 3).items()
    ]
    assert "2 times nothing at 2 compliant servers" in proved.stdout
    assert "0 false alarms; the same again: --mixed 2 --seed 3" in proved.stdout


def test_a_finding_at_such_a_server_is_a_false_alarm() -> None:
    words = ("conformance", "prove", "--quiet", "-k", CHECK, "--mixed", "1")
    proved = forked.run(*words, "--", "-p", "conformance.tests.proof.a_lie", timeout=limit(60))

    assert proved.returncode == 1, proved.stdout + proved.stderr
    assert f"{CHECK} with mix-1: a false alarm, for this server is compliant" in proved.stdout
    assert "1 false alarms" in proved.stdout
