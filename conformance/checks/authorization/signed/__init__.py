"""Authorization requests that come as signed request objects (RFC 9101)."""
