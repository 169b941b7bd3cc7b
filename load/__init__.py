"""The same endpoints, many at once."""
