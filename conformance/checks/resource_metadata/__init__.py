"""Checks of what a protected resource publishes of itself: its metadata (RFC 9728)."""
