"""Checks of what happens when requests reach the server at the same moment.

Client assertions with the same jti do not race here: a server may take one twice (RFC 7523 section 3), so nothing could
be found.
"""
