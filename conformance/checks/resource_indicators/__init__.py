"""Checks of what a client says about the resources that a token is for: the parameter resource (RFC 8707)."""
