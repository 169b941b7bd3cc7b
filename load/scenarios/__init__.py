"""Scenarios: what load runs ask of a server, by name. Each is a short generator in the file of its subject."""
