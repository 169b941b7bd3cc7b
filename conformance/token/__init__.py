"""The token endpoint: every grant's common rules, codes, client credentials, how clients authenticate (RFC 6749 sections 2.3, 3.2, 4, 5)."""
