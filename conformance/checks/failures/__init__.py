"""Failures of the server that come each time, whichever check met them: one finding an endpoint."""
