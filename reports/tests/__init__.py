"""Tests of the reports, and the hand-made runs that they read."""
