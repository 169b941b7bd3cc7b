"""The parameter resource in requests that were pushed before (RFC 8707, by the other way in of RFC 9126)."""
