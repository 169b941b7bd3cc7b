"""Requests as they go out: open and closed model, virtual users, iterations. Nothing here judges."""
