"""Dynamic client registration, as far as the target offers it (RFC 7591, RFC 7592)."""
