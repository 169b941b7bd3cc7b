"""Random requests, from legal to hopeless: what nobody wrote a check for."""
