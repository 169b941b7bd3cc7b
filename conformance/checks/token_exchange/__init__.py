"""Checks of token exchange: what a client gets for a token that it shows, and what it does not get (RFC 8693)."""
