"""Tests of what stands behind the checks: grammars, statistics, verdicts. No check of a server is here."""
