"""HTTP/1.1 for many connections at once in gevent's loop, without a greenlet for any of them. No OAuth belongs here."""
