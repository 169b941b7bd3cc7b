"""Random requests, from legal to hopeless: what nobody wrote a check for.

No sentence of an RFC says that a server fails at nothing. What binds it, endpoint by endpoint, is the answer that each
has for a request that it does not want: invalid_request at the token and revocation endpoints (RFC 6749 section 5.2,
RFC 7009 section 2.2.1), a page or a redirect and never a 500 at the authorization endpoint (RFC 6749 section 4.1.2.1),
active or not at introspection (RFC 7662 section 2.2), a challenge at the resource (RFC 6750 section 3). A stack trace
is such a failure whatever its status, for what was not expected has reached the outside.

Refusals by HTTP itself (405, 413, 414, 415, 431, 501, a page with 400) and connections that are closed are legal.
Throttling and time-outs teach nothing; silence is a finding where it repeats itself and an ordinary request between is
answered (test_silence.py).
"""
