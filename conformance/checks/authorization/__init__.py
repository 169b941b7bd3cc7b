"""The authorization endpoint (RFC 6749 section 3.1): its requests and answers, as far as no page is rendered."""
