"""The authorization endpoint, as far as no page has to be rendered (RFC 6749 section 3.1)."""
