"""Checks of tokens that are bound to a key of the client (RFC 9449)."""
