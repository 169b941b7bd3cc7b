"""Checks of client authentication, at every endpoint where a client authenticates (RFC 6749 sections 2.3 and 3.2.1)."""
