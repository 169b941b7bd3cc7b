"""Bearer tokens at a protected resource (RFC 6750)."""
