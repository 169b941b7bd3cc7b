"""Tests of load/locust."""
