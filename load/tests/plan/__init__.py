"""Tests of load/plan."""
