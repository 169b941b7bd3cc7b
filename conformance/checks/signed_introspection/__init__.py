"""Introspection answers that are signed JWTs (RFC 9701)."""
