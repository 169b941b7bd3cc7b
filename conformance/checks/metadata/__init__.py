"""What the server publishes about itself (RFC 8414, RFC 9207 section 3)."""
