"""The grammars of RFC 6749 appendix A at their edges."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.support.grammar import (
    is_bearer_credential,
    is_error_text,
    is_lifetime,
    is_parameter_name,
    is_scope,
    is_token,
    is_token_type,
    is_uri_reference,
)


@pytest.mark.parametrize("value", ["read", "read write", "a/b:c#d"])
def test_a_scope(value: Any) -> None:
    assert is_scope(value)


@pytest.mark.parametrize(
    "value", ["", " read", "read  write", 'say"', "back\\slash", "é", "read\twrite", ["read"]]
)
def test_no_scope(value: Any) -> None:
    assert not is_scope(value)


@pytest.mark.parametrize("value", ["invalid_request", "two words!"])
def test_an_error_and_its_description(value: Any) -> None:
    assert is_error_text(value)


@pytest.mark.parametrize("value", ["", 'a "b"', "\n", "é", None, 400])
def test_no_error_and_no_description(value: Any) -> None:
    assert not is_error_text(value)


@pytest.mark.parametrize(
    "value",
    ["https://as.example/e#x", "/errors?code=1", "e/a%20b", "#top", "http://[::1]:80/", "mailto:a@b.example"],
)
def test_a_uri_reference(value: Any) -> None:
    assert is_uri_reference(value)


@pytest.mark.parametrize(
    "value", ["", "see page 3", "a%2", '"/errors"', "a\\b", "a#b#c", "https://é.example/", None]
)
def test_no_uri_reference(value: Any) -> None:
    assert not is_uri_reference(value)


@pytest.mark.parametrize("value", ["Bearer", "N_A", "urn:example:type", "https://x.example/t"])
def test_a_token_type(value: Any) -> None:
    assert is_token_type(value)


@pytest.mark.parametrize("value", ["", "two words", None])
def test_no_token_type(value: Any) -> None:
    assert not is_token_type(value)


@pytest.mark.parametrize("value", [3600, 0])
def test_a_lifetime(value: Any) -> None:
    assert is_lifetime(value)


@pytest.mark.parametrize("value", [-1, 3600.0, "3600", True, None])
def test_no_lifetime(value: Any) -> None:
    assert not is_lifetime(value)


@pytest.mark.parametrize("value", ["2YotnFZFEjr1zCsicMWpAA", "a.b~c+d/e=="])
def test_a_bearer_token(value: Any) -> None:
    assert is_token(value)
    assert is_bearer_credential(value)


@pytest.mark.parametrize("value", ["a b", "a=b"])
def test_a_token_that_no_bearer_token_is(value: Any) -> None:
    assert is_token(value)
    assert not is_bearer_credential(value)


@pytest.mark.parametrize("value", ["", "é", "a\nb", None])
def test_no_token(value: Any) -> None:
    assert not is_token(value)
    assert not is_bearer_credential(value)


def test_a_parameter_name() -> None:
    assert is_parameter_name("not-before_policy.1")
    assert not is_parameter_name("expires in")
    assert not is_parameter_name("")
