"""Checks of authorization requests that a client pushes before it sends the owner (RFC 9126)."""
