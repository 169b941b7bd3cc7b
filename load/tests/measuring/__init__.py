"""Tests of load/measuring."""
