"""Tests of what proves the checks."""
