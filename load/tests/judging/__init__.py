"""Tests of load/judging."""
