"""Tests of load/running."""
