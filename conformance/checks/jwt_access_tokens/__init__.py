"""Access tokens that are JWTs: what they hold, who signed them, and what nobody takes for one (RFC 9068)."""
