"""Where the authorization endpoint sends the browser, and where it never sends it (RFC 6749 section 3.1.2)."""
