"""Checks of devices without a browser: their codes, their owner, and their polling (RFC 8628)."""
