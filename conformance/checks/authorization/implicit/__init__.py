"""The implicit grant, where a client of the target is registered for it (RFC 6749 section 4.2)."""
