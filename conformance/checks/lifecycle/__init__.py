"""Histories of many steps: what a server says at the end of one agrees with all that it said and did before."""
