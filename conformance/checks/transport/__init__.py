"""TLS at every endpoint, where the target is https."""
