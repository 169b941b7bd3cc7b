"""Refreshing an access token (RFC 6749 section 6)."""
