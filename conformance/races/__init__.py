"""Checks of what happens when requests reach the server at the same moment."""
