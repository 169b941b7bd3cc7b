"""What the statistics see and what they must not see, on values whose making is known."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid

import pytest

from conformance.checks.support.entropy import (
    SAMPLES,
    bits_to_guess,
    hashes_of_something_known,
    is_signed_token,
    repeated,
    signature_bits,
)

CHANCE = random.Random(20121)  # noqa: S311 - the samples are to be the same in every run
HEADER = base64.urlsafe_b64encode(b'{"alg":"RS256","typ":"at+jwt"}').rstrip(b"=").decode()


def drawn(make: object, count: int = SAMPLES) -> list[str]:
    assert callable(make)
    return [make() for _ in range(count)]


def urlsafe(octets: int) -> str:
    return base64.urlsafe_b64encode(CHANCE.randbytes(octets)).rstrip(b"=").decode()


def letters(alphabet: str, length: int) -> str:
    return "".join(CHANCE.choice(alphabet) for _ in range(length))


@pytest.mark.parametrize("octets", [16, 20, 32])
@pytest.mark.parametrize("count", [1, 8, SAMPLES, 200])
def test_random_octets_are_never_found_too_few(octets: int, count: int) -> None:
    for _ in range(20):
        assert bits_to_guess(drawn(lambda: CHANCE.randbytes(octets).hex(), count)) >= octets * 8
        assert bits_to_guess(drawn(lambda: urlsafe(octets), count)) >= octets * 8


def test_a_prefix_and_a_separator_are_fine() -> None:
    assert bits_to_guess(drawn(lambda: f"ory_at_{urlsafe(32)}.{urlsafe(32)}")) >= 500


@pytest.mark.parametrize(
    ("alphabet", "length", "least"),
    [
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26, 128),
        ("abcdefghijklmnopqrstuvwxyz0123456789", 25, 128),
        ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 30, 170),
        ("0123456789", 39, 128),
    ],
)
def test_every_usual_alphabet_has_room_enough(alphabet: str, length: int, least: int) -> None:
    assert bits_to_guess(drawn(lambda: letters(alphabet, length))) >= least


def test_short_values_are_short() -> None:
    assert bits_to_guess(drawn(lambda: urlsafe(8))) < 70
    assert bits_to_guess(drawn(lambda: letters("0123456789", 38))) < 128
    assert bits_to_guess([letters("0123456789", 6)]) < 20


def test_a_uuid_of_version_4_has_122_random_bits_and_no_more() -> None:
    values = drawn(lambda: str(uuid.UUID(bytes=CHANCE.randbytes(16), version=4)))

    assert 121 < bits_to_guess(values) < 128


def test_a_prefix_counts_for_nothing() -> None:
    values = drawn(lambda: "a-very-long-prefix-of-this-product-and-its-version-" + CHANCE.randbytes(4).hex())

    assert bits_to_guess(values) <= 32


def test_a_counter_counts_for_nothing() -> None:
    assert bits_to_guess([f"token-{number:040d}" for number in range(95, 95 + SAMPLES)]) < 16
    assert bits_to_guess([f"{number * 7919:032x}" for number in range(SAMPLES)]) < 16


def test_a_clock_counts_for_nothing() -> None:
    start = 1_700_000_000_000
    values = [f"{start + 37 * number}{letters('0123456789', 12)}" for number in range(SAMPLES)]

    assert bits_to_guess(values) < 50


def test_a_repeated_half_counts_once() -> None:
    def twice() -> str:
        half = CHANCE.randbytes(8).hex()
        return half + half

    assert bits_to_guess(drawn(twice)) <= 64


def test_a_half_that_all_share_counts_for_nothing() -> None:
    shared = CHANCE.randbytes(16).hex()

    assert bits_to_guess(drawn(lambda: shared + CHANCE.randbytes(8).hex())) <= 64


def test_values_of_different_length_count_by_the_shortest() -> None:
    assert (
        60
        <= bits_to_guess([CHANCE.randbytes(8).hex() + "00" * (number % 3) for number in range(SAMPLES)])
        <= 64
    )


def test_the_guard_of_a_signed_token_is_its_signature() -> None:
    payload = base64.urlsafe_b64encode(b'{"sub":"web"}').rstrip(b"=").decode()
    unsigned = base64.urlsafe_b64encode(b'{"alg":"None"}').rstrip(b"=").decode()

    assert is_signed_token(f"{HEADER}.{payload}.{urlsafe(32)}")
    assert signature_bits(f"{HEADER}.{payload}.{urlsafe(32)}") == 256
    assert signature_bits(f"{HEADER}.{payload}.") == 0
    assert signature_bits(f"{unsigned}.{payload}.{urlsafe(32)}") == 0


@pytest.mark.parametrize("value", ["", "a.b.c", "opaque", "é.é.é", "ory_at_xyz.abc", urlsafe(32)])
def test_what_only_looks_like_a_signed_token_is_none(value: str) -> None:
    assert not is_signed_token(value)


def test_values_that_repeat_are_named() -> None:
    assert repeated(["a", "b", "a", "c"]) == ["a"]


def test_a_hash_of_something_known_is_recognised() -> None:
    web = hashlib.sha256(b"web").hexdigest()
    seven = base64.urlsafe_b64encode(hashlib.md5(b"7", usedforsecurity=False).digest()).decode()

    assert hashes_of_something_known([web, seven, urlsafe(32)], ["web"]) == {web: "web", seven: "7"}
