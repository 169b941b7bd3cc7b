"""Tests of load/scenarios."""
