"""Mutual TLS: clients that are known by their certificates, and tokens that are bound to them (RFC 8705)."""
