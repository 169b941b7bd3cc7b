"""Tests of load/traffic."""
