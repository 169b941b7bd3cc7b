"""Tests of the run and its command line."""
