"""Scenarios: the stories that load runs tell, by name. Each is a short generator in the file of its subject."""
