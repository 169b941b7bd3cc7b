"""The token endpoint: common rules, codes, client credentials, client authentication (RFC 6749 sections 3.2 to 5)."""
